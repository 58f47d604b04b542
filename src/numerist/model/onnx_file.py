"""Writing and reading the ONNX file around any graph: digest, checks against hostile files."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from numerist.errors import DamagedModelError, NotAModelError
from numerist.files import as_path, replacing
from numerist.model.metadata import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPSET = 17
IR_VERSION = 8
MAX_BYTES = 256 << 20
_PRODUCER = b"\x12\x08numerist"  # field 2 of ONNX's ModelProto, near the start of the file
_HEAD = 64

OPERATORS = frozenset({
    "Add", "Cast", "Clip", "Concat", "Conv", "Div", "Flatten", "Gemm", "GlobalAveragePool",
    "Identity", "MaxPool", "Mul", "ReduceSum", "Relu", "Reshape", "Sigmoid", "Slice", "Softmax",
    "Sub", "Tanh",
})  # fmt: skip
"""All that numerist writes; a graph with anything else is refused before it is run."""


def write(path: str | os.PathLike[str], graph: Any, metadata: Metadata) -> None:
    """Write an ONNX graph with its metadata; the file is whole or not there.

    The same graph and metadata give the same bytes.

    Args:
        path: the file.
        graph: an onnx.GraphProto that uses `OPERATORS` only.
        metadata: what the file says of itself.

    Raises:
        WriteError: the file can't be written.
    """
    import onnx  # noqa: PLC0415

    model = onnx.helper.make_model(
        graph,
        producer_name="numerist",
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.helper.set_model_props(model, metadata.to_props(digest=""))
    onnx.helper.set_model_props(model, metadata.to_props(_digest(model)))
    onnx.checker.check_model(model)
    with replacing(path) as part:
        part.write_bytes(model.SerializeToString(deterministic=True))


def read(path: str | os.PathLike[str]) -> tuple[Any, Metadata]:
    """Read and check a model file.

    Returns:
        The onnx.ModelProto and its metadata.

    Raises:
        InputError: the path is neither a text nor a path.
        NotAModelError: no such file, too large, not ONNX, or not written by numerist.
        NewerModelError: of a newer format.
        DamagedModelError: not as it was written.
    """
    file = as_path(path, "path of a model")
    place = os.fspath(path)
    content = _read_bytes(file, place)
    model = _parse(content, place)
    props = {prop.key: prop.value for prop in model.metadata_props}
    metadata, digest = Metadata.from_props(props, place)
    if digest != _digest(model):
        raise DamagedModelError(
            place,
            "the contents that its digest was taken of",
            "others",
            "The file was changed after it was written; copy it again, or train again.",
        )
    _refuse_foreign_parts(model, place)
    return model, metadata


def _read_bytes(path: Path, place: str) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotAModelError(
                place,
                f"at most {MAX_BYTES >> 20} MiB",
                f"{path.stat().st_size >> 20} MiB",
                "Is this the right file?",
            )
        return path.read_bytes()
    except OSError as error:
        raise NotAModelError(
            place,
            "a model file",
            error.strerror or str(error),
            "`numerist train` writes one.",
        ) from error


def _parse(content: bytes, place: str) -> Any:
    import onnx  # noqa: PLC0415
    from google.protobuf import message  # noqa: PLC0415

    try:
        model = onnx.load_model_from_string(content)
        if model.HasField("graph"):
            return model
    except (message.DecodeError, ValueError, RuntimeError):
        pass
    if content[:_HEAD].find(_PRODUCER) >= 0:
        raise DamagedModelError(
            place, "a whole ONNX file", "part of one", "Copy it again, or train again."
        )
    raise NotAModelError(
        place, "an ONNX file", "something else", "`numerist train` writes model files."
    )


def _digest(model: Any) -> str:
    """SHA-256 over the graph and the metadata, the digest's own key aside."""
    whole = hashlib.sha256(model.graph.SerializeToString(deterministic=True))
    for prop in sorted(model.metadata_props, key=lambda prop: str(prop.key)):
        if prop.key != "numerist.digest":
            whole.update(f"{prop.key}={prop.value}\n".encode())
    return whole.hexdigest()


def _refuse_foreign_parts(model: Any, place: str) -> None:
    """Refuse what numerist never writes: other operators, files beside the file, functions."""
    import onnx  # noqa: PLC0415

    external = any(
        tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer
    )
    foreign = sorted(set(_operators(model)) - OPERATORS)
    if external or foreign or model.functions:
        what = f"operator {foreign[0]}" if foreign else "data or functions outside the graph"
        raise NotAModelError(
            place,
            "a graph of the operators that numerist writes",
            what,
            "Only models that numerist trained or exported can be used here.",
        )


def _operators(model: Any) -> Iterator[str]:
    for node in model.graph.node:
        yield f"{node.domain}.{node.op_type}" if node.domain else str(node.op_type)

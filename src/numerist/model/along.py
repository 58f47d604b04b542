"""Networks that look along a row and answer column by column, as model files.

A chain of convolutions, each but the last followed by ReLU, some by a maximum over rows and columns
too, until one row of columns is left: any width goes in. The file is that of all models
(`numerist.model.onnx_file`), with `columns` for its output.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.errors import NotAModelError
from numerist.model import onnx_file
from numerist.model.layers import half
from numerist.model.metadata import Metadata
from numerist.model.runtime import session

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = npt.NDArray[np.float32]
_LEAST = np.float32(1e-9)  # a probability


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A convolution over a picture with paper around it, and the maximum of what it found.

    Attributes:
        weights: (out, in, k, l), k and l odd.
        biases: (out,).
        pool: of how many rows and columns the maximum is kept.
    """

    weights: Array
    biases: Array
    pool: tuple[int, int] = (1, 1)


def write_along(
    path: str | os.PathLike[str], steps: Sequence[Step], *, high: int, **about: Any
) -> None:
    """Write a network that looks along rows as a model file, its numbers in half precision.

    Args:
        path: the file.
        steps: from the picture to the logits of each column.
        high: rows of the picture.
        about: other fields of `Metadata`.

    Raises:
        InputError: a number is not finite in float16.
        WriteError: the file can't be written.
    """
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    outputs = len(steps[-1].biases)
    tensors: dict[str, npt.NDArray[Any]] = {
        "picture": np.array([0, 1, high, -1], np.int64),
        "by_column": np.array([0, outputs, -1], np.int64),
    }
    nodes = [helper.make_node("Reshape", ["images", "picture"], ["x0"])]
    for k, step in enumerate(steps):
        for name, array in ((f"weights.{k}", step.weights), (f"biases.{k}", step.biases)):
            tensors[name] = half(array, name)
            nodes.append(helper.make_node("Cast", [name], [f"{name}.single"], to=TensorProto.FLOAT))
        nodes += _nodes(k, step, last=k == len(steps) - 1)
    nodes += [
        helper.make_node("Reshape", [f"x{len(steps)}", "by_column"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["columns"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "numerist",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", high, "w"])],
        [helper.make_tensor_value_info("columns", TensorProto.FLOAT, ["n", outputs, "m"])],
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )
    onnx_file.write(path, graph, Metadata(input_shape=[high], **about))


def read_along(path: str | os.PathLike[str]) -> list[Step]:
    """Read the convolutions of a network that looks along rows back from its model file.

    Raises:
        NotAModelError, DamagedModelError, NewerModelError: the file can't be used.
    """
    from onnx import numpy_helper  # noqa: PLC0415

    graph = _checked(path)[0].graph
    tensors = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    pools = {
        int(node.output[0][1:]) - 1: tuple(node.attribute[0].ints)
        for node in graph.node
        if node.op_type == "MaxPool"
    }
    numbers = itertools.takewhile(lambda k: f"weights.{k}" in tensors, itertools.count())
    return [
        Step(
            tensors[f"weights.{k}"].astype(np.float32),
            tensors[f"biases.{k}"].astype(np.float32),
            pools.get(k, (1, 1)),
        )
        for k in numbers
    ]


def _checked(path: str | os.PathLike[str]) -> tuple[Any, Metadata]:
    """Return what a model file holds, if it is a network that looks along rows."""
    model, metadata = onnx_file.read(path)
    if [output.name for output in model.graph.output] != ["columns"]:
        raise NotAModelError(
            os.fspath(path), "a network that looks along rows", "a model of another architecture",
            "numerist.load_model() loads those of single images.",
        )  # fmt: skip
    return model, metadata


def _nodes(k: int, step: Step, *, last: bool) -> list[Any]:
    """Return the nodes of step k, from x{k} to x{k+1}."""
    from onnx import helper  # noqa: PLC0415

    sides = list(step.weights.shape[2:])
    found, name = f"x{k}.found", f"x{k + 1}"
    inputs = [f"x{k}", f"weights.{k}.single", f"biases.{k}.single"]
    pads = [side // 2 for side in sides] * 2
    if last:
        return [helper.make_node("Conv", inputs, [name], kernel_shape=sides, pads=pads)]
    pool = list(step.pool)
    return [
        helper.make_node("Conv", inputs, [found], kernel_shape=sides, pads=pads),
        helper.make_node("Relu", [found], [f"{found}.relu"]),
        helper.make_node("MaxPool", [f"{found}.relu"], [name], kernel_shape=pool, strides=pool),
    ]


class RowModel:
    """A network that looks along rows, ready to answer.

    Args:
        path: a model file that `write_along` wrote.

    Attributes:
        metadata: what the file says of itself.

    Raises:
        NotAModelError, DamagedModelError, NewerModelError: the file can't be used.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        model, self.metadata = _checked(path)
        self._session = session(model, os.fspath(path))

    def log_probabilities(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return ln of the probabilities of each column's labels, (n, columns, labels).

        Args:
            rows: float32 (n, high, w), paper 0.0, ink 1.0.
        """
        found = self._session.run(["columns"], {"images": rows})[0]
        result: npt.NDArray[np.float32] = np.log(np.maximum(found, _LEAST)).transpose(0, 2, 1)
        return result

"""Networks of convolutions and dense layers as ONNX graphs, and back.

A network is a chain of the few kinds of layers below, as plain arrays: whoever trained it, and with
what, is of no matter here. Batch normalisation is no kind of its own: once a network has learned,
it is part of the convolution before it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.checks import positive, whole
from numerist.errors import DamagedModelError, InputError, NotAModelError
from numerist.model import onnx_file
from numerist.model.metadata import Metadata

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Filters moved over the picture: weights (out, in, k, k), biases (out,)."""

    weights: Array
    biases: Array
    padding: int = 0
    stride: int = 1
    kind: ClassVar[str] = "convolution"


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Every input to every output: weights (out, in), biases (out,)."""

    weights: Array
    biases: Array
    kind: ClassVar[str] = "dense"


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The greatest of each square of side · side values."""

    side: int
    kind: ClassVar[str] = "max-pool"


@dataclass(frozen=True, slots=True)
class Plain:
    """A layer without numbers: relu, sigmoid, mean (over the picture, by channel) or flatten."""

    kind: str


Layer: TypeAlias = Convolution | Dense | MaxPool | Plain
_ONNX_NAMES = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "mean": "GlobalAveragePool",
    "flatten": "Flatten",
}
_LEAST = {"padding": 0, "stride": 1}  # of a convolution


def write_layers(
    path: str | os.PathLike[str],
    layers: Sequence[Layer],
    *,
    classes: Sequence[str],
    knows_strangers: bool = False,
    sharpness: float = 1.0,
    input_shape: Sequence[int] = (28, 28),
    **about: Any,
) -> None:
    """Write a chain of layers as a model file.

    The numbers are stored in half precision (float16) and computed in float32.

    Args:
        path: the file.
        layers: from the image to the logits.
        classes: the name of each class.
        knows_strangers: whether there is one logit more than classes, for what is none of them.
        sharpness: the logits are multiplied by it before they become probabilities: calibration.
        input_shape: of one image, (28, 28) or with several pictures in one, (2, 28, 28).
        about: other fields of `Metadata`.

    Raises:
        InputError: the last layer does not fit the classes, a number is not finite in float16, or
            the sharpness is not above 0.
        WriteError: the file can't be written.
    """
    positive("sharpness", sharpness)
    last = layers[-1] if layers else None
    outputs = len(classes) + int(knows_strangers)
    if not isinstance(last, Dense) or len(last.biases) != outputs:
        raise InputError(
            "layers of a network", f"a dense layer of {outputs} outputs at the end",
            _brief(last), "Let the last layer fit the classes.",
        )  # fmt: skip
    metadata = Metadata(
        classes=list(classes), input_shape=list(input_shape),
        layers=[_described(layer) for layer in layers], **about,
    )  # fmt: skip
    graph = _graph(layers, list(input_shape), len(classes), knows_strangers, sharpness)
    onnx_file.write(path, graph, metadata)


def read_layers(path: str | os.PathLike[str]) -> list[Layer]:
    """Read the chain of layers back from its model file.

    Raises:
        NotAModelError: the file is no numerist model, or one of another architecture.
        DamagedModelError, NewerModelError: as `onnx_file.read`.
    """
    from onnx import numpy_helper  # noqa: PLC0415

    model, metadata = onnx_file.read(path)
    place = os.fspath(path)
    if not metadata.layers:
        raise NotAModelError(
            place, "a network of convolutions or dense layers", "a model of another architecture",
            "numerist.load_model() runs every model.",
        )  # fmt: skip
    tensors = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    try:
        return [_layer(k, about, tensors) for k, about in enumerate(metadata.layers)]
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedModelError(
            place, "layers that fit their numbers", f"others ({error})",
            "Copy the file again, or train the model again.",
        ) from error  # fmt: skip


def read_sharpness(path: str | os.PathLike[str]) -> float:
    """Read back what `write_layers` was given as sharpness.

    Raises:
        NotAModelError, DamagedModelError, NewerModelError: as `read_layers`.
    """
    from onnx import numpy_helper  # noqa: PLC0415

    model, _ = onnx_file.read(path)
    for item in model.graph.initializer:
        if item.name == "sharpness":
            return float(numpy_helper.to_array(item))
    raise NotAModelError(
        os.fspath(path), "a network with a calibration of its own", "one without",
        "Models of numerist train --model … have one.",
    )  # fmt: skip


def multiply_adds(layers: Sequence[Layer], input_shape: Sequence[int] = (28, 28)) -> int:
    """Return the multiplications with a weight that one image takes.

    >>> ones = np.ones
    >>> multiply_adds([Convolution(ones((4, 1, 3, 3)), ones(4)), Plain("mean"), Plain("flatten"),
    ...                Dense(ones((10, 4)), ones(10))])
    24376
    """
    total = 0
    height, width = input_shape
    for layer in layers:
        if isinstance(layer, Convolution):
            k = layer.weights.shape[2]
            height, width = (
                (side + 2 * layer.padding - k) // layer.stride + 1 for side in (height, width)
            )
            total += layer.weights.size * height * width
        elif isinstance(layer, MaxPool):
            height, width = height // layer.side, width // layer.side
        elif isinstance(layer, Dense):
            total += layer.weights.size
    return total


def parameters(layers: Sequence[Layer]) -> int:
    """Return how many numbers the layers learned."""
    return sum(
        layer.weights.size + layer.biases.size
        for layer in layers
        if isinstance(layer, Convolution | Dense)
    )


def outline(layers: Sequence[Layer]) -> str:
    """Return the architecture in words: kinds and sizes, but how many outputs there are in the end.

    >>> ones = np.ones
    >>> outline([Convolution(ones((4, 1, 3, 3)), ones(4)), Plain("mean"), Plain("flatten"),
    ...          Dense(ones((10, 4)), ones(10))])
    'convolution 4×1×3×3, mean, flatten, dense from 4'
    """
    return ", ".join(_outlined(layer, last=layer is layers[-1]) for layer in layers)


def _outlined(layer: Layer, *, last: bool) -> str:
    if isinstance(layer, Convolution):
        more = f" padding {layer.padding}" if layer.padding else ""
        more += f" stride {layer.stride}" if layer.stride > 1 else ""
        return f"{layer.kind} {'×'.join(map(str, layer.weights.shape))}{more}"
    if isinstance(layer, MaxPool):
        return f"{layer.kind} {layer.side}"
    if isinstance(layer, Dense):
        out, n_in = layer.weights.shape
        return f"{layer.kind} from {n_in}" if last else f"{layer.kind} {out}×{n_in}"
    return layer.kind


def _brief(layer: Layer | None) -> str:
    if layer is None:
        return "no layers"
    return f"a dense layer of {len(layer.biases)}" if isinstance(layer, Dense) else layer.kind


def _described(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Convolution):
        return {"kind": layer.kind, "padding": layer.padding, "stride": layer.stride}
    if isinstance(layer, MaxPool):
        return {"kind": layer.kind, "side": layer.side}
    return {"kind": layer.kind}


def _layer(k: int, about: dict[str, Any], tensors: dict[str, Any]) -> Layer:
    """Build layer k from its description and its numbers.

    Raises:
        KeyError, TypeError, ValueError: something is missing or does not fit.
    """
    kind = about["kind"]
    if kind == MaxPool.kind:
        return MaxPool(whole("side", about["side"], least=1))
    if kind in _ONNX_NAMES:
        return Plain(kind)
    weights = np.asarray(tensors[f"weights.{k}"], np.float32)
    biases = np.asarray(tensors[f"biases.{k}"], np.float32)
    dimensions = {Convolution.kind: 4, Dense.kind: 2}[kind]
    if weights.ndim != dimensions or biases.shape != weights.shape[:1]:
        raise ValueError(f"shapes {weights.shape} and {biases.shape} of layer {k}")
    if kind == Dense.kind:
        return Dense(weights, biases)
    padding, stride = (whole(name, about[name], least) for name, least in _LEAST.items())
    return Convolution(weights, biases, padding, stride)


def half(array: Array, place: str) -> npt.NDArray[np.float16]:
    """Return numbers in half precision.

    Args:
        array: of a layer.
        place: what they are, for the error.

    Raises:
        InputError: one is NaN or too large.
    """
    with np.errstate(over="ignore"):
        half: npt.NDArray[np.float16] = np.asarray(array).astype(np.float16)
    if not np.isfinite(half).all():
        raise InputError(
            place, "finite numbers below 65,504", f"up to {np.abs(array).max():g}, or NaN",
            "Train again with a smaller rate.",
        )  # fmt: skip
    return half


def _graph(
    layers: Sequence[Layer],
    input_shape: list[int],
    classes: int,
    knows_strangers: bool,
    sharpness: float,
) -> Any:
    """Build the graph: images → logits → probabilities, and how surely it is one of the classes."""
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    tensors: dict[str, npt.NDArray[Any]] = {
        "picture": np.array([-1, *([1] * (3 - len(input_shape))), *input_shape], np.int64),
        "sharpness": np.array(sharpness, np.float32),
    }
    nodes = [helper.make_node("Reshape", ["images", "picture"], ["x0"])]
    for k, layer in enumerate(layers):
        node, arrays = _node(k, layer)
        for name, array in arrays.items():
            tensors[name] = half(array, name)
            nodes.append(helper.make_node("Cast", [name], [f"{name}.single"], to=TensorProto.FLOAT))
        nodes.append(node)
    nodes.append(helper.make_node("Mul", [f"x{len(layers)}", "sharpness"], ["logits"]))
    outputs = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", classes])]
    if knows_strangers:
        more_nodes, more_tensors = _with_strangers(classes)
        tensors |= more_tensors
        nodes += more_nodes
        outputs.append(helper.make_tensor_value_info("known", TensorProto.FLOAT, ["n"]))
    else:
        nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))
    return helper.make_graph(
        nodes,
        "numerist",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", *input_shape])],
        outputs,
        [numpy_helper.from_array(array, name) for name, array in tensors.items()],
    )


def _node(k: int, layer: Layer) -> tuple[Any, dict[str, Array]]:
    """Return the node of layer k, from x{k} to x{k+1}, and its numbers."""
    from onnx import helper  # noqa: PLC0415

    before, behind = f"x{k}", [f"x{k + 1}"]
    if isinstance(layer, MaxPool):
        sides = [layer.side, layer.side]
        return helper.make_node("MaxPool", [before], behind, kernel_shape=sides, strides=sides), {}
    if isinstance(layer, Plain):
        return helper.make_node(_ONNX_NAMES[layer.kind], [before], behind), {}
    arrays = {f"weights.{k}": layer.weights, f"biases.{k}": layer.biases}
    inputs = [before, *(f"{name}.single" for name in arrays)]
    if isinstance(layer, Dense):
        return helper.make_node("Gemm", inputs, behind, transB=1), arrays
    return helper.make_node(
        "Conv", inputs, behind,
        kernel_shape=list(layer.weights.shape[2:]),
        pads=[layer.padding] * 4, strides=[layer.stride] * 2,
    ), arrays  # fmt: skip


def _with_strangers(classes: int) -> tuple[list[Any], dict[str, npt.NDArray[Any]]]:
    """Return the end of the graph where the last logit stands for "none of them".

    `probabilities` are those of the classes if it is one of them; `known` is how probably it is.
    """
    from onnx import helper  # noqa: PLC0415

    tensors = {
        name: np.array([value], np.int64)
        for name, value in (("first", 0), ("end", classes), ("axis", 1))
    }
    span = ["first", "end", "axis"]
    return [
        helper.make_node("Slice", ["logits", *span], ["of_classes"]),
        helper.make_node("Softmax", ["of_classes"], ["probabilities"], axis=1),
        helper.make_node("Softmax", ["logits"], ["of_all"], axis=1),
        helper.make_node("Slice", ["of_all", *span], ["shares"]),
        helper.make_node("ReduceSum", ["shares", "axis"], ["known"], keepdims=0),
    ], tensors  # fmt: skip

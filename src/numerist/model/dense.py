"""The chapter's networks as ONNX graphs: dense layers, one after the other."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from numerist.checks import parameters
from numerist.errors import DamagedModelError, InputError, NotAModelError
from numerist.model import onnx_file
from numerist.model.metadata import Metadata
from numerist.neurons import ACTIVATIONS, COSTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.neurons import Activation, Cost
    from numerist.neurons.activations import Array

_ONNX_NAMES = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "Relu",
    "identity": "Identity",
    "softmax": "Softmax",
}


class DenseNetwork(Protocol):
    """What of a network stands in the file; `numerist.Network` is one."""

    sizes: list[int]
    weights: list[Array]
    biases: list[Array]
    hidden: Activation
    output: Activation
    cost: Cost
    border: float


@dataclass(frozen=True, slots=True)
class NetworkParts:
    """What a file says of a network: all that is needed to build it again."""

    sizes: list[int]
    activation: str
    output: str
    cost: str
    border: float
    weights: list[Array]
    biases: list[Array]


def write_network(
    path: str | os.PathLike[str],
    net: DenseNetwork,
    *,
    input_shape: Sequence[int] | None = None,
    classes: Sequence[str] | None = None,
    **about: Any,
) -> None:
    """Write a network of dense layers as a model file.

    Args:
        path: the file.
        net: the network.
        input_shape: of one image; (28, 28) for 784 inputs if None, else the flat (n_in,).
        classes: names of the outputs; "0", "1", … if None.
        about: other fields of `Metadata`.

    Raises:
        InputError: the shape or the classes do not fit the network.
        WriteError: the file can't be written.
    """
    n_in, n_out = net.sizes[0], net.sizes[-1]
    shape = list(input_shape or ((28, 28) if n_in == 28 * 28 else (n_in,)))
    names = list(classes or map(str, range(max(n_out, 2))))
    if math.prod(shape) != n_in or len(names) != max(n_out, 2):
        raise InputError(
            "input_shape and classes",
            f"{n_in} inputs and {max(n_out, 2)} classes",
            f"shape {tuple(shape)} and {len(names)} classes",
            "Let them fit the network's first and last layer.",
        )
    parameters(net.sizes, net.weights, net.biases)
    network = {
        "sizes": net.sizes,
        "activation": net.hidden.name,
        "output": net.output.name,
        "cost": net.cost.name,
        "border": net.border,
    }
    metadata = Metadata(classes=names, input_shape=shape, network=network, **about)
    onnx_file.write(path, _graph(net, shape), metadata)


def _graph(net: DenseNetwork, input_shape: list[int]) -> Any:
    """Build the graph: images → activations of the last layer, and probabilities.

    The numbers are kept in the network's own precision and computed in float64, as
    `Network.feedforward` does; the probabilities are rounded to float32.
    """
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    tensors = {"flat": np.array([-1, net.sizes[0]], dtype=np.int64)}
    nodes = [
        helper.make_node("Reshape", ["images", "flat"], ["pixels"]),
        helper.make_node("Cast", ["pixels"], ["a0"], to=TensorProto.DOUBLE),
    ]
    last = len(net.weights) - 1
    for k, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        tensors[f"weights.{k}"] = w
        tensors[f"biases.{k}"] = b.reshape(-1)
        name = (net.output if k == last else net.hidden).name
        inputs = [f"a{k}", f"w{k}", f"b{k}"]
        nodes += [
            helper.make_node("Cast", [kept], [used], to=TensorProto.DOUBLE)
            for kept, used in ((f"weights.{k}", f"w{k}"), (f"biases.{k}", f"b{k}"))
        ]
        nodes.append(helper.make_node("Gemm", inputs, [f"z{k + 1}"], transB=1))
        activation = "activations" if k == last else f"a{k + 1}"
        nodes.append(helper.make_node(_ONNX_NAMES[name], [f"z{k + 1}"], [activation]))
    nodes.append(helper.make_node("Cast", ["activations"], ["rounded"], to=TensorProto.FLOAT))
    more_nodes, more_tensors = _probabilities(net.sizes[-1], net.output.name)
    return helper.make_graph(
        nodes + more_nodes,
        "numerist",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", *input_shape])],
        [
            helper.make_tensor_value_info("activations", TensorProto.DOUBLE, ["n", net.sizes[-1]]),
            helper.make_tensor_value_info(
                "probabilities", TensorProto.FLOAT, ["n", max(net.sizes[-1], 2)]
            ),
        ],
        [numpy_helper.from_array(array, name) for name, array in (tensors | more_tensors).items()],
    )


def _probabilities(n_out: int, output: str) -> tuple[list[Any], dict[str, Array]]:
    """Turn activations into probabilities that add up to 1.

    A single output is the probability of class 1, and what is missing to 1 that of class 0.
    Several sigmoid outputs are divided by their sum, with a trace added so that ten silent neurons
    mean "no idea", not 0/0. Others go through softmax, unless they have already.
    """
    from onnx import helper  # noqa: PLC0415

    if n_out == 1:
        return [
            helper.make_node("Clip", ["rounded", "zero", "one"], ["yes"]),
            helper.make_node("Sub", ["one", "yes"], ["no"]),
            helper.make_node("Concat", ["no", "yes"], ["probabilities"], axis=1),
        ], {"zero": np.array(0, np.float32), "one": np.array(1, np.float32)}
    if output == "sigmoid":
        return [
            helper.make_node("Add", ["rounded", "trace"], ["positive"]),
            helper.make_node("ReduceSum", ["positive", "classes"], ["sum"], keepdims=1),
            helper.make_node("Div", ["positive", "sum"], ["probabilities"]),
        ], {"trace": np.array(1e-9, np.float32), "classes": np.array([1], np.int64)}
    last = "Identity" if output == "softmax" else "Softmax"
    return [helper.make_node(last, ["rounded"], ["probabilities"])], {}


def read_network(path: str | os.PathLike[str]) -> NetworkParts:
    """Read a network of dense layers back from its model file.

    Raises:
        NotAModelError: the file is no numerist model, or one of another architecture.
        DamagedModelError, NewerModelError: as `onnx_file.read`.
    """
    from onnx import numpy_helper  # noqa: PLC0415

    model, metadata = onnx_file.read(path)
    place = os.fspath(path)
    if not metadata.network:
        raise NotAModelError(
            place,
            "a network of dense layers",
            "a model of another architecture",
            "numerist.load_model() runs every model.",
        )
    tensors = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    try:
        return _parts(metadata.network, tensors)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedModelError(
            place,
            "weights and biases that fit the layers",
            f"others ({error})",
            "Copy the file again, or train the model again.",
        ) from error


def _parts(network: dict[str, Any], tensors: dict[str, Array]) -> NetworkParts:
    """Take the parts out of metadata and tensors.

    Raises:
        KeyError, TypeError, ValueError: something is missing or does not fit.
    """
    sizes = list(network["sizes"])
    weights = [np.array(tensors[f"weights.{k}"]) for k in range(len(sizes) - 1)]
    biases = [np.array(tensors[f"biases.{k}"]).reshape(-1, 1) for k in range(len(sizes) - 1)]
    for (n_in, n_out), w, b in zip(pairwise(sizes), weights, biases, strict=True):
        if w.shape != (n_out, n_in) or b.shape != (n_out, 1) or w.dtype.kind != "f":
            raise ValueError(f"shape {w.shape} for {n_in} inputs and {n_out} outputs")
    names = (network["activation"], network["output"], network["cost"])
    for name, known in zip(names, (set(ACTIVATIONS), set(ACTIVATIONS), set(COSTS)), strict=True):
        if name not in known:
            raise ValueError(f"unknown name {name!r}")
    return NetworkParts(sizes, *names, float(network["border"]), weights, biases)

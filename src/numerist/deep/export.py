"""From PyTorch networks to plain layers, as the model file has them, and back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from numerist.errors import InputError
from numerist.model.layers import Convolution, Dense, Layer, MaxPool, Plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.model.layers import Array

_PLAIN = {
    nn.ReLU: "relu",
    nn.Sigmoid: "sigmoid",
    nn.AdaptiveAvgPool2d: "mean",
    nn.Flatten: "flatten",
}


def plain_layers(net: nn.Sequential) -> list[Layer]:
    """Return the layers of a network, batch normalisation made part of the layer before it.

    Args:
        net: a chain of what `numerist.deep.architectures` builds from: convolutions with square
            filters, dense layers, batch normalisation behind either, ReLU, sigmoid, max-pooling of
            squares side by side, a mean over the picture, flattening.

    Raises:
        InputError: another kind of layer, or one with options that the model file does not have.
    """
    layers: list[Layer] = []
    for module in net:
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            layers[-1:] = [_normalised(layers[-1] if layers else None, module)]
        else:
            layers.append(_plain_layer(module))
    return layers


def trainable(layers: Sequence[Layer], outputs: int) -> nn.Sequential:
    """Return a network that goes on learning from where plain layers stand.

    Args:
        layers: of a trained network; normalisation is part of its layers and is not learned anew.
        outputs: how many logits; if the last layer has another number, a new one is drawn.
    """
    net = nn.Sequential(*map(_module, layers))
    if net[-1].out_features != outputs:
        net[-1] = nn.Linear(net[-1].in_features, outputs)
    return net


def _module(layer: Layer) -> nn.Module:
    if isinstance(layer, MaxPool):
        return nn.MaxPool2d(layer.side)
    if isinstance(layer, Plain):
        return {
            "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "flatten": nn.Flatten,
            "mean": functools.partial(nn.AdaptiveAvgPool2d, 1),
        }[layer.kind]()  # fmt: skip
    out, n_in = layer.weights.shape[:2]
    module: nn.Conv2d | nn.Linear
    if isinstance(layer, Dense):
        module = nn.Linear(n_in, out)
    else:
        side = layer.weights.shape[2]
        module = nn.Conv2d(n_in, out, side, stride=layer.stride, padding=layer.padding)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(layer.weights))
        module.bias.copy_(torch.from_numpy(layer.biases))
    return module


def _plain_layer(module: nn.Module) -> Layer:
    if isinstance(module, nn.Conv2d):
        return _convolution(module)
    if isinstance(module, nn.Linear):
        weights = _array(module.weight)
        return Dense(weights, _biases(module, len(weights)))
    if isinstance(module, nn.MaxPool2d):
        side = module.kernel_size
        beside = (module.stride, module.padding, module.dilation) == (side, 0, 1)
        if not isinstance(side, int) or not beside or module.ceil_mode:
            raise _unknown(module)
        return MaxPool(side)
    if type(module) not in _PLAIN or getattr(module, "output_size", 1) not in (1, (1, 1)):
        raise _unknown(module)
    return Plain(_PLAIN[type(module)])


def _convolution(module: nn.Conv2d) -> Convolution:
    square = all(
        isinstance(pair, tuple) and pair[0] == pair[1]
        for pair in (module.kernel_size, module.padding, module.stride)
    )
    plain = (module.dilation, module.groups, module.padding_mode) == ((1, 1), 1, "zeros")
    if not square or not plain:
        raise _unknown(module)
    weights = _array(module.weight)
    return Convolution(
        weights, _biases(module, len(weights)), int(module.padding[0]), module.stride[0]
    )


def _unknown(module: nn.Module) -> InputError:
    return InputError(
        "layers of a network", "layers that the model file has", str(module),
        "Build the network as numerist.deep.architectures does.",
    )  # fmt: skip


def _normalised(layer: Layer | None, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> Layer:
    """Return the layer with what the normalisation does to its outputs, y = (x − μ) γ/σ + β."""
    learned = norm.running_var is not None and norm.weight is not None
    if not isinstance(layer, Convolution | Dense) or not learned:
        raise _unknown(norm)
    mean, variance = _array(norm.running_mean), _array(norm.running_var)
    scale = _array(norm.weight) / np.sqrt(variance + norm.eps)
    weights = layer.weights * scale.reshape(-1, *[1] * (layer.weights.ndim - 1))
    biases = (layer.biases - mean) * scale + _array(norm.bias)
    if isinstance(layer, Dense):
        return Dense(weights, biases)
    return Convolution(weights, biases, layer.padding, layer.stride)


def _biases(module: nn.Conv2d | nn.Linear, n: int) -> Array:
    return np.zeros(n, np.float32) if module.bias is None else _array(module.bias)


def _array(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy().astype(np.float32)  # a copy
    return array

"""One web page, one file: a network, and all that draws, reads and shows with it, offline."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import os
import re
import zlib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.errors import DamagedModelError, InputError
from numerist.files import replacing
from numerist.model import SHIPPED, read_network
from numerist.model.layers import Convolution, Dense, MaxPool, Plain, read_layers
from numerist.model.onnx_file import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from numerist.model.metadata import Metadata

    Layer = Convolution | Dense | MaxPool | Plain
    Floats = npt.NDArray[np.float32]

_IMAGE = (28, 28)
_MOST = 10_000_000  # numbers behind a layer
_WEB = resources.files("numerist.service") / "web"
_SCRIPTS = (  # later ones use what earlier ones define
    "tensors", "forward", "filters", "resample", "paper", "frame", "lines", "ink", "normalise",
    "picture", "strokes", "board", "views", "curve", "inside", "training", "page",
)  # fmt: skip
_STATIC = ("language", "title", "heading", "noScript")  # texts that need no script
_WORKER = ("unpack", "learner", "worker")  # beside the page, so that it stays quick


def write_page(
    path: str | os.PathLike[str],
    model: str | os.PathLike[str] = SHIPPED,
    digits: bytes | None = None,
) -> int:
    """Write the page of a model: one HTML file that needs nothing else.

    Args:
        path: the file; written whole or not at all.
        model: a model file of 28×28 images; the one that comes with numerist if not given.
        digits: as `page`.

    Returns:
        The size of the file in bytes.

    Raises:
        WriteError: the file can't be written.
        InputError, ModelError: as `page`.
    """
    content = page(model, digits).encode()
    with replacing(path) as part:
        part.write_bytes(content)
    return len(content)


def page(
    model: str | os.PathLike[str] = SHIPPED, digits: bytes | None = None, *, served: bool = False
) -> str:
    """Return the page of a model as HTML.

    The numbers stand in it in half precision where that holds them exactly, as those of
    convolutional networks; in single precision otherwise.

    Args:
        model: as `write_page`.
        digits: MNIST for learning in the page, as `numerist.service.packed.sample` gives it;
            without, the page says that there are none.
        served: for a service with the routes of `numerist.service.installing`: the page can be
            installed there, and can fetch all of MNIST. Otherwise it asks for nothing.

    Raises:
        InputError: its images are not of 28×28 pixels.
        NotAModelError, DamagedModelError, NewerModelError: the file can't be used.

    >>> text = page()
    >>> text.startswith("<!doctype html>"), len(text) < 1_000_000
    (True, True)
    """
    about, arrays = _described(model)
    precision = "float16" if all(map(_fits_half, arrays)) else "float32"
    texts = json.loads(_file("texts.json"))
    script = _scripts([*_SCRIPTS, "served"] if served else _SCRIPTS)
    style = "\n" + _file("page.css")
    return _filled(_file("page.html"), {
        "policy": _policy(script, style, served=served),
        "installing": _file("installing.html") if served else "",
        "style": style,
        "script": script,
        "worker": _scripts(_WORKER),
        "model": _json(about | {"precision": precision}),
        "texts": _json(texts),
        "numbers": _text(zlib.compress(_planes(arrays, precision), 9)),
        "digits": _text(digits or b""),
        **{name: html.escape(texts[name]) for name in _STATIC},
    })  # fmt: skip


def _scripts(names: Sequence[str]) -> str:
    return "\n" + "\n".join(_file(f"{name}.js") for name in names)


def _file(name: str) -> str:
    return (_WEB / name).read_text(encoding="utf-8")


def _filled(template: str, values: dict[str, str]) -> str:
    """Put values in place of their {{names}}, in one go, so that none is taken for a template."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def _policy(script: str, style: str, *, served: bool) -> str:
    """Return the page's content security policy: it runs what is in it, and fetches nothing.

    Only where it is served does it fetch, from there.
    """
    allowed = [
        "default-src 'none'",
        f"script-src 'sha256-{_digest(script)}'",
        f"style-src 'sha256-{_digest(style)}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if served:
        allowed += ["connect-src 'self'", "manifest-src 'self'"]
    own = "'self' " if served else ""
    allowed += [
        f"img-src {own}blob: data:",  # pictures that the user opens
        f"worker-src {own}blob:",  # the one that learns is made from the page's own text
    ]
    return "; ".join(allowed)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(value: Any) -> str:
    """Return JSON that can stand in a page, whatever its texts say: no tag ends or begins in it."""
    return json.dumps(value, allow_nan=False).replace("<", r"\u003c")


def _planes(arrays: list[Floats], precision: str) -> bytes:
    """Return all numbers, their lowest bytes first, then the next ones: so they compress best."""
    kind = np.dtype(precision).newbyteorder("<")
    flat = [np.zeros(0, np.float32), *(array.reshape(-1) for array in arrays)]
    numbers = np.concatenate(flat).astype(kind)
    return numbers.view(np.uint8).reshape(-1, kind.itemsize).T.tobytes()


def _text(content: bytes) -> str:
    """Return bytes as text, base 85: a quarter longer, where base 64 is a third longer.

    A comma stands for "<", so that no tag and no comment can begin in it.
    """
    return base64.b85encode(content).decode().replace("<", ",")


def _fits_half(array: Floats) -> bool:
    with np.errstate(over="ignore"):
        return bool((array.astype(np.float16) == array).all())


def _described(path: str | os.PathLike[str]) -> tuple[dict[str, Any], list[Floats]]:
    """Return what the page needs to know of a model, and its numbers in the order of its layers."""
    model, metadata = read(path)
    place = os.fspath(path)
    if tuple(metadata.input_shape) != _IMAGE:
        raise InputError(
            place, "a model of images of 28×28 pixels",
            "one of " + "×".join(map(str, metadata.input_shape)),
            "The page draws for 28×28 only; use `numerist evaluate` for others.",
        )  # fmt: skip
    layers, end = _chapters(path) if metadata.network else _chain(path, model, metadata)
    _refuse_unfit(place, layers, end, len(metadata.classes))
    return {
        "classes": metadata.classes,
        "layers": [_layer(layer) for layer in layers],
        "end": end,
        "accuracy": _accuracy(metadata),
        "licence": metadata.licence,
        "made_by": metadata.made_by,
    }, [
        np.ascontiguousarray(array)
        for layer in layers
        if isinstance(layer, Convolution | Dense)
        for array in (layer.weights, layer.biases)
    ]


def _chapters(path: str | os.PathLike[str]) -> tuple[list[Layer], dict[str, Any]]:
    """Return one of the chapter's networks as a chain of layers, and what its outputs mean."""
    parts = read_network(path)
    layers: list[Layer] = [Plain("flatten")]
    if not math.isfinite(parts.border):
        raise _damaged(os.fspath(path), "a number for its border", str(parts.border))
    last = len(parts.weights) - 1
    for k, (weights, biases) in enumerate(zip(parts.weights, parts.biases, strict=True)):
        layers.append(Dense(_single(weights), _single(biases.reshape(-1))))
        layers.append(Plain(parts.output if k == last else parts.activation))
    return layers, {"kind": "activations", "output": parts.output, "border": parts.border}


def _chain(
    path: str | os.PathLike[str], model: Any, metadata: Metadata
) -> tuple[list[Layer], dict[str, Any]]:
    """Return the layers of another network, and what its logits mean."""
    from onnx import numpy_helper  # noqa: PLC0415

    layers = read_layers(path)
    sharpness = [
        float(numpy_helper.to_array(tensor))
        for tensor in model.graph.initializer
        if tensor.name == "sharpness" and not tensor.dims
    ]
    last = layers[-1]
    outputs = len(last.biases) if isinstance(last, Dense) else 0
    if len(sharpness) != 1 or not math.isfinite(sharpness[0]):
        raise _damaged(os.fspath(path), "a number for its sharpness", "none")
    strangers = outputs == len(metadata.classes) + 1
    return layers, {"kind": "logits", "sharpness": sharpness[0], "strangers": strangers}


def _single(array: npt.NDArray[Any]) -> Floats:
    with np.errstate(over="ignore"):  # what becomes infinite is refused later
        single: Floats = array.astype(np.float32)
    return single


def _layer(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, Convolution):
        shape = list(layer.weights.shape)
        more = {"padding": layer.padding, "stride": layer.stride}
        return {"kind": layer.kind, "shape": shape, **more}
    if isinstance(layer, Dense):
        return {"kind": layer.kind, "shape": list(layer.weights.shape)}
    return {"kind": layer.kind, "side": layer.side} if isinstance(layer, MaxPool) else {
        "kind": layer.kind
    }  # fmt: skip


def _accuracy(metadata: Metadata) -> list[dict[str, Any]]:
    """Return how many images of each set are right, of those entries that say so."""
    return [
        {"set": name, "right": entry["right"], "total": entry["total"]}
        for name, entry in dict[str, Any](metadata.accuracy).items()
        if isinstance(entry, dict)
        and all(type(entry.get(key)) is int for key in ("right", "total"))
    ]


def _refuse_unfit(place: str, layers: Sequence[Layer], end: dict[str, Any], classes: int) -> None:
    """Raise unless each layer fits what comes before, and the last one the classes.

    The page computes without looking: what does not fit would be wrong silently.
    """
    shape: tuple[int, ...] = (1, *_IMAGE)
    for k, layer in enumerate(layers):
        behind = _behind(layer, shape)
        if behind is None or min(behind) < 1 or math.prod(behind) > _MOST:
            found = f"{'×'.join(map(str, shape))} numbers before {layer.kind}"
            raise _damaged(place, f"a layer {k} that fits the one before", found)
        if isinstance(layer, Convolution | Dense) and not _all_finite(layer):
            raise _damaged(place, f"finite numbers in layer {k}", "NaN or infinity")
        shape = behind
    outputs = classes + int(end.get("strangers", False))
    single = end["kind"] == "activations" and classes == 2  # noqa: PLR2004
    if shape != (outputs, 1, 1) and not (single and shape == (1, 1, 1)):
        raise _damaged(place, f"{outputs} outputs for {classes} classes", f"{math.prod(shape)}")


def _behind(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the (channels, height, width) behind a layer; None if it does not fit."""
    channels, height, width = shape
    if isinstance(layer, Dense):
        fits = layer.weights.shape[1] == channels and (height, width) == (1, 1)
        return (len(layer.biases), 1, 1) if fits else None
    if isinstance(layer, MaxPool):
        return channels, height // layer.side, width // layer.side
    if isinstance(layer, Convolution):
        out, inputs, side, other = layer.weights.shape
        sides = ((n + 2 * layer.padding - side) // layer.stride + 1 for n in (height, width))
        return (out, *sides) if inputs == channels and side == other else None
    if layer.kind in {"mean", "flatten"}:
        return (channels if layer.kind == "mean" else math.prod(shape)), 1, 1
    return shape


def _all_finite(layer: Convolution | Dense) -> bool:
    return bool(np.isfinite(layer.weights).all() and np.isfinite(layer.biases).all())


def _damaged(place: str, expected: str, found: str) -> DamagedModelError:
    return DamagedModelError(
        place, expected, found, "Copy the file again, or train the model again."
    )

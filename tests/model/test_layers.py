"""Chains of layers as ONNX graphs, against SciPy's correlation and plain loops."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
from scipy.signal import correlate2d

from numerist import Network, load_model
from numerist.errors import DamagedModelError, InputError, NotAModelError, WriteError
from numerist.model import onnx_file
from numerist.model.layers import (
    Convolution,
    Dense,
    MaxPool,
    Plain,
    multiply_adds,
    parameters,
    read_layers,
    read_sharpness,
    write_layers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numerist.model.layers import Layer

Array = np.ndarray[Any, Any]


def half(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers that float16 holds exactly, so that storing them costs nothing."""
    return rng.normal(0, 0.5, shape).astype(np.float16).astype(np.float32)


# the same layers, slowly


def convolved(x: Array, layer: Convolution) -> Array:
    p, s = layer.padding, layer.stride
    padded = np.pad(x, ((0, 0), (p, p), (p, p)))
    return np.stack(
        [
            sum(
                correlate2d(plane, f, mode="valid")
                for plane, f in zip(padded, filters, strict=True)
            )[::s, ::s]
            + bias
            for filters, bias in zip(layer.weights.astype(float), layer.biases, strict=True)
        ]
    )


def pooled(x: Array, side: int) -> Array:
    channels, height, width = x.shape
    result = np.empty((channels, height // side, width // side))
    for c, i, j in np.ndindex(*result.shape):
        result[c, i, j] = x[c, i * side : (i + 1) * side, j * side : (j + 1) * side].max()
    return result


PLAIN: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.where(x > 0, x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "mean": lambda x: x.mean(axis=(1, 2), keepdims=True),
    "flatten": lambda x: x.reshape(-1),
}


def slowly(layers: Sequence[Layer], image: Array) -> Array:
    x: Array = image[None].astype(float)
    for layer in layers:
        if isinstance(layer, Convolution):
            x = convolved(x, layer)
        elif isinstance(layer, Dense):
            x = np.array([sum(w * v for w, v in zip(row, x, strict=True)) for row in layer.weights])
            x = x + layer.biases
        elif isinstance(layer, MaxPool):
            x = pooled(x, layer.side)
        else:
            x = PLAIN[layer.kind](x)
    return x


def softmax(logits: Array) -> Array:
    powers: Array = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


def some_layers(seed: int, *, outputs: int = 3) -> list[Layer]:
    """A chain with every kind of layer, for pictures of 9×9."""
    rng = np.random.default_rng(seed)
    return [
        Convolution(half(rng, 4, 1, 3, 3), half(rng, 4), padding=1),
        Plain("relu"),
        MaxPool(2),
        Convolution(half(rng, 5, 4, 2, 2), half(rng, 5), stride=2),
        Plain("sigmoid"),
        Plain("mean"),
        Plain("flatten"),
        Dense(half(rng, 6, 5), half(rng, 6)),
        Plain("relu"),
        Dense(half(rng, outputs, 6) * 4, half(rng, outputs)),
    ]


def write(path: Path, layers: Sequence[Layer], **more: Any) -> None:
    write_layers(path, layers, **{"classes": ["a", "b", "c"], "input_shape": (9, 9), **more})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


# what the file computes


@pytest.mark.parametrize("seed", range(4))
def test_a_chain_of_every_kind_equals_scipy_and_plain_loops(path: Path, seed: int) -> None:
    layers = some_layers(seed)
    images = np.random.default_rng(seed + 100).random((7, 9, 9), np.float32)
    write(path, layers)
    expected = np.array([softmax(slowly(layers, image)) for image in images])
    np.testing.assert_allclose(load_model(path).probabilities(images), expected, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 1e-3  # the images make a difference


def test_a_network_worked_on_paper(path: Path) -> None:
    """One filter that sees an edge to the right, the greatest of 2×2, their mean, two logits."""
    layers: list[Layer] = [
        Convolution(np.array([[[[1, -1], [1, -1]]]], np.float32), np.array([0.5], np.float32)),
        MaxPool(2),
        Plain("mean"),
        Plain("flatten"),
        Dense(np.array([[2], [0]], np.float32), np.array([0, 1], np.float32)),
    ]
    image = np.zeros((4, 5), np.float32)
    image[:, :2] = 1.0
    # correlation: rows of [0, 2, 0, 0] + 0.5 in 3 rows; 2×2 maxima of the upper two: 2.5 and 0.5;
    # their mean 1.5; logits 3 and 1
    write(path, layers, classes=["edge", "none"], input_shape=(4, 5))
    probabilities = load_model(path).probabilities(image)
    np.testing.assert_allclose(probabilities, [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))], 1e-5)


@pytest.mark.parametrize(
    ("padding", "stride", "k"), [(0, 1, 3), (1, 1, 3), (2, 2, 5), (0, 3, 2), (3, 2, 1)]
)
def test_padding_and_strides(path: Path, padding: int, stride: int, k: int) -> None:
    rng = np.random.default_rng(k)
    convolution = Convolution(half(rng, 3, 1, k, k), half(rng, 3), padding, stride)
    image = rng.random((9, 9), np.float32)
    values = convolved(image[None].astype(float), convolution).size
    layers: list[Layer] = [
        convolution, Plain("flatten"), Dense(half(rng, 3, values), half(rng, 3))
    ]  # fmt: skip
    write(path, layers)
    np.testing.assert_allclose(
        load_model(path).probabilities(image), softmax(slowly(layers, image)), atol=1e-5
    )


def test_sharpness_multiplies_the_logits(path: Path) -> None:
    layers, image = some_layers(1), np.random.default_rng(1).random((9, 9), np.float32)
    write(path, layers, sharpness=2.5)
    np.testing.assert_allclose(
        load_model(path).probabilities(image), softmax(2.5 * slowly(layers, image)), atol=1e-5
    )


def test_sharpness_is_read_back(path: Path, tmp_path: Path) -> None:
    end = Dense(np.eye(2, 4, dtype=np.float32), np.zeros(2, np.float32))
    write_layers(path, [end], classes=["a", "b"], sharpness=0.75, input_shape=(4,))
    assert read_sharpness(path) == 0.75
    Network([4, 3, 2]).save(tmp_path / "chapter.onnx")
    with pytest.raises(NotAModelError, match="calibration"):
        read_sharpness(tmp_path / "chapter.onnx")


def test_the_logit_of_strangers(path: Path) -> None:
    """`known` is what of the probability falls to the classes, which share it out anew."""
    layers = some_layers(2, outputs=4)
    images = np.random.default_rng(2).random((5, 9, 9), np.float32)
    write(path, layers, knows_strangers=True)
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    probabilities, known = session.run(["probabilities", "known"], {"images": images})
    of_all = np.array([softmax(slowly(layers, image)) for image in images])
    np.testing.assert_allclose(known, 1 - of_all[:, 3], atol=1e-5)
    np.testing.assert_allclose(
        probabilities, of_all[:, :3] / of_all[:, :3].sum(axis=1, keepdims=True), atol=1e-5
    )
    np.testing.assert_allclose(load_model(path).probabilities(images), probabilities, atol=1e-6)


def test_half_precision_costs_a_thousandth(path: Path) -> None:
    rng = np.random.default_rng(7)
    exact: list[Layer] = [
        Plain("flatten"), Dense(rng.normal(0, 0.2, (3, 81)).astype(np.float32),
                                rng.normal(0, 1, 3).astype(np.float32)),
    ]  # fmt: skip
    images = rng.random((50, 9, 9), np.float32)
    write(path, exact)
    expected = np.array([softmax(slowly(exact, image)) for image in images])
    np.testing.assert_allclose(load_model(path).probabilities(images), expected, atol=2e-3)
    assert path.stat().st_size < 2 * 3 * 82 + 3000


# sizes


def test_multiplications_and_parameters_on_paper() -> None:
    layers = some_layers(0)
    # 9×9 padded stays 9×9: 4·9·81; pooled 4×4; stride 2 on it 2×2: 5·16·4; then 6·5 and 3·6
    assert multiply_adds(layers, (9, 9)) == 4 * 9 * 81 + 5 * 16 * 4 + 30 + 18
    assert parameters(layers) == (36 + 4) + (80 + 5) + (30 + 6) + (18 + 3)
    wide: list[Layer] = [Convolution(np.ones((2, 1, 3, 3), np.float32), np.ones(2, np.float32))]
    assert multiply_adds(wide, (5, 10)) == 18 * 3 * 8
    assert multiply_adds([MaxPool(2), *wide], (10, 20)) == 18 * 3 * 8
    assert multiply_adds([]) == parameters([]) == 0


# there and back


def test_read_layers_gives_back_what_was_written(path: Path) -> None:
    layers = some_layers(3)
    write(path, layers)
    back = read_layers(path)
    assert [type(layer) for layer in back] == [type(layer) for layer in layers]
    for ours, theirs in zip(back, layers, strict=True):
        if isinstance(theirs, Convolution | Dense):
            assert isinstance(ours, Convolution | Dense)
            np.testing.assert_array_equal(ours.weights, theirs.weights)
            np.testing.assert_array_equal(ours.biases, theirs.biases)
            assert ours.weights.dtype == np.float32
        else:
            assert ours == theirs
        if isinstance(theirs, Convolution):
            assert isinstance(ours, Convolution)
            assert (ours.padding, ours.stride) == (theirs.padding, theirs.stride)


def test_what_was_read_writes_the_same_file(path: Path, tmp_path: Path) -> None:
    write(path, some_layers(3), sharpness=1.5, licence="MIT")
    write(tmp_path / "again.onnx", read_layers(path), sharpness=1.5, licence="MIT")
    assert (tmp_path / "again.onnx").read_bytes() == path.read_bytes()


def test_the_metadata_stand_in_the_file(path: Path) -> None:
    write(path, some_layers(3), made_by="a test", training_data={"examples": 7})
    metadata = load_model(path).metadata
    assert metadata.classes == ["a", "b", "c"]
    assert metadata.input_shape == [9, 9]
    assert metadata.made_by == "a test"
    assert metadata.training_data == {"examples": 7}
    assert metadata.layers[3] == {"kind": "convolution", "padding": 0, "stride": 2}


def test_the_chapters_network_has_no_such_layers(path: Path) -> None:
    Network([784, 5, 10], seed=1).save(path)
    with pytest.raises(NotAModelError, match="another architecture"):
        read_layers(path)


# refused


@pytest.mark.parametrize(
    "layers",
    [[], [Plain("relu")], [MaxPool(2)], some_layers(0)[:-1], some_layers(0, outputs=4)],
    ids=["none", "relu", "pool", "six outputs", "four outputs"],
)
def test_an_end_that_does_not_fit_the_classes_is_refused(path: Path, layers: list[Layer]) -> None:
    with pytest.raises(InputError, match="a dense layer of 3 outputs at the end"):
        write(path, layers)
    assert not path.exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 65_520, -1e6])
@pytest.mark.parametrize("place", ["weights", "biases"])
def test_numbers_that_half_precision_does_not_hold_are_refused(
    path: Path, value: float, place: str
) -> None:
    layers = some_layers(0)
    getattr(layers[3], place).flat[1] = value
    with pytest.raises(InputError, match=f"{place}.3"):
        write(path, layers)
    assert not path.exists()


@pytest.mark.parametrize("sharpness", [0, -1, np.nan, np.inf, "2"])
def test_a_sharpness_that_is_none_is_refused(path: Path, sharpness: Any) -> None:
    with pytest.raises(InputError, match="sharpness"):
        write(path, some_layers(0), sharpness=sharpness)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        write(tmp_path / "missing" / "model.onnx", some_layers(0))


# a description that does not fit, with a digest that does


def rewritten(path: Path, layers: Any, *, drop: str = "") -> None:
    """Write the file's graph again under another description of its layers."""
    model, metadata = onnx_file.read(path)
    kept = [tensor for tensor in model.graph.initializer if tensor.name != drop]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    object.__setattr__(metadata, "layers", layers)
    digest_free = {**metadata.to_props(""), "numerist.layers": json.dumps(layers)}
    onnx.helper.set_model_props(model, digest_free)
    digest_free["numerist.digest"] = onnx_file._digest(model)
    onnx.helper.set_model_props(model, digest_free)
    path.write_bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("k", "about"),
    [
        (0, "convolution"), (0, 5), (0, None), (0, {}), (0, {"kind": "magic"}), (0, {"kind": []}),
        (0, {"kind": "convolution"}), (0, {"kind": "convolution", "padding": 1}),
        (0, {"kind": "convolution", "padding": -1, "stride": 1}),
        (0, {"kind": "convolution", "padding": 1.5, "stride": 1}),
        (0, {"kind": "convolution", "padding": 1, "stride": 0}),
        (0, {"kind": "convolution", "padding": "1", "stride": 1}),
        (0, {"kind": "dense"}), (1, {"kind": "dense"}), (7, {"kind": "convolution"}),
        (2, {"kind": "max-pool"}), (2, {"kind": "max-pool", "side": 0}),
        (2, {"kind": "max-pool", "side": "two"}), (2, {"kind": "max-pool", "side": True}),
    ],
)  # fmt: skip
def test_a_damaged_description_is_refused(path: Path, k: int, about: Any) -> None:
    write(path, some_layers(0))
    described: list[Any] = onnx_file.read(path)[1].layers
    described[k] = about
    rewritten(path, described)
    with pytest.raises(DamagedModelError, match="layers that fit their numbers"):
        read_layers(path)


@pytest.mark.parametrize("name", ["weights.0", "biases.9"])
def test_missing_numbers_are_refused(path: Path, name: str) -> None:
    write(path, some_layers(0))
    rewritten(path, onnx_file.read(path)[1].layers, drop=name)
    with pytest.raises(DamagedModelError, match=name):
        read_layers(path)


def test_a_file_that_is_none(path: Path) -> None:
    path.write_bytes(b"hello")
    with pytest.raises(NotAModelError):
        read_layers(path)
    with pytest.raises(NotAModelError):
        read_layers(path.with_name("missing.onnx"))

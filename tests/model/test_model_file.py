"""The model file: the same network after it, and nobody else's file mistaken for it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist import Network, load_model
from numerist.errors import (
    DamagedModelError,
    InputError,
    ModelError,
    NewerModelError,
    NotAModelError,
    ShapeError,
    WriteError,
)
from numerist.image import NORMALISER_VERSION
from numerist.model import SHIPPED
from numerist.model.metadata import NORMALISERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numerist.data import Dataset, Mnist


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Path]:
    net = Network([784, 12, 10], seed=4)
    path = tmp_path_factory.mktemp("model") / "digits.onnx"
    net.save(path, licence="MIT", made_by="a test")
    return net, path


@pytest.mark.parametrize(
    ("sizes", "names"),
    [
        ([784, 30, 10], {}),
        ([784, 30, 20, 10], {"activation": "tanh", "output": "softmax", "cost": "log-likelihood"}),
        ([784, 10], {"cost": "cross-entropy"}),
        ([784, 8, 10], {"activation": "relu", "output": "identity"}),
        ([784, 8, 10], {"activation": "identity", "output": "tanh"}),
    ],
)
def test_the_same_bits_in_numpy_and_the_same_answers_in_onnx_runtime(
    tmp_path: Path, mnist: Mnist, sizes: list[int], names: dict[str, str]
) -> None:
    net = Network(sizes, seed=1, **names)  # type: ignore[arg-type]
    if names.get("output", "sigmoid") != "sigmoid":
        net.weights = [(w / np.sqrt(w.shape[1])).astype(np.float32) for w in net.weights]
    rate = 0.01 if names.get("output") in ("identity", "tanh") else 0.5
    net.SGD(mnist.training[:2000], 1, 10, rate, on_epoch=lambda *_: None)
    net.save(tmp_path / "a.onnx")
    expected = net.feedforward(mnist.test.rows.T)
    back = Network.load(tmp_path / "a.onnx")
    assert back.feedforward(mnist.test.rows.T).tobytes() == expected.tobytes()
    assert (back.hidden, back.output, back.cost) == (net.hidden, net.output, net.cost)
    model = load_model(tmp_path / "a.onnx")
    found = model.activations(mnist.test.images)
    assert found.shape == (10_000, 10)
    assert np.abs(found - expected.T).max() < 1e-6
    assert (model.predict(mnist.test.images) == expected.argmax(axis=0)).all()
    probabilities = model.probabilities(mnist.test.images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities >= 0).all()


def test_a_single_output_keeps_its_border(tmp_path: Path) -> None:
    net = Network([64, 5, 1], seed=0, border=0.6)
    net.save(tmp_path / "a.onnx", input_shape=(8, 8), classes=["no", "yes"])
    assert Network.load(tmp_path / "a.onnx").border == 0.6
    model = load_model(tmp_path / "a.onnx")
    images = np.random.default_rng(0).uniform(size=(200, 8, 8)).astype(np.float32)
    activation = net.feedforward(images.reshape(200, 64).T)[0]
    assert 20 < (activation >= 0.6).sum() < 180
    assert (model.predict(images) == (activation >= 0.6)).all()
    np.testing.assert_allclose(model.probabilities(images)[:, 1], activation, atol=1e-6)
    assert model.classes == ["no", "yes"]


def test_doubles_stay_doubles(tmp_path: Path) -> None:
    net = Network([3, 2], seed=0)
    net.weights = [np.full((2, 3), 1 / 3)]
    net.save(tmp_path / "a.onnx")
    back = Network.load(tmp_path / "a.onnx")
    assert back.weights[0].dtype == np.float64
    assert (back.weights[0] == 1 / 3).all()


def test_what_is_loaded_can_learn_on(tmp_path: Path, tiny: Dataset) -> None:
    Network([784, 5, 10], seed=0).save(tmp_path / "a.onnx")
    net = Network.load(tmp_path / "a.onnx")
    before = net.weights[0].copy()
    net.SGD(tiny, 1, 10, 1.0, on_epoch=lambda *_: None)
    assert (net.weights[0] != before).any()


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        Network([784, 30, 10], seed=3).save(tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_it_is_valid_onnx_with_its_metadata(saved: tuple[Network, Path]) -> None:
    model = onnx.load(saved[1])
    onnx.checker.check_model(model, full_check=True)
    props = {prop.key: prop.value for prop in model.metadata_props}
    assert json.loads(props["numerist.format"]) == 1
    assert json.loads(props["numerist.classes"]) == [str(digit) for digit in range(10)]
    assert json.loads(props["numerist.network"])["sizes"] == [784, 12, 10]
    assert json.loads(props["numerist.normaliser"]) == "mnist"
    assert json.loads(props["numerist.licence"]) == "MIT"
    assert [node.name for node in model.graph.input] == ["images"]
    assert [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim] == [0, 28, 28]


# Other people's files, damaged files, newer files.


@pytest.mark.parametrize(
    "content",
    [b"", b"junk", b"\x00" * 1000, b"\x89PNG\r\n\x1a\n", b"PK\x03\x04" + b"\x00" * 100],
)
def test_what_is_no_onnx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(content)
    for load in (Network.load, load_model):
        with pytest.raises(NotAModelError, match=r"a\.onnx"):
            load(tmp_path / "a.onnx")


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(NotAModelError):
            load_model(path)


@pytest.mark.parametrize("path", [3, None, b"digits.onnx", ["digits.onnx"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(
        InputError, match=f"a name or a pathlib.Path, found {re.escape(repr(path))}"
    ):
        load_model(path)


def foreign() -> onnx.ModelProto:
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    info = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in "xy"]
    return onnx.helper.make_model(onnx.helper.make_graph([node], "g", [info[0]], [info[1]]))


def test_someone_elses_onnx_file_is_refused(tmp_path: Path) -> None:
    onnx.save(foreign(), tmp_path / "a.onnx")
    with pytest.raises(NotAModelError, match=r"numerist\.format"):
        load_model(tmp_path / "a.onnx")


def changed(path: Path, to: Path, change: Callable[[Any], None]) -> Path:
    model = onnx.load(path)
    change(model)
    onnx.save(model, to)
    return to


def prop(model: Any, key: str) -> Any:
    return next(prop for prop in model.metadata_props if prop.key == key)


def test_a_newer_format_is_refused_by_name(saved: tuple[Network, Path], tmp_path: Path) -> None:
    def newer(model: Any) -> None:
        prop(model, "numerist.format").value = "2"

    path = changed(saved[1], tmp_path / "a.onnx", newer)
    for load in (Network.load, load_model):
        with pytest.raises(NewerModelError, match="format 2"):
            load(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: setattr(prop(m, "numerist.classes"), "value", '["a"]'),
        lambda m: setattr(prop(m, "numerist.classes"), "value", "{"),
        lambda m: setattr(prop(m, "numerist.classes"), "value", "5"),
        lambda m: setattr(prop(m, "numerist.format"), "value", '"one"'),
        lambda m: m.metadata_props.remove(prop(m, "numerist.network")),
        lambda m: m.metadata_props.remove(prop(m, "numerist.digest")),
        lambda m: setattr(m.graph.node[0], "op_type", "Identity"),
        lambda m: m.graph.initializer.pop(),
    ],
)
def test_changes_are_noticed(
    saved: tuple[Network, Path], tmp_path: Path, change: Callable[[Any], None]
) -> None:
    path = changed(saved[1], tmp_path / "a.onnx", change)
    for load in (Network.load, load_model):
        with pytest.raises(DamagedModelError):
            load(path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_goes_unnoticed(
    saved: tuple[Network, Path], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(saved[1].read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path_factory.mktemp("flip") / "a.onnx"
    path.write_bytes(content)
    try:
        back = Network.load(path)
    except ModelError:
        return
    # A bit outside the graph and its metadata (the producer's name, say) changes nothing.
    net = saved[0]
    for kept, read in zip((*net.weights, *net.biases), (*back.weights, *back.biases), strict=True):
        assert kept.tobytes() == read.tobytes()
    for name in ("sizes", "hidden", "output", "cost", "border"):
        assert getattr(net, name) == getattr(back, name)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_short_is_refused(
    saved: tuple[Network, Path], tmp_path: Path, share: float
) -> None:
    content = saved[1].read_bytes()
    (tmp_path / "a.onnx").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DamagedModelError):
        load_model(tmp_path / "a.onnx")


def forged(path: Path, to: Path, change: Callable[[Any], None]) -> Path:
    """Change a file and give it a digest that fits: what a hostile hand can do."""
    from numerist.model import onnx_file  # noqa: PLC0415

    model = onnx.load(path)
    change(model)
    prop(model, "numerist.digest").value = onnx_file._digest(model)
    to.write_bytes(model.SerializeToString())
    return to


def make_external(model: Any) -> None:
    tensor = model.graph.initializer[1]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="location", value="/etc/passwd")


def make_foreign_operator(model: Any) -> None:
    model.graph.node[0].domain = "com.example"


def make_loop(model: Any) -> None:
    model.graph.node[0].op_type = "Loop"


@pytest.mark.parametrize("change", [make_external, make_foreign_operator, make_loop])
def test_hostile_graphs_are_refused_before_they_run(
    saved: tuple[Network, Path], tmp_path: Path, change: Callable[[Any], None]
) -> None:
    path = forged(saved[1], tmp_path / "a.onnx", change)
    for load in (Network.load, load_model):
        with pytest.raises(NotAModelError):
            load(path)


@pytest.mark.parametrize(
    "network",
    [
        {"sizes": [784, 13, 10], "activation": "sigmoid"},
        {"sizes": "many"},
        {"sizes": [784, 12, 10], "activation": "arctan", "output": "sigmoid", "cost": "quadratic"},
        {"sizes": [784, 12, 10], "activation": [], "output": "sigmoid", "cost": "quadratic"},
        {},
    ],
)
def test_forged_metadata_is_refused(
    saved: tuple[Network, Path], tmp_path: Path, network: dict[str, Any]
) -> None:
    def change(model: Any) -> None:
        prop(model, "numerist.network").value = json.dumps(network)

    with pytest.raises(ModelError):
        Network.load(forged(saved[1], tmp_path / "a.onnx", change))


def set_field(key: str, value: Any) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        prop(model, f"numerist.{key}").value = json.dumps(value)

    return change


def other_input_shape(model: Any) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 14


def other_classes(model: Any) -> None:
    """Three classes, and a graph that claims to give as many, but gives ten."""
    set_field("classes", ["a", "b", "c"])(model)
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].dim_value = 3


def renamed(old: str) -> Callable[[Any], None]:
    def change(model: Any) -> None:
        for item in (*model.graph.input, *model.graph.output):
            item.name = item.name.replace(old, "other")
        for node in model.graph.node:
            for names in (node.input, node.output):
                names[:] = [name.replace(old, "other") if name == old else name for name in names]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (set_field("rejection", [1]), "rejection"),
        (set_field("rejection", [{}]), "rejection"),
        (set_field("rejection", [{"max_error": "a", "threshold": 0.5}]), "rejection"),
        (set_field("rejection", [{"max_error": 0.01, "threshold": None}]), "rejection"),
        (set_field("rejection", [{"max_error": 0.01, "threshold": float("nan")}]), "rejection"),
        (set_field("network", {"sizes": [784, 12, 10], "border": "x"}), "border"),
        (set_field("network", {}), "activations"),
        (set_field("format", True), "version"),
        (set_field("classes", ["a", "b", "c"]), "3 classes"),
        (set_field("classes", [str(k) for k in range(11)]), "11 classes"),
        (other_classes, "3 classes"),
        (set_field("input_shape", [28, 27]), r"images of \[28, 27\]"),
        (set_field("input_shape", [100_000, 100_000]), r"images of \[100000, 100000\]"),
        (other_input_shape, r"images of \[28, 28\]"),
        (renamed("images"), "images"),
        (renamed("activations"), "activations"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(
    saved: tuple[Network, Path], tmp_path: Path, change: Callable[[Any], None], says: str
) -> None:
    path = forged(saved[1], tmp_path / "a.onnx", change)
    with pytest.raises(DamagedModelError, match=says):
        load_model(path)


def test_the_versions_of_the_normaliser_are_known() -> None:
    versions = [str(k + 1) for k in range(int(NORMALISER_VERSION))]
    assert list(NORMALISERS) == ["mnist", *versions]


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ("99", NewerModelError),
        (str(int(NORMALISER_VERSION) + 1), NewerModelError),
        ("9" * 5000, NewerModelError),
        ("0", DamagedModelError),
        ("someone's", DamagedModelError),
        ("", DamagedModelError),
        (2, DamagedModelError),
    ],
)
def test_an_unknown_normaliser_is_refused(
    saved: tuple[Network, Path], tmp_path: Path, version: Any, error: type[ModelError]
) -> None:
    path = forged(saved[1], tmp_path / "a.onnx", set_field("normaliser", version))
    for load in (Network.load, load_model):
        with pytest.raises(error, match="normaliser"):
            load(path)


@pytest.mark.parametrize("version", NORMALISERS)
def test_a_known_normaliser_is_read(
    saved: tuple[Network, Path], tmp_path: Path, version: str
) -> None:
    path = forged(saved[1], tmp_path / "a.onnx", set_field("normaliser", version))
    assert load_model(path).metadata.normaliser == version


def test_a_network_of_layers_with_the_chapters_metadata_is_refused(tmp_path: Path) -> None:
    path = forged(SHIPPED, tmp_path / "a.onnx", set_field("network", {"border": 1}))
    with pytest.raises(DamagedModelError, match="chapter"):
        load_model(path)


# Writing.


def test_killed_in_the_middle_of_saving_leaves_the_old_file(
    saved: tuple[Network, Path], tmp_path: Path
) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(saved[1].read_bytes())
    code = (
        "import sys, time, pathlib\nfrom numerist import Network\n"
        "write = pathlib.Path.write_bytes\n"
        "def slow(self, data):\n"
        "    write(self, data[: len(data) // 2]); print('half', flush=True); time.sleep(60)\n"
        "pathlib.Path.write_bytes = slow\n"
        f"Network([784, 30, 10], seed=9).save({str(path)!r})\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"half"
        process.send_signal(signal.SIGKILL)
    assert Network.load(path).weights[0].tobytes() == saved[0].weights[0].tobytes()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(WriteError):
        Network([3, 2]).save(tmp_path / "no" / "a.onnx")


def test_shape_and_classes_must_fit(tmp_path: Path) -> None:
    net = Network([784, 10])
    with pytest.raises(InputError, match="784 inputs"):
        net.save(tmp_path / "a.onnx", input_shape=(28, 27))
    with pytest.raises(InputError, match="10 classes"):
        net.save(tmp_path / "a.onnx", classes=["a", "b"])
    assert not list(tmp_path.iterdir())


def test_a_network_that_would_not_load_is_not_saved(tmp_path: Path) -> None:
    for spoil in ("shape", "nan"):
        net = Network([3, 2], seed=0)
        net.weights[0] = np.zeros((2, 4)) if spoil == "shape" else np.full((2, 3), np.nan)
        with pytest.raises(InputError, match=r"weights\[0\]"):
            net.save(tmp_path / "a.onnx")
    with pytest.raises(InputError, match="licence"):
        Network([3, 2]).save(tmp_path / "a.onnx", licence=5)
    with pytest.raises(InputError, match="JSON"):
        Network([3, 2]).save(tmp_path / "a.onnx", accuracy={"test": {"right": np.int64(3)}})
    assert not list(tmp_path.iterdir())


# Asking a model.


def test_images_in_every_usual_form_give_the_same(saved: tuple[Network, Path]) -> None:
    model = load_model(saved[1])
    bytes_ = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    floats = bytes_ / 255
    expected = model.probabilities(floats)
    assert expected.shape == (3, 10)
    for form in (bytes_, floats.astype(np.float32), floats.reshape(3, 784), floats.tolist()):
        np.testing.assert_allclose(model.probabilities(form), expected, atol=1e-6)
    one = model.probabilities(floats[0])
    assert one.shape == (10,)
    np.testing.assert_allclose(one, expected[0], atol=1e-6)
    assert model.predict(floats[0]).shape == ()
    assert model.predict(floats).shape == (3,)
    assert model.predict(floats[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("images", "error"),
    [
        (np.zeros((28, 27)), ShapeError),
        (np.zeros((2, 783)), ShapeError),
        (np.zeros((1, 1, 28, 28)), ShapeError),
        (np.full((28, 28), 255.0), InputError),
        (np.full((28, 28), -0.1), InputError),
        (np.full((28, 28), np.nan), InputError),
        (np.full((28, 28), "a"), InputError),
    ],
)
def test_images_that_cannot_be_meant_are_refused(
    saved: tuple[Network, Path], images: Any, error: type[InputError]
) -> None:
    with pytest.raises(error):
        load_model(saved[1]).predict(images)


def test_more_images_than_one_batch(saved: tuple[Network, Path]) -> None:
    model = load_model(saved[1])
    images = np.random.default_rng(1).uniform(size=(5000, 28, 28)).astype(np.float32)
    together = model.probabilities(images)
    np.testing.assert_array_equal(together[4090:4100], model.probabilities(images[4090:4100]))


def test_ten_silent_neurons_mean_no_idea(tmp_path: Path) -> None:
    net = Network([784, 10], seed=0)
    net.biases = [np.full((10, 1), -1000.0)]
    net.weights = [np.zeros((10, 784))]
    net.save(tmp_path / "a.onnx")
    probabilities = load_model(tmp_path / "a.onnx").probabilities(np.zeros((28, 28)))
    np.testing.assert_allclose(probabilities, 0.1, atol=1e-6)

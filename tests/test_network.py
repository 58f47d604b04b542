"""`Network` against numbers worked by hand, central differences, and plain loops."""

from __future__ import annotations

import ast
import copy
import dataclasses
import inspect
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist import network
from numerist.errors import DivergedError, InputError, ShapeError
from numerist.network import Network, sigmoid, sigmoid_prime
from numerist.neurons import SigmoidNeuron

if TYPE_CHECKING:
    from numerist.data import Dataset, Mnist

ELEMENTWISE = ("sigmoid", "tanh", "relu", "identity")
PAIRS = [
    *((output, "quadratic") for output in (*ELEMENTWISE, "softmax")),
    ("sigmoid", "cross-entropy"),
    ("softmax", "cross-entropy"),
    ("softmax", "log-likelihood"),
]


def double(net: Network, seed: int = 3) -> Network:
    """Give the network small weights in double precision, so that differences can be taken."""
    rng = np.random.default_rng(seed)
    net.weights = [np.asarray(rng.normal(0, 0.5, w.shape)) for w in net.weights]
    net.biases = [np.asarray(rng.normal(0, 0.5, b.shape)) for b in net.biases]
    return net


# What the chapter says of names, shapes and distribution.


def test_shapes_are_the_chapters() -> None:
    net = Network([2, 3, 1])
    assert net.num_layers == 3
    assert net.sizes == [2, 3, 1]
    assert [w.shape for w in net.weights] == [(3, 2), (1, 3)]
    assert [b.shape for b in net.biases] == [(3, 1), (1, 1)]
    assert isinstance(net.weights, list)
    assert isinstance(net.biases, list)


def test_weights_are_drawn_from_the_standard_normal_distribution() -> None:
    w = Network([784, 100, 10], seed=1).weights[0].ravel()
    n = len(w)
    assert abs(w.mean()) < 4 / math.sqrt(n)
    assert abs(w.var() - 1) < 4 * math.sqrt(2 / n)
    share = (np.abs(w) < 1).mean()  # 68.27 % within one deviation
    assert abs(share - math.erf(1 / math.sqrt(2))) < 0.01


def test_a_seed_repeats_everything_to_the_bit_and_touches_no_global_state(tiny: Dataset) -> None:
    state = np.random.get_state(legacy=False)  # noqa: NPY002
    first, second, other = (Network([784, 5, 10], seed=s) for s in (7, 7, 8))
    for net in (first, second, other):
        net.SGD(tiny, 3, 7, 1.0, engine="numpy", on_epoch=lambda *_: None)
    for a, b, c in zip(first.weights, second.weights, other.weights, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a.tobytes() != c.tobytes()
    np.testing.assert_equal(np.random.get_state(legacy=False), state)  # noqa: NPY002


def test_the_callers_list_keeps_its_order(tiny: Dataset) -> None:
    pairs = list(zip(tiny.rows, tiny.labels.tolist(), strict=True))
    before = [id(pair) for pair in pairs]
    Network([784, 3, 10]).SGD(pairs, 1, 10, 1.0, on_epoch=lambda *_: None)
    assert [id(pair) for pair in pairs] == before


# By hand.


def test_one_sigmoid_neuron_by_hand() -> None:
    """w = ln 3, b = 0, x = 1: a = ¾, σ' = 3/16; y = 0: ∂C/∂b = ∂C/∂w = ¾ · 3/16 = 9/64."""
    net = Network([1, 1])
    net.weights, net.biases = [np.array([[math.log(3)]])], [np.array([[0.0]])]
    assert net.feedforward([1.0]) == pytest.approx([0.75])
    nabla_b, nabla_w = net.backprop([1.0], [0.0])
    assert nabla_b[0].item() == pytest.approx(9 / 64)
    assert nabla_w[0].item() == pytest.approx(9 / 64)
    assert net.total_cost([([1.0], 0.0)]) == pytest.approx(9 / 32)  # ½ (¾)²
    net.update_mini_batch([([1.0], 0.0)], eta=2.0)
    assert net.weights[0].item() == pytest.approx(math.log(3) - 9 / 32)
    assert net.biases[0].item() == pytest.approx(-9 / 32)


def test_two_layers_by_hand() -> None:
    """Identity activations make it arithmetic.

    Hidden: (1·2 + 0·1 + 1, 2·2 − 1·1 + 0) = (3, 3); output: 1·3 − 2·3 + 1 = −2; y = 1.
    δ = −3; ∂/∂w² = −3 · (3, 3); back: (1, −2)ᵀ · −3 = (−3, 6); ∂/∂w¹ = (−3, 6)ᵀ (2, 1).
    """
    net = Network([2, 2, 1], activation="identity", output="identity")
    net.weights = [np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([[1.0, -2.0]])]
    net.biases = [np.array([[1.0], [0.0]]), np.array([[1.0]])]
    assert net.feedforward([2.0, 1.0]).tolist() == [-2.0]
    layers = net.activations([2.0, 1.0])
    assert [layer.tolist() for layer in layers] == [[[2.0], [1.0]], [[3.0], [3.0]], [[-2.0]]]
    nabla_b, nabla_w = net.backprop([2.0, 1.0], [1.0])
    assert nabla_b[1].tolist() == [[-3.0]]
    assert nabla_w[1].tolist() == [[-9.0, -9.0]]
    assert nabla_b[0].tolist() == [[-3.0], [6.0]]
    assert nabla_w[0].tolist() == [[-6.0, -3.0], [12.0, 6.0]]


def test_mean_and_sum_over_a_mini_batch_by_hand() -> None:
    """y = w x + b with w = b = 0 and examples (1, 1), (1, 3): the gradients are −1 and −3."""
    for reduction, step in (("mean", 2.0), ("sum", 4.0)):
        net = Network([1, 1], activation="identity", output="identity")
        net.weights, net.biases = [np.zeros((1, 1))], [np.zeros((1, 1))]
        data = [([1.0], 1.0), ([1.0], 3.0)]
        net.SGD(data, 1, 2, 0.5, reduction=reduction, engine="numpy", on_epoch=lambda *_: None)
        assert net.biases[0].item() == pytest.approx(0.5 * step)


# Against other ways to compute the same.


def test_feedforward_is_the_component_form() -> None:
    """Equation (4) for each neuron, one after the other."""
    net = Network([4, 3, 2], seed=2)
    x = np.array([0.0, 0.25, 0.5, 1.0])
    a = x.tolist()
    for w, b in zip(net.weights, net.biases, strict=True):
        a = [SigmoidNeuron(w[j], b[j, 0])(a) for j in range(len(b))]
    np.testing.assert_allclose(net.feedforward(x), a, rtol=1e-12)


def plain_gradient(net: Network, x: Any, y: Any) -> tuple[list[Any], list[Any]]:
    """Back-propagation of one example in component form: sums over indices, nothing else."""
    a = [[float(v) for v in x]]
    for w, b in zip(net.weights, net.biases, strict=True):
        z = [
            sum(float(w[j, k]) * a[-1][k] for k in range(w.shape[1])) + float(b[j, 0])
            for j in range(w.shape[0])
        ]
        a.append([1 / (1 + math.exp(-v)) for v in z])
    delta = [(v - t) * v * (1 - v) for v, t in zip(a[-1], y, strict=True)]
    by_bias: list[Any] = []
    by_weight: list[Any] = []
    for layer in range(len(net.weights) - 1, -1, -1):
        by_bias.insert(0, [[d] for d in delta])
        by_weight.insert(0, [[d * v for v in a[layer]] for d in delta])
        w = net.weights[layer]
        delta = [
            sum(float(w[j, k]) * delta[j] for j in range(len(delta))) * v * (1 - v)
            for k, v in enumerate(a[layer])
        ]
    return by_bias, by_weight


def test_one_epoch_is_the_same_example_by_example() -> None:
    """The matrix form against loops over examples and indices: same order, same steps."""
    rng = np.random.default_rng(0)
    xs, ys = rng.uniform(size=(23, 6)), rng.uniform(size=(23, 2))
    net = double(Network([6, 4, 2], seed=0))
    plain = copy.deepcopy(net)
    net.SGD(list(zip(xs, ys, strict=True)), 2, 5, 3.0, engine="numpy", on_epoch=lambda *_: None)
    for _ in range(2):
        order = plain.rng.permutation(23)
        for start in range(0, 23, 5):
            batch = order[start : start + 5]
            gradients = [plain_gradient(plain, xs[i], ys[i]) for i in batch]
            for k in range(2):
                for arrays, part in ((plain.biases, 0), (plain.weights, 1)):
                    mean = sum(np.array(g[part][k]) for g in gradients) / len(batch)
                    arrays[k] = arrays[k] - 3.0 * mean
    for a, b in zip((*net.weights, *net.biases), (*plain.weights, *plain.biases), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def gradient_error(net: Network, x: Any, y: Any) -> float:
    """Largest relative difference between `backprop` and central differences."""
    nabla_b, nabla_w = net.backprop(x, y)
    worst = 0.0
    step = 1e-5
    columns = list(zip(x.T, y.T, strict=True))
    for array, nabla in zip((*net.biases, *net.weights), (*nabla_b, *nabla_w), strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            up = net.total_cost(columns) * len(columns)
            array[index] = kept - step
            down = net.total_cost(columns) * len(columns)
            array[index] = kept
            numeric = (up - down) / (2 * step)
            worst = max(worst, float(abs(nabla[index] - numeric) / (1 + abs(numeric))))
    return worst


def small_case(
    activation: str, output: str, cost: str, sizes: list[int], m: int
) -> tuple[Network, Any, Any]:
    net = double(Network(sizes, activation=activation, output=output, cost=cost))
    rng = np.random.default_rng(9)
    x = rng.uniform(0, 1, (sizes[0], m))
    y = rng.uniform(0, 1, (sizes[-1], m))
    return net, x, y / y.sum(axis=0) if output == "softmax" else y


@pytest.mark.parametrize("activation", ELEMENTWISE)
@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_backprop_agrees_with_central_differences(activation: str, output: str, cost: str) -> None:
    assert gradient_error(*small_case(activation, output, cost, [4, 5, 3], 3)) < 1e-7


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=6), st.integers(1, 4))
def test_backprop_for_any_sizes(sizes: list[int], m: int) -> None:
    assert gradient_error(*small_case("tanh", "sigmoid", "cross-entropy", sizes, m)) < 1e-7


def test_a_planted_wrong_derivative_is_caught() -> None:
    net, x, y = small_case("sigmoid", "sigmoid", "quadratic", [4, 5, 3], 3)
    right = net.hidden.backward
    net.hidden = dataclasses.replace(net.hidden, backward=lambda a, g: right(a, g) * 1.001)
    assert gradient_error(net, x, y) > 1e-6


def test_columns_sum_what_single_examples_give() -> None:
    net, x, y = small_case("relu", "softmax", "log-likelihood", [4, 5, 3], 6)
    together = net.backprop(x, y)
    each = [net.backprop(x[:, [i]], y[:, [i]]) for i in range(6)]
    for part in (0, 1):
        for k in range(2):
            summed = sum(one[part][k] for one in each)
            np.testing.assert_allclose(together[part][k], summed, atol=1e-12)


def test_activations_of_many_columns_are_those_of_each() -> None:
    net = Network([4, 5, 3], activation="tanh", output="softmax", cost="log-likelihood", seed=0)
    x = np.random.default_rng(0).random((4, 6))
    together = net.activations(x)
    assert [layer.shape for layer in together] == [(4, 6), (5, 6), (3, 6)]
    for k in range(6):
        for layer, alone in zip(together, net.activations(x[:, [k]]), strict=True):
            np.testing.assert_allclose(layer[:, [k]], alone, rtol=1e-12)
    np.testing.assert_array_equal(together[-1], net.feedforward(x))
    with pytest.raises(ShapeError, match="input of the network"):
        net.activations(x.T)


# Inputs: what is meant is done, what is ambiguous is said.


@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.integers(1, 5))
def test_output_has_the_form_of_the_input(sizes: list[int], m: int) -> None:
    net = Network(sizes, seed=0)
    columns = np.random.default_rng(1).uniform(size=(sizes[0], m))
    together = net.feedforward(columns)
    assert together.shape == (sizes[-1], m)
    for i in range(m):
        np.testing.assert_allclose(net.feedforward(columns[:, i]), together[:, i], rtol=1e-12)
        one = net.feedforward(columns[:, [i]])
        assert one.shape == (sizes[-1], 1)
        np.testing.assert_allclose(one[:, 0], together[:, i], rtol=1e-12)


@pytest.mark.parametrize("shape", [(1, 784), (10, 784), (28, 28), (5, 28, 28), (783,), (785, 2)])
def test_other_shapes_are_errors_not_broadcasts(shape: tuple[int, ...]) -> None:
    net = Network([784, 5, 10])
    with pytest.raises(ShapeError):
        net.feedforward(np.zeros(shape))


def test_the_chapters_trap_a_flat_target_is_no_broadcast() -> None:
    net = Network([3, 4], seed=0)
    x, y = np.array([0.1, 0.2, 0.3]), np.array([1.0, 0.0, 0.0, 0.0])
    flat, column = net.backprop(x, y), net.backprop(x.reshape(3, 1), y.reshape(4, 1))
    for a, b in zip(flat[1], column[1], strict=True):
        assert a.shape == (4, 3)
        np.testing.assert_array_equal(a, b)
    with pytest.raises(InputError, match="as many columns"):
        net.backprop(np.zeros((3, 2)), np.zeros((4, 3)))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_infinite_inputs_are_refused_by_place(bad: float) -> None:
    x = np.zeros(3)
    x[1] = bad
    with pytest.raises(InputError, match=r"at \(1,\)"):
        Network([3, 1]).feedforward(x)


@pytest.mark.parametrize(
    "sizes", [[], [784], [784, 0, 10], [784, -3, 10], [2.5, 1], ["a", 1], 784, None, [True, 1]]
)
def test_bad_sizes(sizes: Any) -> None:
    with pytest.raises(InputError):
        Network(sizes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": -1}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"mini_batch_size": 0}, "mini_batch_size"),
        ({"mini_batch_size": 2.0}, "mini_batch_size"),
        ({"eta": 0.0}, "eta"),
        ({"eta": -1.0}, "eta"),
        ({"eta": math.nan}, "eta"),
        ({"eta": math.inf}, "eta"),
        ({"eta": "3"}, "eta"),
        ({"reduction": "median"}, "reduction"),
        ({"training_data": []}, "at least one example"),
        ({"test_data": []}, "at least one example"),
        ({"test_data": [(np.zeros(3), 5)]}, "0 to 1, found 5"),
        ({"training_data": [(np.zeros(3), 7)]}, "0 to 1, found 7"),
        ({"training_data": [(np.zeros(3), [0.0, 1.5])]}, "from 0 to 1"),
        ({"training_data": [(np.zeros(4), 1)]}, "shape"),
        ({"training_data": [(np.full(3, np.nan), 1)]}, "nan"),
    ],
)
def test_bad_arguments_of_sgd_change_nothing(change: dict[str, Any], words: str) -> None:
    net = Network([3, 2], seed=0)
    before = [w.copy() for w in net.weights]
    good = {
        "training_data": [(np.zeros(3), 1)], "epochs": 1, "mini_batch_size": 1, "eta": 1.0,
        "test_data": None, "on_epoch": lambda *_: None,
    }  # fmt: skip
    with pytest.raises(InputError, match=words):
        net.SGD(**{**good, **change})
    np.testing.assert_array_equal(net.weights[0], before[0])


@pytest.mark.parametrize(
    "names",
    [
        {"activation": "softmax"},
        {"activation": "sigma"},
        {"output": "none"},
        {"cost": "hinge"},
        {"cost": "cross-entropy", "output": "tanh"},
        {"cost": "log-likelihood", "output": "sigmoid"},
    ],
)
def test_names_that_are_unknown_or_do_not_go_together(names: dict[str, str]) -> None:
    with pytest.raises(InputError):
        Network([2, 2, 2], **names)  # type: ignore[arg-type]


def test_no_warning_from_weights_as_large_as_you_like() -> None:
    net = Network([3, 4, 2], seed=0)
    net.weights = [w * 1e4 for w in net.weights]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = net.feedforward(np.ones((3, 5)))
        net.backprop(np.ones((3, 5)), np.zeros((2, 5)))
    assert ((out >= 0) & (out <= 1)).all()


def test_divergence_is_an_error_with_a_cure() -> None:
    rng = np.random.default_rng(0)
    data = [(x, x.sum(keepdims=True)) for x in rng.uniform(size=(200, 5))]
    net = Network([5, 5, 1], activation="relu", output="identity", seed=0)
    with pytest.raises(DivergedError, match="too high"):
        net.SGD(data, 5, 10, 1e6, engine="numpy")


def test_a_network_that_diverged_says_so_wherever_it_is_used() -> None:
    data = [(x, x.sum(keepdims=True)) for x in np.random.default_rng(0).uniform(size=(200, 5))]
    net = Network([5, 5, 1], activation="relu", output="identity", seed=0)
    with pytest.raises(DivergedError, match="begin anew with 100000"):
        net.SGD(data, 5, 10, 1e6)
    for use in (
        lambda: net.SGD(data, 1, 10, 1e-6),
        lambda: net.evaluate([(np.zeros(5), 1)]),
        lambda: net.feedforward(np.zeros(5)),
        lambda: net.total_cost(data),
        lambda: net.backprop(*data[0]),
        lambda: net.update_mini_batch(data[:10], 1.0),
    ):
        with pytest.raises(InputError, match=r"NaN or infinity\. Make a new network"):
            use()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("biases", np.zeros(3), r"biases\[0\]: .*shape \(3, 1\), found float64 of shape \(3,\)"),
        ("weights", np.zeros((4, 3)), r"weights\[0\]: .*\(3, 4\), found float64 of shape \(4, 3\)"),
        ("weights", [[0.0] * 4] * 3, r"found list"),
        ("weights", np.zeros((3, 4), int), "found int64 of shape"),
        ("biases", None, "found NoneType"),
    ],
)
def test_weights_of_another_shape_or_type_are_refused(name: str, value: Any, words: str) -> None:
    net = Network([4, 3, 2], seed=0)
    getattr(net, name)[0] = value
    with pytest.raises(ShapeError, match=words):
        net.feedforward(np.zeros((4, 3)))
    with pytest.raises(ShapeError, match=words):
        net.SGD([(np.zeros(4), 1)], 1, 1, 1.0)
    del net.biases[1]
    with pytest.raises(ShapeError, match=r"\[0\]|2 arrays, found 1"):
        net.total_cost([(np.zeros(4), 1)])


@pytest.mark.parametrize("name", ["weights", "biases"])
@pytest.mark.parametrize("value", [None, 3, np.array(3.0), iter([])])
def test_weights_that_are_no_list_are_refused(name: str, value: Any) -> None:
    net = Network([4, 3, 2], seed=0)
    setattr(net, name, value)
    for use in (lambda: net.feedforward(np.zeros(4)), lambda: net.evaluate([(np.zeros(4), 1)])):
        with pytest.raises(ShapeError, match=f"{name}: expected a list of 2 arrays, found"):
            use()


def test_a_network_says_what_it_is() -> None:
    assert repr(Network([784, 30, 10], activation="relu")) == "Network([784, 30, 10])"


ONE = [(np.zeros(3), np.array([0.0, 1.0]))]
OVERRIDABLE = ("update_mini_batch", "backprop", "cost_derivative", "evaluate", "feedforward")
# What the chapter's listing calls, read from it by hand.
CALLS: list[tuple[str, set[str], Any]] = [
    ("SGD", set(OVERRIDABLE[:3]), lambda net: net.SGD(ONE, 1, 1, 1.0)),
    ("SGD with test_data", set(OVERRIDABLE), lambda net: net.SGD(ONE, 1, 1, 1.0, ONE)),
    ("update_mini_batch", set(OVERRIDABLE[1:3]), lambda net: net.update_mini_batch(ONE, 1.0)),
    ("backprop", {"cost_derivative"}, lambda net: net.backprop(*ONE[0])),
    ("evaluate", {"feedforward"}, lambda net: net.evaluate(ONE)),
    ("feedforward", set(), lambda net: net.feedforward(ONE[0][0])),
]


@pytest.mark.parametrize("name", OVERRIDABLE)
@pytest.mark.parametrize(("caller", "calls", "use"), CALLS, ids=[caller for caller, *_ in CALLS])
def test_a_method_that_the_chapters_code_would_call_is_not_overridden_in_vain(
    caller: str, calls: set[str], use: Any, name: str
) -> None:
    def inherit(self: Network, *arguments: Any) -> Any:
        return getattr(Network, name)(self, *arguments)

    own = type("Own", (Network,), {name: inherit})([3, 2], seed=0)
    replaced = Network([3, 2], seed=0)
    setattr(replaced, name, getattr(own, name))
    for net in (own, replaced):
        before = net.weights[0].copy()
        if name not in calls:
            use(net)
            continue
        with pytest.raises(InputError, match=f"{name}: .*{caller} doesn't call it"):
            use(net)
        np.testing.assert_array_equal(net.weights[0], before)


# Learning.


@pytest.mark.parametrize("engine", ["numpy", "auto"])
def test_a_mini_batch_larger_than_the_data_is_the_data(tiny: Dataset, engine: str) -> None:
    nets = [Network([784, 5, 10], seed=0) for _ in range(2)]
    for net, size in zip(nets, (len(tiny), 10**30), strict=True):
        net.SGD(tiny, 2, size, 1.0, engine=engine, on_epoch=lambda *_: None)
    np.testing.assert_array_equal(nets[0].weights[0], nets[1].weights[0])


def test_zero_epochs_learn_nothing() -> None:
    net = Network([3, 2], seed=0)
    before = net.weights[0].copy()
    net.SGD([(np.zeros(3), 1)], 0, 10, 1.0)
    np.testing.assert_array_equal(net.weights[0], before)


def test_the_transcript(capsys: pytest.CaptureFixture[str], tiny: Dataset) -> None:
    net = Network([784, 5, 10], seed=0)
    net.SGD(tiny, 2, 10, 1.0)
    net.SGD(tiny, 1, 10, 1.0, test_data=tiny[:7])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Epoch 0 complete", "Epoch 1 complete"]
    assert lines[2] == f"Epoch 0: {net.evaluate(tiny[:7])} / 7"


def test_a_last_mini_batch_may_be_smaller_and_one_larger_than_the_data(tiny: Dataset) -> None:
    for size in (1, 7, 40, 1000):
        net = Network([784, 4, 10], seed=0)
        net.SGD(tiny, 1, size, 0.5, engine="numpy", on_epoch=lambda *_: None)
        assert all(np.isfinite(w).all() for w in net.weights)


# Without relu: an output that starts at 0 for all examples of its class never learns.
@pytest.mark.parametrize(("output", "cost"), [pair for pair in PAIRS if pair[0] != "relu"])
def test_every_cost_learns_an_easy_question(tiny: Dataset, output: str, cost: str) -> None:
    net = Network([784, 20, 10], output=output, cost=cost, activation="tanh", seed=1)
    net.weights = [w / math.sqrt(w.shape[1]) for w in net.weights]
    rate = 0.02 if output == "identity" else 0.5
    net.SGD(tiny, 300, 10, rate, engine="numpy", on_epoch=lambda *_: None)
    assert net.evaluate(tiny) == 40


def test_a_single_output_and_its_border() -> None:
    """64×64 pixels in, one output: is the upper half darker than the lower one?"""
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 0.5, (300, 64, 64))
    upper = rng.integers(0, 2, 300)
    images[upper == 1, :32] += 0.3
    images[upper == 0, 32:] += 0.3
    data = list(zip(images.reshape(300, 4096), upper.tolist(), strict=True))
    net = Network([4096, 1], seed=0)
    net.weights[0] /= 64
    net.SGD(data[:200], 10, 10, 0.5, engine="numpy", on_epoch=lambda *_: None)
    assert net.evaluate(data[200:]) >= 97
    net.border = 0.0  # every output reaches it: the answer is always 1
    assert net.evaluate(data) == upper.sum()
    net.border = 1.1  # none does
    assert net.evaluate(data) == 300 - upper.sum()


def test_update_mini_batch_is_one_step_on_the_mean_gradient(tiny: Dataset) -> None:
    net = double(Network([784, 3, 10], seed=0))
    pairs = list(zip(tiny.rows[:8], np.eye(10)[tiny.labels[:8]], strict=True))
    before = [w.copy() for w in net.weights]
    summed = net.backprop(tiny.rows[:8].T, np.eye(10)[tiny.labels[:8]].T)[1]
    net.update_mini_batch(pairs, 2.0)
    for w, kept, gradient in zip(net.weights, before, summed, strict=True):
        np.testing.assert_allclose(w, kept - 2.0 / 8 * gradient, atol=1e-12)


def test_cost_derivative_is_the_chapters() -> None:
    net = Network([3, 2])
    a, y = np.array([[0.75], [0.25]]), np.array([[1.0], [0.0]])
    assert net.cost_derivative(a, y).tolist() == [[-0.25], [0.25]]


@pytest.mark.parametrize(("a", "y"), [((2, 3), (2, 1)), ((2, 1), (2, 3)), ((2, 3), (2, 2))])
def test_cost_derivative_broadcasts_nothing(a: tuple[int, int], y: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match="as many columns"):
        Network([3, 2]).cost_derivative(np.zeros(a), np.zeros(y))


@pytest.mark.parametrize("seed", [-1, 1.5, "x", [1, -2]])
def test_a_seed_that_is_none(seed: Any) -> None:
    with pytest.raises(InputError, match="seed"):
        Network([3, 2], seed=seed)


@pytest.mark.parametrize("border", [math.nan, "half", None])
def test_a_border_that_is_no_number(border: Any) -> None:
    with pytest.raises(InputError, match="border"):
        Network([3, 1], border=border)


def test_inputs_beyond_the_weights_precision_are_not_blamed_on_the_rate() -> None:
    with pytest.raises(InputError, match="float32"):
        Network([3, 2]).SGD([([0.1, 1e300, 0.2], 1)], 1, 1, 1.0)


def test_targets_that_no_output_can_give_are_refused_by_backprop_too() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        Network([3, 2]).backprop(np.zeros(3), [5.0, 5.0])


def test_backprop_says_how_a_class_is_written() -> None:
    with pytest.raises(ShapeError, match=r"y: .*vectorized_result\(5\)"):
        Network([3, 10]).backprop(np.zeros(3), 5)
    with pytest.raises(ShapeError, match=r"x: .*must have 3 numbers"):
        Network([3, 10]).backprop(1, np.zeros(10))


def test_the_modules_functions_are_the_chapters() -> None:
    z = np.array([0.0, math.log(3)])
    np.testing.assert_allclose(sigmoid(z), [0.5, 0.75])
    np.testing.assert_allclose(sigmoid_prime(z), [0.25, 3 / 16])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_epoch_on_mnist_goes_as_in_the_chapter(mnist: Mnist, seed: int) -> None:
    """The chapter: 9,129 after the first epoch; ten seeds here: 8,140 to 9,117."""
    net = Network([784, 30, 10], seed=seed)
    counts: list[int] = []

    def keep(_: int, right: int | None, __: int | None) -> None:
        counts.append(right or 0)

    net.SGD(mnist.training, 1, 10, 3.0, mnist.test, engine="numpy", on_epoch=keep)
    assert 8_000 < counts[0] < 9_400
    assert net.evaluate(mnist.test) == counts[0]


def test_the_module_can_be_read_in_one_sitting() -> None:
    """The chapter's has 74 lines without comments, docstrings and blank lines."""
    source = inspect.getsource(network)
    tree = ast.parse(source)
    lines = {line for line, text in enumerate(source.splitlines(), 1) if text.strip()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            docstring = node.body[0]
            lines -= set(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    assert 74 < len(lines) < 220


@pytest.mark.parametrize("size", [784, 4096])
def test_any_input_size(size: int) -> None:
    assert Network([size, 3, 2], seed=0).feedforward(np.zeros(size)).shape == (2,)


def test_targets_that_do_not_add_up_to_1_are_refused_by_log_likelihood() -> None:
    """There a − y is no gradient: with y = (1, 1, 0) it would be a (1 + 1) − y."""
    net = Network([3, 4, 3], output="softmax", cost="log-likelihood", seed=0)
    x = np.array([0.2, 0.5, 0.9])
    for y in ([0.5, 0.2, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]):
        good, bad = (x, np.array([0.0, 1.0, 0.0])), (x, np.array(y))
        for use in (
            lambda bad=bad: net.backprop(*bad),
            lambda bad=bad, good=good: net.SGD([good, bad], 1, 2, 1.0),
            lambda bad=bad: net.update_mini_batch([bad], 1.0),
            lambda bad=bad: net.total_cost([bad]),
        ):
            with pytest.raises(InputError, match="add up to 1 in each example"):
                use()
    two = [(x, np.array([0.0, 1.0, 0.0])), (x, np.array([1.0, 1.0, 0.0]))]
    with pytest.raises(InputError, match="found 2 in example 1"):
        net.total_cost(two)
    shares = np.full(3, 1 / 3, np.float32)
    assert net.total_cost([(x, shares)]) > 0  # rounded sums are 1


def test_total_cost_is_exact_where_outputs_are_saturated() -> None:
    """One neuron with weight 0 and bias z says σ(z); the cost for y = 0 is ln(1 + e^z) ≈ z."""
    for z in (36.0, 37.0, 40.0, 100.0):
        for y, sign in ((0, 1), (1, -1)):
            net = Network([1, 1], cost="cross-entropy", seed=0)
            net.weights, net.biases = [np.zeros((1, 1))], [np.array([[sign * z]])]
            assert net.total_cost([(np.array([0.5]), y)]) == pytest.approx(z, rel=1e-12)


def test_a_single_softmax_output_is_refused() -> None:
    """It would say 1 to everything."""
    for cost in ("quadratic", "log-likelihood"):
        with pytest.raises(InputError, match=r"always 1.*Choose the output sigmoid"):
            Network([784, 30, 1], output="softmax", cost=cost)

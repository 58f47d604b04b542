"""One battery over every classifier, then the chapter's network as a scikit-learn estimator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.model_selection import cross_val_score

from numerist.baselines.classifier import drawn_seed
from numerist.errors import InputError
from numerist.estimators import NetworkClassifier
from numerist.network import Network

BATTERY = """
import importlib, json, sys
from sklearn.utils.estimator_checks import check_estimator

module, name = sys.argv[1:]
estimator = getattr(importlib.import_module(module), name)()
results = check_estimator(estimator, on_skip=None, on_fail=None)
print(json.dumps([[r["check_name"], r["status"], repr(r["exception"])] for r in results]))
"""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("numerist.baselines", "Chance"),
        ("numerist.baselines", "AverageDarkness"),
        ("numerist.baselines", "SVM"),
        ("numerist.baselines", "TunedSVM"),
        ("numerist.estimators", "NetworkClassifier"),
    ],
)
def test_all_of_scikit_learns_own_checks_pass(module: str, name: str) -> None:
    # A process of its own, because the array API must be switched on before SciPy is imported.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BATTERY, module, name],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    # A skipped check counts as not passed: pandas and array-api-strict are needed for two of them.
    assert [result for result in results if result[1] != "passed"] == []
    assert len(results) > 40


def moons() -> tuple[np.ndarray, np.ndarray]:
    points, labels = make_moons(300, noise=0.15, random_state=0)
    return points, np.array(["upper", "lower"])[labels]


def test_it_is_the_network_trained_by_the_chapters_lines() -> None:
    rng = np.random.default_rng(4)
    images, digits = rng.random((60, 3, 3)), rng.integers(0, 4, 60)
    model = NetworkClassifier(
        hidden=(5, 4), epochs=3, mini_batch_size=7, eta=2.0, random_state=np.random.RandomState(9)
    ).fit(images, digits)
    net = Network([9, 5, 4, 4], seed=drawn_seed(9))
    pairs = [(x.reshape(9, 1), np.eye(4)[:, [d]]) for x, d in zip(images, digits, strict=True)]
    net.SGD(pairs, 3, 7, 2.0, on_epoch=lambda *_: None)
    for ours, expected in zip(model.network_.weights, net.weights, strict=True):
        assert ours == pytest.approx(expected, abs=1e-12)
    outputs = net.feedforward(images.reshape(60, 9).T).T
    assert (model.predict(images) == outputs.argmax(axis=1)).all()
    assert model.predict_proba(images) == pytest.approx(outputs / outputs.sum(1, keepdims=True))


def test_a_seed_repeats_the_weights_and_none_does_not() -> None:
    def weights(seed: int | None) -> np.ndarray:
        model = NetworkClassifier(epochs=1, random_state=seed).fit(*moons())
        drawn: np.ndarray = model.network_.weights[0]
        return drawn

    assert (weights(1) == weights(1)).all()
    assert (weights(1) != weights(2)).all()
    assert (weights(None) != weights(None)).all()


def test_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    NetworkClassifier(epochs=2, random_state=0).fit(*moons())
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_scikit_learns_tools_take_it() -> None:
    scores = cross_val_score(NetworkClassifier(hidden=(10,), epochs=60, random_state=0), *moons())
    assert scores.mean() > 0.93  # a straight border gets about 0.87


def test_every_choice_of_output_learns_strings_in_their_own_order() -> None:
    choices: tuple[dict[str, Any], ...] = (
        {},
        {"output": "softmax", "cost": "cross-entropy", "eta": 0.5},
        {"cost": "cross-entropy", "activation": "tanh", "eta": 0.5},
    )
    for settings in choices:
        model = NetworkClassifier(hidden=(10,), epochs=60, random_state=1, **settings)
        points, labels = moons()
        assert model.fit(points, labels).score(points, labels) > 0.93
        assert model.classes_.tolist() == ["lower", "upper"]
        probabilities = model.predict_proba(points)
        assert probabilities.sum(axis=1) == pytest.approx(np.ones(300))
        assert (model.classes_[probabilities.argmax(axis=1)] == model.predict(points)).all()


def test_data_in_0_to_1_are_left_alone_and_others_are_standardised() -> None:
    points, labels = moons()
    grey = (points - points.min()) / (points.max() - points.min())
    assert (grey.min(), grey.max()) == (0, 1)
    model = NetworkClassifier(epochs=1, random_state=0).fit(grey, labels)
    assert (model._scaled(grey) == grey).all()

    for outside in (grey * 1.01, grey - 0.01):  # a little beyond either end is enough
        model.fit(outside, labels)
        assert model._scaled(outside).std(axis=0) == pytest.approx([1, 1])

    far = np.column_stack([1e4 + 30 * points, np.full(300, 7.0)])  # the last input is constant
    model.fit(far, labels)
    assert model._scaled(far).mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert model._scaled(far).std(axis=0) == pytest.approx([1, 1, 0])
    assert (clone(model).set_params(scaling="none").fit(far, labels)._scaled(far) == far).all()
    forced = clone(model).set_params(scaling="standardise").fit(grey, labels)
    assert forced._scaled(grey).std(axis=0) == pytest.approx([1, 1])


def test_without_scaling_far_inputs_are_not_learnt_and_with_it_they_are() -> None:
    points, labels = moons()
    far = 1e4 + 30 * points
    model = NetworkClassifier(hidden=(10,), epochs=60, random_state=0)
    assert model.fit(far, labels).score(far, labels) > 0.93
    assert model.set_params(scaling="none").fit(far, labels).score(far, labels) < 0.7


def test_outputs_that_all_vanish_still_give_probabilities() -> None:
    model = NetworkClassifier(hidden=(), epochs=0, random_state=0).fit([[0.0], [1.0]], [0, 1])
    model.network_.biases[0][:] = -1e5
    assert model.predict_proba([[0.5]]).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("output", "relu"),
        ("scaling", "somehow"),
        ("eta", 0.0),
        ("mini_batch_size", 0),
        ("epochs", -1),
        ("hidden", (0,)),
        ("hidden", 30),
        ("hidden", "30"),
        ("cost", "none"),
        ("activation", "step"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_by_fit(argument: str, value: Any) -> None:
    arguments: dict[str, Any] = {argument: value}
    model = NetworkClassifier(**arguments)
    with pytest.raises(InputError, match=argument.replace("hidden", "hidden|layer")):
        model.fit(*moons())

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from numerist.deep.recipe import MNIST_HANDS, RECIPES
from numerist.deep.training import Training
from numerist.engine import available
from numerist.errors import DivergedError, InputError
from numerist.network import Network
from numerist.tuning.learners import learner
from numerist.tuning.plan import new

if TYPE_CHECKING:
    from numerist.data import Dataset
    from numerist.tuning.space import Value

NETWORK: dict[str, Value] = {
    "rate": 0.5, "batch": 4, "hidden": 6, "cost": "log-likelihood", "activation": "tanh",
}  # fmt: skip
CNN: dict[str, Value] = {
    "rate": 0.05,
    "batch": 8,
    "smoothing": 0.1,
    "average": 0.5,
    "distortion": 0.5,
}
SPACE = {"batch": "2:16"}


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_chapters_network_learns_as_by_hand(tiny: Dataset, engine: str) -> None:
    if engine == "compiled" and not available():
        pytest.skip("installed without the compiled engine")
    learning, judges = tiny[:30], tiny[20:]
    plan = new({"epochs": 3, "train_on": 20, "space": SPACE})
    shares: list[float] = []
    learn = learner(plan, learning, judges, engine)
    last = learn(NETWORK, 7, lambda _, share: shares.append(share))

    net = Network([784, 6, 10], activation="tanh", output="softmax", cost="log-likelihood", seed=7)
    right: list[int] = []
    net.SGD(
        tiny[:20], 3, 4, 0.5, test_data=judges, engine=engine,
        on_epoch=lambda *told: right.append(told[1] or 0),
    )  # fmt: skip
    assert shares == [count / len(judges) for count in right]
    assert last == shares[-1]
    assert len(shares) == 3


def test_a_cnn_learns_as_by_hand(tiny: Dataset) -> None:
    plan = new({"model": "cnn", "epochs": 2, "train_on": 24, "space": SPACE})
    shares: dict[int, float] = {}
    learn = learner(plan, tiny, tiny, "cpu,float32")
    assert learn.engine == "cpu,float32"
    last = learn(CNN, 7, shares.__setitem__)

    recipe = dataclasses.replace(
        RECIPES["quick"], epochs=2, rate=0.05, batch=8, smoothing=0.1, average=0.5,
        distortion=MNIST_HANDS.times(0.5),
    )  # fmt: skip
    training = Training(recipe, tiny[:24], 10, 7)
    by_hand = []
    for _ in range(2):
        for _ in range(3):  # mini-batches of 8 in 24 images
            training.take_step()
        by_hand.append(training.right(tiny) / 40)
    assert shares == dict(enumerate(by_hand))
    assert last == by_hand[-1]


def test_what_diverges_says_so(tiny: Dataset) -> None:
    plan = new({"epochs": 3, "train_on": 20, "space": SPACE})
    wild = {**NETWORK, "rate": 1e9, "activation": "identity"}
    with pytest.raises(DivergedError):
        learner(plan, tiny, tiny, "numpy")(wild, 7, lambda *_: None)


def test_an_engine_that_there_is_not_is_refused(tiny: Dataset) -> None:
    with pytest.raises(InputError, match="engine"):
        learner(new({}), tiny, tiny, "steam")

"""What a trial does: a network learns, and the validation images judge it after each epoch.

A learner gets settings and a seed, and yields after each epoch the share of the validation images
that the network gets right. It learns exactly as `numerist train` does with the same options.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from numerist.engine import resolve
from numerist.network import Network
from numerist.tuning.space import output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numerist.data import Dataset
    from numerist.tuning.plan import Plan
    from numerist.tuning.space import Value


class Learner(Protocol):
    """Lets one network learn."""

    @property
    def engine(self) -> str:
        """What computes: "numpy" or "compiled", or device and precision with a comma."""

    def __call__(
        self, settings: Mapping[str, Value], seed: int, after_epoch: Callable[[int, float], None]
    ) -> float:
        """Learn, and return the share of the validation images that are right in the end.

        Args:
            settings: a value for each parameter of the model.
            seed: of all that is random.
            after_epoch: called with the number of each epoch, from 0, and the share right; what it
                raises ends the learning.

        Raises:
            DivergedError: learning left the finite numbers.
        """


@dataclass(frozen=True, slots=True)
class NetworkLearner:
    """Lets the chapter's network learn.

    Attributes:
        learning, validation: what to learn from, and what judges.
        epochs: how long.
        engine: "numpy" or "compiled".
    """

    learning: Dataset
    validation: Dataset
    epochs: int
    engine: str

    def __call__(
        self, settings: Mapping[str, Value], seed: int, after_epoch: Callable[[int, float], None]
    ) -> float:
        """Let a network learn by `Network.SGD`; see `Learner`."""
        cost = str(settings["cost"])
        net = Network(
            [784, int(settings["hidden"]), 10],
            seed=seed,
            activation=str(settings["activation"]),
            output=output(cost),
            cost=cost,
        )
        shares: list[float] = []

        def judged(epoch: int, right: int | None, total: int | None) -> None:
            shares.append((right or 0) / (total or 1))
            after_epoch(epoch, shares[-1])

        net.SGD(
            self.learning, self.epochs, int(settings["batch"]), float(settings["rate"]),
            test_data=self.validation, engine=self.engine, on_epoch=judged,
        )  # fmt: skip
        return shares[-1]


@dataclass(frozen=True, slots=True)
class CnnLearner:
    """Lets a convolutional network learn.

    Attributes:
        learning, validation: what to learn from, and what judges.
        recipe: a `numerist.deep.recipe.Recipe`: what no setting says.
        device: as PyTorch names it.
    """

    learning: Dataset
    validation: Dataset
    recipe: Any
    device: str

    @property
    def engine(self) -> str:
        """Device and precision, with a comma."""
        return f"{self.device},{self.recipe.precision}"

    def __call__(
        self, settings: Mapping[str, Value], seed: int, after_epoch: Callable[[int, float], None]
    ) -> float:
        """Let a network learn by `numerist.deep.training.Training`; see `Learner`."""
        from numerist.deep.recipe import MNIST_HANDS  # noqa: PLC0415  (loads PyTorch)
        from numerist.deep.training import Training  # noqa: PLC0415

        recipe = dataclasses.replace(
            self.recipe,
            rate=settings["rate"],
            batch=settings["batch"],
            smoothing=settings["smoothing"],
            average=settings["average"],
            distortion=MNIST_HANDS.times(float(settings["distortion"])),
        )
        training = Training(recipe, self.learning, 10, seed, self.device)
        share = 0.0
        while training.step < training.steps:
            training.take_step()
            if training.step % training.steps_an_epoch == 0:
                share = training.right(self.validation) / len(self.validation)
                after_epoch(training.step // training.steps_an_epoch - 1, share)
        return share


def learner(plan: Plan, learning: Dataset, validation: Dataset, engine: str) -> Learner:
    """Return what lets the networks of a plan learn.

    Args:
        plan: of the study.
        learning: the training images, of which the first `plan.train_on` are taken.
        validation: what judges.
        engine: as `Learner.engine`, or "auto" for the chapter's network.

    Raises:
        InputError: there is no such engine here.
    """
    learning = learning[: plan.train_on]
    if plan.model == "network":
        return NetworkLearner(learning, validation, plan.epochs, resolve(engine))
    from numerist.deep.recipe import RECIPES  # noqa: PLC0415  (loads PyTorch)

    device, _, precision = engine.partition(",")
    recipe = dataclasses.replace(RECIPES[plan.recipe], epochs=plan.epochs, precision=precision)
    return CnnLearner(learning, validation, recipe, device)

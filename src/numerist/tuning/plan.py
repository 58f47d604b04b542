"""The plan of a study: all that its trials have in common.

It is kept with the study, so that whoever goes on, or joins from another machine, does the same.
"""

from __future__ import annotations

import dataclasses
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numerist.checks import choice, whole
from numerist.errors import InputError, NumeristError
from numerist.tuning.space import NETWORK_USUAL, PARAMETERS, SPACES, Domain, Parameter, Value, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPOCHS = 30  # the chapter's
_MOST_SEED = 1 << 32
_MNIST = 50_000
_RECIPES = ("quick", "good", "best")


@dataclass(frozen=True, slots=True)
class Plan:
    """What all trials of a study have in common.

    Attributes:
        model: "network" for the chapter's, or "cnn".
        recipe: of a cnn: quick, good or best; "" for the chapter's network.
        epochs: of a trial that is not stopped early.
        train_on: how many training images, from the first on.
        seed: of all that is random: what is proposed, and each trial's network.
        pruning: whether trials that fall behind are stopped early.
        space: for each parameter, what may be tried, as text; see `numerist.tuning.space`.

    Raises:
        InputError: one of them makes no sense.
    """

    model: str
    recipe: str
    epochs: int
    train_on: int
    seed: int
    pruning: bool
    space: Mapping[str, str]

    def __post_init__(self) -> None:
        choice("--model", self.model, PARAMETERS)
        choice("--recipe", self.recipe, dict.fromkeys(_RECIPES if self.model == "cnn" else ("",)))
        whole("--epochs", self.epochs, least=1)
        if whole("--train-on", self.train_on, least=1) > _MNIST:
            raise InputError(
                "--train-on", f"at most {_MNIST}", str(self.train_on),
                "The others are validation images.",
            )  # fmt: skip
        if whole("--seed", self.seed, least=0) >= _MOST_SEED:
            raise InputError("--seed", f"a number below {_MOST_SEED}", str(self.seed), "Try 0.")
        if set(self.space) != set(self.parameters):
            raise InputError(
                "parameters", ", ".join(self.parameters), ", ".join(self.space),
                f"These are those of {self.model}.",
            )  # fmt: skip
        self._refuse_large_batches()

    def _refuse_large_batches(self) -> None:
        domain = self.domains["batch"]
        largest = max(int(value) for value in domain.values or (domain.high,))
        if largest > self.train_on:
            raise InputError(
                "--batch", f"at most the {self.train_on} training images", str(largest),
                "Give a lower one.",
            )  # fmt: skip

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the model, by name."""
        return PARAMETERS[self.model]

    @property
    def domains(self) -> dict[str, Domain]:
        """What may be tried of each."""
        return {name: parse(self.parameters[name], self.space[name]) for name in self.parameters}

    @property
    def usual(self) -> dict[str, Value]:
        """What `numerist train` takes by itself."""
        return NETWORK_USUAL if self.model == "network" else _usual_of_recipe(self.recipe)

    def as_json(self) -> str:
        """Return it as text."""
        return json.dumps({**dataclasses.asdict(self), "space": dict(self.space)})


def from_json(text: Any, place: str) -> Plan:
    """Return the plan that a study was kept with.

    Raises:
        NumeristError: it is none that `numerist tune` made.
    """
    try:
        content = json.loads(text)
        space = {str(name): str(domain) for name, domain in content.pop("space").items()}
        return Plan(**content, space=space)
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
        raise NumeristError(
            place, "a study that numerist tune began", "another", "Choose another --study."
        ) from error


def new(given: Mapping[str, Any]) -> Plan:
    """Return the plan of a new study; what is not given is as usual.

    Args:
        given: some of the fields of `Plan`, and under "space" some of the parameters.

    Raises:
        InputError: one of them makes no sense.
    """
    model = given.get("model", "network")
    choice("--model", model, PARAMETERS)
    recipe = given.get("recipe", "quick" if model == "cnn" else "")
    if recipe and model != "cnn":
        raise InputError("--recipe", "--model cnn", f"--model {model}", "Leave one of them out.")
    if model == "cnn":
        choice("--recipe", recipe, dict.fromkeys(_RECIPES))
    space = given.get("space", {})
    _refuse_others_parameters(model, space)
    train_on = whole("--train-on", given.get("train_on", _MNIST), least=1)
    return Plan(
        model=model,
        recipe=recipe,
        epochs=given.get("epochs", _EPOCHS if model == "network" else _epochs_of_recipe(recipe)),
        train_on=train_on,
        seed=given.get("seed", secrets.randbelow(_MOST_SEED)),
        pruning=given.get("pruning", True),
        space={**SPACES[model], "batch": _usual_batches(model, train_on), **space},
    )


def _usual_batches(model: str, train_on: int) -> str:
    """Return the usual range of batches, as far as there are so many images."""
    ends = map(int, SPACES[model]["batch"].split(":"))
    return ":".join(str(min(end, train_on)) for end in ends)


def _refuse_others_parameters(model: str, given: Mapping[str, str]) -> None:
    for name in given:
        if name not in PARAMETERS[model]:
            having = [f"--model {other}" for other in PARAMETERS if name in PARAMETERS[other]]
            raise InputError(
                f"--{name}", " or ".join(having) or "another option", f"--model {model}",
                "Leave one of them out.",
            )  # fmt: skip


def joined(there: Plan, given: Mapping[str, Any], place: str) -> Plan:
    """Return the plan of a study that exists, if nothing is asked for that is not in it.

    Raises:
        InputError: something else is asked for than the study was begun with.
    """
    for name, value in given.items():
        if name != "space" and value != getattr(there, name):
            raise _another(name, getattr(there, name), value, place)
    space = given.get("space", {})
    _refuse_others_parameters(there.model, space)
    asked = dataclasses.replace(there, space={**there.space, **space})
    for name, text in space.items():
        if asked.domains[name] != there.domains[name]:
            raise _another(name, there.space[name], text, place)
    return there


def _another(name: str, there: Any, asked: Any, place: str) -> InputError:
    return InputError(
        f"--{name.replace('_', '-')}", f"{there}, as {place} was begun", str(asked)[:60],
        "Leave it out to go on, or name another --study.",
    )  # fmt: skip


def _epochs_of_recipe(recipe: str) -> int:
    from numerist.deep import import_torch  # noqa: PLC0415

    import_torch("--model cnn", beside_others=False)
    from numerist.deep.recipe import RECIPES  # noqa: PLC0415

    return RECIPES[recipe].epochs


def _usual_of_recipe(name: str) -> dict[str, Value]:
    from numerist.deep.recipe import MNIST_HANDS, RECIPES  # noqa: PLC0415

    recipe = RECIPES[name]
    return {
        "rate": recipe.rate,
        "batch": recipe.batch,
        "smoothing": recipe.smoothing,
        "average": recipe.average,
        "distortion": recipe.distortion.rotation / MNIST_HANDS.rotation,
    }

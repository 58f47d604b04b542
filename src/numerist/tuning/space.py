"""What is searched: parameters, and for each the values that a study may try.

A value is written as in `numerist train` and stays fixed: 10. A range is low:high, ends included:
0.1:10. A few to choose from stand with commas: 10,30,100.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from numerist.errors import InputError
from numerist.neurons import ACTIVATIONS, COSTS

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = float | int | str
_DIGITS = 3  # of a number that was drawn: as much as a person would write down
_ALL_DIGITS = 17  # that a double may need


@dataclass(frozen=True, slots=True)
class Parameter:
    """A hyper-parameter.

    Attributes:
        name: that of the option of `numerist train`.
        kind: int, float, or str for a name.
        least, most: the values that make sense, for numbers; both included.
        log: whether a factor matters, not a difference: 0.1 to 1 is as far as 1 to 10.
        names: what there is to choose from, for names.
    """

    name: str
    kind: type[float | int | str]
    least: float = 0.0
    most: float = math.inf
    log: bool = False
    names: tuple[str, ...] = ()

    def read(self, text: str) -> Value:
        """Return the value that a text means.

        Raises:
            InputError: it means none, or one that makes no sense.

        >>> NETWORK["batch"].read("10"), NETWORK["rate"].read("3")
        (10, 3.0)
        """
        if self.kind is str:
            if text in self.names:
                return text
            raise self._refused("one of " + ", ".join(self.names), text)
        try:
            value = int(text) if self.kind is int else float(text)
        except ValueError:
            value = math.nan
        if not self.least <= value <= self.most or math.isinf(value):
            kind = "a whole number" if self.kind is int else "a number"
            most = "" if math.isinf(self.most) else f" and at most {self.most:g}"
            raise self._refused(f"{kind} of at least {self.least:g}{most}", text)
        return value

    def _refused(self, expected: str, found: str) -> InputError:
        between = "" if self.kind is str else " a range low:high;"
        return InputError(
            f"--{self.name}",
            f"{expected};{between} or several, separated by commas",
            f"{found[:60]!r}",
            "Leave it out to search as usual.",
        )


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of a parameter that a study may try.

    Attributes:
        values: those to choose from; a single one is fixed. Empty for a range.
        low, high: the ends of a range, both included.
    """

    values: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to search."""
        return len(self.values) == 1

    def __contains__(self, value: Value) -> bool:
        if self.values:
            return value in self.values
        return not isinstance(value, str) and self.low <= value <= self.high


def parse(parameter: Parameter, text: str) -> Domain:
    """Return the domain that a text means.

    Raises:
        InputError: it means none.

    >>> parse(NETWORK["rate"], "0.1:10")
    Domain(values=(), low=0.1, high=10.0)
    >>> parse(NETWORK["hidden"], "30").fixed
    True
    """
    low, colon, high = text.partition(":")
    if colon and parameter.kind is not str:
        ends = float(parameter.read(low)), float(parameter.read(high))
        if ends[0] > ends[1]:
            raise InputError(
                f"--{parameter.name}", "low:high", text, f"Turn it around: {high}:{low}."
            )
        return Domain((parameter.read(low),)) if ends[0] == ends[1] else Domain((), *ends)
    values = [parameter.read(word.strip()) for word in text.split(",")]
    return Domain(tuple(dict.fromkeys(values)))


def rounded(value: Value, domain: Domain) -> Value:
    """Return a value out of a range as it is used and printed.

    Fractions have three digits, or as many more as keep them within the range.

    >>> rounded(0.48372, Domain((), 0.1, 1)), rounded(0.99962, Domain((), 0.9, 0.9999))
    (0.484, 0.9996)
    """
    if not isinstance(value, float):
        return value
    shorter = (float(f"{value:.{digits}g}") for digits in range(_DIGITS, _ALL_DIGITS))
    return next((short for short in shorter if short in domain), value)


def settings(
    parameters: Mapping[str, Parameter], domains: Mapping[str, Domain], drawn: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the value of every parameter: the fixed ones, and those that a trial drew."""
    found = {}
    for name in parameters:
        domain = domains[name]
        value = domain.values[0] if domain.fixed else drawn[name]
        found[name] = value if domain.values else rounded(value, domain)
    return found


_MANY = 1_000_000

NETWORK = {
    parameter.name: parameter
    for parameter in (
        Parameter("rate", float, least=1e-9, most=1e9, log=True),
        Parameter("batch", int, least=1, most=_MANY, log=True),
        Parameter("hidden", int, least=1, most=10_000, log=True),
        Parameter("cost", str, names=tuple(COSTS)),
        Parameter("activation", str, names=tuple(n for n in ACTIVATIONS if n != "softmax")),
    )
}
"""What is searched for the chapter's network. Its outputs follow the cost; see `output`."""

NETWORK_USUAL: dict[str, Value] = {
    "rate": 3.0, "batch": 10, "hidden": 30, "cost": "quadratic", "activation": "sigmoid",
}  # fmt: skip
"""The chapter's own settings, with which every study begins."""

NETWORK_SPACE = {
    "rate": "0.01:30",
    "batch": "4:128",
    "hidden": "10:200",
    "cost": ",".join(COSTS),
    "activation": "sigmoid,tanh,relu",
}

CNN = {
    parameter.name: parameter
    for parameter in (
        Parameter("rate", float, least=1e-9, most=1e9, log=True),
        Parameter("batch", int, least=2, most=_MANY, log=True),
        Parameter("smoothing", float, most=0.9),
        Parameter("average", float, most=0.99999),
        Parameter("distortion", float, most=10),
    )
}
"""What is searched for a convolutional network; all else is the recipe's."""

CNN_SPACE = {
    "rate": "0.01:1",
    "batch": "32:512",
    "smoothing": "0:0.3",
    "average": "0,0.9,0.99,0.999",
    "distortion": "0:1.5",
}

PARAMETERS = {"network": NETWORK, "cnn": CNN}
SPACES = {"network": NETWORK_SPACE, "cnn": CNN_SPACE}


def output(cost: str) -> str:
    """Return the activation of the outputs that goes with a cost: the one it was made for.

    >>> output("quadratic"), output("cross-entropy"), output("log-likelihood")
    ('sigmoid', 'sigmoid', 'softmax')
    """
    return "sigmoid" if cost == "quadratic" else str(COSTS[cost].partner)

"""A row of the chapter: one idea, what the chapter says of it, and how to see it for oneself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numerist.chapter.minus import minus

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.chapter.figures import Picture


@dataclass(frozen=True, slots=True)
class Scale:
    """How much work a row may do.

    Attributes:
        quick: everything small, a second or two a row, for a first look and for the tests.
        seeds: how many seeds to average over where chance plays a part.
    """

    quick: bool = False
    seeds: int = 3

    def choose(self, full: Any, quick: Any) -> Any:
        """Return `quick` for a quick run, else `full`."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Result:
    """What came out when a row was run.

    Attributes:
        measured: one to three sentences with the figures, their seeds and their spread; numbers
            get true minus signs.
        agrees: whether that agrees with what the chapter says; None where a quick run is too small
            to tell, or where the chapter gives nothing to compare with.
        numbers: all that was measured, ready for JSON.
        pictures: what there is to look at.
    """

    measured: str
    agrees: bool | None
    numbers: dict[str, Any] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "measured", minus(self.measured))


@dataclass(frozen=True, slots=True)
class Row:
    """One element of the chapter.

    Attributes:
        id: its name, such as P6; the letter tells the part of the chapter.
        title: a few words.
        idea: the idea in about two sentences of our own.
        says: what the chapter says, in our words, with its figures.
        code: a few lines of Python that do it, to paste into a shell; the tests run them.
        run: measures it at a scale. It takes everything random from fixed seeds.
        seconds: roughly how long `run` takes at full scale, to begin with the longest.
        processes: how many it computes in at full scale, side by side; that many are left free
            for it.
    """

    id: str
    title: str
    idea: str
    says: str
    code: str
    run: Callable[[Scale], Result]
    seconds: float = 1.0
    processes: int = 1

    def expected(self, scale: Scale) -> float:
        """Return roughly how many seconds the row takes, before anything was measured.

        >>> G = Row("G", "title", "idea", "says", "code", run=print, seconds=100)
        >>> G.expected(Scale()), G.expected(Scale(quick=True))
        (100, 4.0)
        """
        some, share = 1.0, 0.03  # seconds to load, and the share of the work that quick runs do
        return some + share * self.seconds if scale.quick else self.seconds

"""A large question broken into smaller ones: is it a face? an eye top left? a brow there?

                                   face
           ┌──────────────┬──────────┼───────┬───────┐
        left eye      right eye     nose   mouth    hair
      ┌─────┼──────┐   (the same)
    brow  lashes  iris

A question at the bottom is asked of the pixels of one region of the picture, and its answer is in
those pixels. A question above is asked of the answers below it: yes, if enough of them are yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.checks import whole
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

SIZE = 40  # height and width of a picture, in pixels


class Region(NamedTuple):
    """A rectangle of a picture, in pixels from its upper left corner.

    >>> Region(top=1, left=2, height=1, width=3).pixels(size=5)
    array([7, 8, 9])
    """

    top: int
    left: int
    height: int
    width: int

    def mirrored(self, size: int = SIZE) -> Region:
        """Return the region that lies as far from the right border as this from the left.

        >>> Region(9, 8, 9, 13).mirrored(size=40)
        Region(top=9, left=19, height=9, width=13)
        """
        return self._replace(left=size - self.left - self.width)

    def pixels(self, size: int = SIZE) -> npt.NDArray[np.intp]:
        """Return the numbers of its pixels in a flattened picture (size·size,), row by row.

        Raises:
            InputError: the region is empty or leaves the picture.
        """
        top, left, height, width = self
        inside = 0 <= top < top + height <= size and 0 <= left < left + width <= size
        if not inside:
            raise InputError(
                "region",
                f"a rectangle of at least one pixel inside a picture of {size}×{size}",
                f"{self}",
                "Give top, left, height and width in pixels.",
            )
        rows, columns = np.arange(top, top + height), np.arange(left, left + width)
        return (rows[:, np.newaxis] * size + columns).ravel()


@dataclass(frozen=True)
class Question:
    """A question with yes or no as its answer.

    Args:
        name: unique in its tree.
        region: where its pixels are; only for a question at the bottom.
        hidden: neurons of the hidden layer of its sub-network; only at the bottom.
        parts: the questions below it; at least one, unless it stands at the bottom.
        enough: how many of them must be yes for this one to be yes.

    Raises:
        InputError: it has both a region and parts, or neither; or `enough` can't be reached.

    >>> iris = Question("iris", Region(0, 0, 9, 9), hidden=4)
    >>> brow = Question("brow", Region(0, 0, 4, 9), hidden=4)
    >>> [question.name for question in Question("eye", parts=(brow, iris), enough=2)]
    ['eye', 'brow', 'iris']
    """

    name: str
    region: Region | None = None
    hidden: int = 0
    parts: tuple[Question, ...] = ()
    enough: int = 0

    def __post_init__(self) -> None:
        if (self.region is None) == (not self.parts):
            raise InputError(
                f"question '{self.name}'",
                "either a region of the picture or questions below it",
                "neither" if self.region is None else "both",
                "Give one of the two.",
            )
        if self.region is not None:
            whole(f"hidden neurons for '{self.name}'", self.hidden, least=1)
        elif whole(f"enough for '{self.name}'", self.enough, least=1) > len(self.parts):
            raise InputError(
                f"enough for '{self.name}'",
                f"at most {len(self.parts)}, the number of its parts",
                str(self.enough),
                "Ask for fewer.",
            )
        names = [question.name for question in self]
        if len(set(names)) != len(names):
            raise InputError(
                f"question '{self.name}'", "names that differ", ", ".join(names), "Rename one."
            )

    def __iter__(self) -> Iterator[Question]:
        """Go through this question and all below it, each before its parts."""
        yield self
        for part in self.parts:
            yield from part

    @property
    def depth(self) -> int:
        """The layer in which the answer can be known at the earliest; pixels are layer 0.

        At the bottom it is 2, after a hidden layer; above, one more than the deepest part.
        """
        return 1 + max((part.depth for part in self.parts), default=1)


def _eye(side: str) -> Question:
    regions = {
        "brow": Region(8, 7, 10, 14),
        "lashes": Region(11, 7, 9, 14),
        "iris": Region(13, 8, 9, 12),
    }
    parts = tuple(
        Question(f"{side} {name}", region if side == "left" else region.mirrored(), hidden=6)
        for name, region in regions.items()
    )
    return Question(f"{side} eye", parts=parts, enough=2)


FACE = Question(
    "face",
    parts=(
        _eye("left"),
        _eye("right"),
        Question("nose", Region(17, 13, 13, 14), hidden=8),
        Question("mouth", Region(24, 10, 12, 20), hidden=8),
        Question("hair", Region(1, 4, 12, 32), hidden=4),
    ),
    enough=4,
)
"""Is it a face? At least four of two eyes, nose, mouth and hair stand where they belong.

So someone bald has a face, and a face half hidden is one; lacking two parts it is none. Left and
right are those of the picture. An eye is at least two of brow, lashes and iris: closed, it has no
iris.
"""

NAMES = tuple(question.name for question in FACE)
"""The names of all twelve questions, "face" first."""

"""A picture made small, which is all that is needed to find its paper and what lies around it."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.resample import shrink
from numerist.reading.sheet import find_sheet, spread
from numerist.reading.things import find_things

Array: TypeAlias = npt.NDArray[Any]

_SIDE = 320  # pixels of the longer side: paper needs no more of them
_EDGE = 5  # pixels: a sheet's edge


class Afar(NamedTuple):
    """A picture made small.

    Attributes:
        small: float32 (h, w, channels), longer side at most 320 pixels; where it shows a table
            around a sheet, or things on it, paper goes on instead.
        sheet: bool (h, w), where paper really is; None if all of it may be.
    """

    small: Array
    sheet: Array | None

    def paper(self, window: float) -> Array:
        """Return the paper at each pixel, float32 (h, w, channels): the median around it.

        Args:
            window: side of what is around it, a share of the longer side.
        """
        return median(self.small, self.side(window))

    def side(self, window: float) -> int:
        """Return the side of a window in pixels, odd."""
        return 2 * (int(window * max(self.small.shape[:2])) // 2) + 3

    def outside(self, shape: tuple[int, ...]) -> Array | None:
        """Return what is no paper or too near to its edge, at another size: bool (h, w)."""
        import cv2  # noqa: PLC0415

        if self.sheet is None:
            return None
        inner = cv2.erode(
            self.sheet.astype(np.uint8), np.ones((_EDGE, _EDGE), np.uint8), borderValue=1
        )
        high, wide = shape
        result: Array = cv2.resize(inner, (wide, high), interpolation=cv2.INTER_NEAREST) == 0
        return result


def from_afar(picture: Array) -> Afar:
    """Return a picture made small, without what lies around its paper and on it.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.
    """
    small = np.atleast_3d(shrink(np.atleast_3d(picture), _SIDE))
    sheet = find_sheet(small)
    if sheet is not None:
        small = spread(small, sheet)
    things = find_things(small, _paper_far_around(small))
    if things is None:
        return Afar(small, sheet)
    paper_alone = ~things if sheet is None else sheet & ~things
    return Afar(spread(small, paper_alone), paper_alone)


def _paper_far_around(small: Array) -> Array:
    """Return the median of a window as wide as the picture, (h, w, channels), about."""
    import cv2  # noqa: PLC0415

    smaller = np.atleast_3d(shrink(small, _SIDE // 4))
    around = median(smaller, 2 * (max(smaller.shape[:2]) // 2) + 3)
    return np.atleast_3d(cv2.resize(around, small.shape[1::-1], interpolation=cv2.INTER_LINEAR))


def median(small: Array, window: int) -> Array:
    """Return the median of a window around each pixel, float32 (h, w, channels)."""
    import cv2  # noqa: PLC0415

    half = window // 2
    whole = np.rint(255 * np.pad(small, ((half, half), (half, half), (0, 0)), mode="symmetric"))
    layers = [cv2.medianBlur(layer, window) for layer in np.moveaxis(whole.astype(np.uint8), 2, 0)]
    inside = slice(half, -half)
    return np.stack([layer[inside, inside] for layer in layers], axis=2) / np.float32(255)

"""Images of digits: sheets, images with captions, weights of neurons, evidence in an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from numerist.chapter.figures.arguments import images as checked_images
from numerist.chapter.figures.arguments import one_each
from numerist.chapter.figures.board import Board
from numerist.chapter.figures.palette import AGAINST_FOR, RED, STRONG_BLUE
from numerist.chapter.figures.picture import Picture, checked_alt
from numerist.chapter.figures.svg import SMALL, WIDTH, as_png, picture
from numerist.checks import positive, whole
from numerist.errors import InputError, ShapeError
from numerist.image.show import sheet
from numerist.model.explain import full_colour, paint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array

_GREYS = 16  # shades of a sheet: more can't be told apart, and take more bytes
_GAP = 8.0  # between images with captions
_LEAST = 48.0  # width of such an image


def draw_sheet(images: ArrayLike, *, alt: str, columns: SupportsIndex | None = None) -> Picture:
    """Draw a sheet of digits, ink on paper.

    Args:
        images: (n, height, width), paper 0 and ink 1.
        alt: what a screen reader says.
        columns: images in a row; about as many as there are rows if None.

    Returns:
        A PNG picture with a palette of 16 greys.

    Raises:
        InputError: values outside 0…1, columns that are not a positive number, no alt text.
        ShapeError: no images.

    >>> draw_sheet(np.zeros((4, 28, 28)), alt="Empty paper.").kind
    'png'
    """
    alt = checked_alt(alt)
    pixels = _checked_ink(images)
    wide = None if columns is None else whole("columns", columns, least=1)
    paper = sheet(pixels, wide)
    grey = np.rint((1 - paper) * (_GREYS - 1)) * (255 / (_GREYS - 1))
    picture = Image.fromarray(grey.astype(np.uint8))
    height, width = paper.shape
    return Picture("png", as_png(picture), width, height, alt)


def draw_digits(
    images: ArrayLike,
    captions: Sequence[str],
    *,
    alt: str,
    columns: SupportsIndex | None = None,
) -> Picture:
    """Draw images with a caption under each: misread digits, average digits, numbers cut apart.

    Args:
        images: (n, height, width), paper 0 and ink 1.
        captions: for each image; may have several lines.
        alt: what a screen reader says.
        columns: images in a row; as many as the captions leave room for if None.

    Returns:
        An SVG picture. Its classes: `image` and `caption` (one for each line).

    Raises:
        InputError: values outside 0…1, columns that are not a positive number, no alt text.
        ShapeError: no images, or not one caption for each.

    >>> draw_digits(np.zeros((2, 28, 28)), ["0", "1"], alt="Empty.").data.count('"caption"')
    2
    """
    pixels = _checked_ink(images)
    one_each(captions, "captions", len(pixels))
    return _captioned(1 - pixels, captions, alt, columns, colours="gray", limits=(0, 1))


def draw_weights(
    weights: ArrayLike,
    captions: Sequence[str],
    *,
    alt: str,
    columns: SupportsIndex | None = None,
    limit: float | None = None,
) -> Picture:
    """Draw the weights of neurons as pictures: blue where ink speaks for them, red against.

    Args:
        weights: (n, height, width), of any sign.
        captions: for each neuron; may have several lines.
        alt: what a screen reader says.
        columns: pictures in a row; as many as the captions leave room for if None.
        limit: weight that is drawn in full colour, for all neurons; by default the 99.5th
            percentile of the magnitudes, so that single pixels do not pale the rest.

    Returns:
        An SVG picture. Its classes: `image`, `caption`, `swatch`.

    Raises:
        InputError: weights that are not finite, a limit that is not positive, no alt text.
        ShapeError: no weights, or not one caption for each neuron.

    >>> draw_weights(np.ones((1, 28, 28)), ["neuron 0"], alt="All blue.").data.count('"image"')
    1
    """
    values = checked_images(weights, "weights")
    one_each(captions, "captions", len(values))
    top = full_colour(values) if limit is None else positive("limit", limit)
    return _captioned(
        values,
        captions,
        alt,
        columns,
        colours=AGAINST_FOR,
        limits=(-top, top),
        legend="ink speaks for",
    )


def draw_evidence(
    images: ArrayLike,
    evidence: ArrayLike,
    captions: Sequence[str],
    *,
    alt: str,
    columns: SupportsIndex | None = None,
    limit: float | None = None,
) -> Picture:
    """Draw what spoke for and against an answer in colours, over the image that was judged.

    Args:
        images: (n, height, width), paper 0 and ink 1.
        evidence: (n, height, width), positive where something speaks for the answer.
        captions: for each of them; may have several lines.
        alt: what a screen reader says.
        columns: pictures in a row; as many as the captions leave room for if None.
        limit: evidence that is drawn in full colour, for all; as in `draw_weights` by default.

    Returns:
        An SVG picture. Its classes: `image`, `caption`, `swatch`.

    Raises:
        InputError: values outside 0…1, evidence that is not finite, a limit that is not positive,
            no alt text.
        ShapeError: no images, or not one map of evidence or not one caption for each.

    >>> blank, maps = np.zeros((1, 28, 28)), np.ones((1, 28, 28))
    >>> draw_evidence(blank, maps, ["a 3"], alt="All blue.").data.count('"swatch"')
    2
    """
    pixels, maps = _checked_ink(images), checked_images(evidence, "evidence")
    one_each(captions, "captions", len(pixels))
    if maps.shape != pixels.shape:
        raise ShapeError(
            "evidence", f"shape {pixels.shape}", f"shape {maps.shape}", "Give one for each pixel."
        )
    top = full_colour(maps) if limit is None else limit
    return _captioned(paint(pixels, maps, top), captions, alt, columns, legend="speaks for")


def _captioned(
    values: Array,
    captions: Sequence[str],
    alt: str,
    columns: SupportsIndex | None,
    *,
    colours: str = "",
    limits: tuple[float, float] = (0, 1),
    legend: str = "",
) -> Picture:
    """Lay images out in rows, a caption under each, a legend below all.

    Args:
        values: (n, height, width) for a colour map; or colours as they are, (n, height, width, 3).
        captions: for each image.
        alt: what a screen reader says.
        columns: images in a row, or None.
        colours: name of the colour map.
        limits: values that have its first and its last colour.
        legend: what blue means; no legend if empty.
    """
    lines = [caption.split("\n") for caption in captions]
    longest = max(len(line) for caption in lines for line in caption)
    if columns is None:
        room = max(_LEAST, 7.0 * longest) + _GAP
        wide = max(1, min(int((WIDTH + _GAP) // room), _even(len(values))))
    else:
        wide = whole("columns", columns, least=1)
    cell = min((WIDTH + _GAP) / wide, 110.0)
    side = cell - _GAP
    tall = side * values.shape[1] / values.shape[2]
    below = SMALL * 1.25 * max(len(caption) for caption in lines) + 4
    rows = math.ceil(len(values) / wide)
    left = (WIDTH - wide * cell + _GAP) / 2
    height = rows * (tall + below + _GAP) + (22 if legend else 0)

    def paint(figure: Figure) -> None:
        board = Board(figure)
        for index, (image, caption) in enumerate(zip(values, captions, strict=True)):
            x = left + index % wide * cell
            y = index // wide * (tall + below + _GAP)
            if colours:
                board.image(image, (x, y, side, tall), colours, limits)
            else:
                board.pixels(image, (x, y, side, tall))
            board.write((x + side / 2, y + tall + 3 + below / 2), caption, "caption")
        if legend:
            _draw_legend(board, height - 10, legend)

    return picture(WIDTH, height, alt, paint)


def _draw_legend(board: Board, y: float, blue: str) -> None:
    for x, colour, words in ((40, STRONG_BLUE, blue), (190, RED, "against")):
        board.fill(x, y - 6, 12, 12, "swatch", colour=colour)
        board.write((x + 18, y), words, "name", align="left")


def _even(count: int) -> int:
    """Return how many in a row make rows about equally long, six or so at most.

    >>> _even(10), _even(6), _even(3)
    (5, 6, 3)
    """
    most = 6
    return math.ceil(count / math.ceil(count / most))


def _checked_ink(images: ArrayLike) -> Array:
    pixels = checked_images(images, "images")
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0 or high > 1:
        raise InputError(
            "images",
            "values from 0 (paper) to 1 (ink)",
            f"{low:g} to {high:g}",
            "Divide bytes by 255.",
        )
    return pixels

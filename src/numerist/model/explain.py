"""Which parts of a picture spoke for and against each class.

Around each pixel in turn the ink is wiped off, softly, and the model judges what is left. Where the
odds of a class fall, that ink spoke for the class; where they rise, against it. In the same way the
paper around each pixel is filled with ink: the open top of a four speaks for the four, although
there is nothing. The method: M. Robnik-Šikonja and I. Kononenko, "Explaining classifications for
individual instances", 2008; M. Zeiler and R. Fergus, "Visualizing and understanding convolutional
networks", 2014, which call it occlusion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from numerist.checks import positive, whole
from numerist.errors import InputError, ShapeError
from numerist.files import replacing

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from PIL.Image import Image

    from numerist.model.runtime import Model

Floats = npt.NDArray[np.float32]

RADIUS = 4.0
"""Pixels from the middle of what is wiped off to its edge: about as wide as a stroke is thick."""

_TOGETHER = 512  # changed images judged at once; bounds memory
_LEAST_ODDS = 1e-9  # smaller odds count as these, so that evidence stays finite
_SHOWN = 3  # classes in a picture
_LONGEST_NAME = 24  # letters of a class in a caption
_BLUE, _RED, _WHITE = (33, 102, 172), (178, 24, 43), (255, 255, 255)  # apart for every eye
_INK = 0.4  # how dark full ink is drawn under the colours
_MARGIN, _LETTERS = 12, 15  # pixels of the file


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What each part of an image says for and against each class.

    Evidence is the natural logarithm of the factor by which the odds p / (1 − p) of a class fall
    when that part is changed: positive where it spoke for the class, negative where against it.

    Attributes:
        image: float32 (height, width) as the network sees it, paper 0 and ink 1.
        classes: the name of each class.
        probabilities: float32 (classes,), the model's judgement of the whole image.
        ink: float32 (classes, height, width), evidence of the ink around each pixel.
        paper: float32 (classes, height, width), evidence of the paper around each pixel.
    """

    image: Floats
    classes: list[str]
    probabilities: Floats
    ink: Floats
    paper: Floats

    @property
    def evidence(self) -> Floats:
        """That of the ink where there is ink, of the paper elsewhere, (classes, height, width)."""
        mixed: Floats = self.image * self.ink + (1 - self.image) * self.paper
        return mixed

    @property
    def likeliest(self) -> list[int]:
        """The numbers of the classes, the most probable first."""
        order: list[int] = np.argsort(-self.probabilities, kind="stable").tolist()
        return order


def explain(model: Model, image: Any, *, radius: float = RADIUS) -> Explanation:
    """Return which parts of an image spoke for and against each of the model's classes.

    Args:
        model: any model of pictures.
        image: one image of the network's own size, as `Model` takes it, or a picture of any size
            (a path, bytes, a Pillow image, an array), which goes through the normaliser.
        radius: of what is changed at once, pixels; full in its middle, half at half its radius.

    Raises:
        InputError: the model is not one of pictures, a radius that is not above 0, pixels that are
            not from 0 to 1.
        ShapeError: several images.
        PictureError: a picture can't be opened.
    """
    seen = _as_seen(model, image)
    bumps = [_bumps(side, positive("radius", radius)) for side in seen.shape]
    whole = model.probabilities(seen)
    before = _log_odds(whole)
    ink = np.zeros((seen.size, len(whole)), np.float32)
    paper = np.zeros_like(ink)
    for start in range(0, seen.size, _TOGETHER):
        middles = np.arange(start, min(start + _TOGETHER, seen.size))
        rows, columns = np.divmod(middles, seen.shape[1])
        part = bumps[0][rows][:, :, np.newaxis] * bumps[1][columns][:, np.newaxis, :]
        for evidence, changed in ((ink, seen * (1 - part)), (paper, seen + part * (1 - seen))):
            other = (changed != seen).any(axis=(1, 2))  # the rest says nothing
            if other.any():
                evidence[middles[other]] = before - _log_odds(model.probabilities(changed[other]))
    shape = (len(whole), *seen.shape)
    return Explanation(
        seen, model.classes, whole, ink.T.reshape(shape).copy(), paper.T.reshape(shape).copy()
    )


def paint(image: npt.ArrayLike, evidence: npt.ArrayLike, limit: float) -> npt.NDArray[np.uint8]:
    """Return evidence as colours: blue for, red against, the image as a shadow beneath.

    Args:
        image: (height, width), paper 0 and ink 1.
        evidence: (height, width), of any sign.
        limit: evidence that has the full colour.

    Returns:
        uint8 (height, width, 3): red, green, blue.

    Raises:
        InputError: a limit that is not above 0.

    >>> paint([[0.0, 0.0, 1.0]], [[0.0, 9.0, 0.0]], limit=1.0).tolist()
    [[[255, 255, 255], [33, 102, 172], [153, 153, 153]]]
    """
    strength = np.clip(np.asarray(evidence) / positive("limit", limit), -1, 1)[..., np.newaxis]
    full = np.where(strength > 0, _BLUE, _RED)
    colours = _WHITE + np.abs(strength) * (full - np.array(_WHITE))
    shadow = 1 - _INK * np.asarray(image)[..., np.newaxis]
    painted: npt.NDArray[np.uint8] = np.rint(colours * shadow).astype(np.uint8)
    return painted


def full_colour(evidence: npt.ArrayLike) -> float:
    """Return a limit for `paint`: the 99.5th percentile of the magnitudes, 1 if all are 0.

    >>> full_colour([[0.0, -2.0], [0.0, 2.0]]), full_colour([0.0])
    (2.0, 1.0)
    """
    return float(np.percentile(np.abs(evidence), 99.5)) or 1.0


def write_explanation(
    path: str | os.PathLike[str],
    explanation: Explanation,
    classes: Sequence[str] | None = None,
    scale: int = 6,
) -> None:
    """Write an explanation as a PNG file: for each class the image with its evidence in colours.

    Args:
        path: the file; written whole or not at all.
        explanation: as `explain` returns it.
        classes: the names of those to show; the three most probable ones if None.
        scale: pixels of the file for one of the image, in each direction.

    Raises:
        InputError: a class that the model does not have, or none at all; a scale below 1.
        WriteError: the file can't be written.
    """
    shown = _numbers(explanation, classes)
    evidence = explanation.evidence[shown]
    limit = full_colour(evidence)
    panels = [paint(explanation.image, one, limit) for one in evidence]
    captions = [
        f"{explanation.classes[k][:_LONGEST_NAME]}: {explanation.probabilities[k]:.1%}"
        for k in shown
    ]
    picture = _laid_out(panels, captions, whole("scale", scale, least=1))
    with replacing(path) as part:
        picture.save(part, format="PNG")


def _laid_out(panels: list[npt.NDArray[np.uint8]], captions: list[str], scale: int) -> Image:
    """Return the panels side by side, a caption below each, and what the colours mean."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  (loads when it is used)

    font = ImageFont.load_default(size=_LETTERS)
    height, width = (scale * side for side in panels[0].shape[:2])
    least = max(font.getlength(text) for text in (*captions, "speaks against")) + 2 * _LETTERS
    cell = max(width, int(least)) + _MARGIN
    line = 2 * _LETTERS
    size = (len(panels) * cell + _MARGIN, _MARGIN + height + 2 * line + (len(panels) == 1) * line)
    picture = Image.new("RGB", size, _WHITE)
    pen = ImageDraw.Draw(picture)
    for index, (panel, caption) in enumerate(zip(panels, captions, strict=True)):
        left = _MARGIN + index * cell + (cell - _MARGIN - width) // 2
        enlarged = np.repeat(np.repeat(panel, scale, axis=0), scale, axis=1)
        picture.paste(Image.fromarray(enlarged), (left, _MARGIN))
        pen.rectangle((left - 1, _MARGIN - 1, left + width, _MARGIN + height), outline=(160,) * 3)
        middle = (left + width / 2, _MARGIN + height + line / 2)
        pen.text(middle, caption, fill=0, font=font, anchor="mm")
    for index, (colour, words) in enumerate(((_BLUE, "speaks for"), (_RED, "speaks against"))):
        side_by_side = len(panels) > 1
        x = _MARGIN + index * side_by_side * cell
        y = _MARGIN + height + line * (1.5 + index * (not side_by_side))
        pen.rectangle((x, y - _LETTERS / 2, x + _LETTERS, y + _LETTERS / 2), fill=colour)
        pen.text((x + 1.5 * _LETTERS, y), words, fill=0, font=font, anchor="lm")
    return picture


def _numbers(explanation: Explanation, classes: Sequence[str] | None) -> list[int]:
    if classes is None:
        return explanation.likeliest[:_SHOWN]
    unknown = [name for name in classes if name not in explanation.classes]
    if unknown or not classes:
        raise InputError(
            "classes",
            f"some of {', '.join(explanation.classes)}",
            repr(unknown[0]) if unknown else "none",
            "Name classes that the model has.",
        )
    return [explanation.classes.index(name) for name in classes]


def _as_seen(model: Model, image: Any) -> Floats:
    """Return the image as the network sees it, float32 (height, width)."""
    shape = tuple(model.metadata.input_shape)
    if len(shape) != 2:  # noqa: PLR2004
        raise InputError(
            "model", "one of pictures, (height, width)", f"inputs of shape {shape}",
            "Write it with input_shape=(height, width).",
        )  # fmt: skip
    own = (shape, (shape[0] * shape[1],))
    if not isinstance(image, np.ndarray) or image.shape not in own:
        from numerist.image import normalise  # noqa: PLC0415  (a picture of any size)

        image = normalise(image)
        if image.shape != shape:
            raise ShapeError(
                "image", f"shape {shape}, the network's", f"shape {image.shape}",
                "Bring it to that size first.",
            )  # fmt: skip
    ink = image / np.float32(255) if image.dtype == np.uint8 else image
    if ink.dtype.kind not in "fiub" or not ((ink >= 0) & (ink <= 1)).all():
        found = f"{ink.min():g} to {ink.max():g}" if ink.dtype.kind in "fiu" else str(ink.dtype)
        raise InputError(
            "image", "pixels from paper 0.0 to ink 1.0", found,
            "Divide grey values by the greatest there is, 255 for bytes.",
        )  # fmt: skip
    return np.asarray(ink.reshape(shape), np.float32)


def _bumps(side: int, radius: float) -> Floats:
    """Return for each place on a line how much of each other place goes with it, (side, side)."""
    place = np.arange(side)
    distance = np.abs(place[:, np.newaxis] - place)
    inside = distance < radius
    return np.where(inside, np.cos(np.pi / 2 * distance / radius) ** 2, 0).astype(np.float32)


def _log_odds(probabilities: Floats) -> npt.NDArray[np.float64]:
    """Return ln(p / (1 − p)) of probabilities (…, classes), odds held between 10⁻⁹ and 10⁹.

    1 − p is the sum of the others, which has all its digits where p is nearly 1.
    """
    p = probabilities.astype(np.float64)
    others = p @ (1 - np.eye(p.shape[-1]))
    tiny = np.finfo(np.float64).tiny
    odds = np.maximum(p, tiny) / np.maximum(others, tiny)
    bounded: npt.NDArray[np.float64] = np.log(np.clip(odds, _LEAST_ODDS, 1 / _LEAST_ODDS))
    return bounded

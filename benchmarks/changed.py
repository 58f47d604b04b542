"""Real pictures of numbers, each changed in one way after the other: what costs how much.

    python benchmarks/changed.py --folder DIR ... [--every 1] [--only ring turned_7]

A folder has a labels.csv (file,text), as for `reading.py`; counted are the pictures whose digits
are all read, and no others. What a camera, a scanner or a program that puts pictures on pages may
do to one should change little of what is read. --every N takes each Nth picture of a folder.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from reading import digits_of, folder

from numerist.image import open_picture
from numerist.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = npt.NDArray[Any]

MOST = 20_000_000  # pixels of an enlarged picture


def as_bytes(picture: Array) -> Array:
    return np.asarray(np.rint(np.clip(picture, 0, 255)), np.uint8)


def sized(picture: Array, times: float) -> Array:
    if picture.shape[0] * picture.shape[1] * times**2 > MOST:
        return picture
    how = cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=times, fy=times, interpolation=how))


def turned(picture: Array, degrees: float) -> Array:
    high, wide = picture.shape[:2]
    move = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1)
    c, s = abs(move[0, 0]), abs(move[0, 1])
    size = int(high * s + wide * c), int(high * c + wide * s)
    move[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    border = cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.warpAffine(picture, move, size, flags=cv2.INTER_LINEAR, borderMode=border)
    )


def coded(picture: Array, quality: int) -> Array:
    content = cv2.imencode(".jpg", picture, [int(cv2.IMWRITE_JPEG_QUALITY), quality])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))


def noisy(picture: Array, spread: float) -> Array:
    return as_bytes(picture + np.random.default_rng(1).normal(0, spread, picture.shape))


def on_page(picture: Array, colour: int) -> Array:
    """With margins of one colour."""
    high, wide = picture.shape[:2]
    page = np.full((2 * high, 2 * wide, 3), colour, np.uint8)
    page[high // 3 : high // 3 + high, wide // 4 : wide // 4 + wide] = picture
    return page


def lit(picture: Array) -> Array:
    """Half as bright at one side."""
    return as_bytes(picture * np.linspace(0.5, 1, picture.shape[1])[None, :, None])


def glaring(picture: Array) -> Array:
    """A lamp's reflection takes away more than half of the contrast."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[:high, :wide]
    lamp = np.exp(-(((x / wide - 0.6) / 0.25) ** 2) - ((y / high - 0.4) / 0.4) ** 2)[..., None]
    return as_bytes(picture + (255 - picture.astype(float)) * 0.6 * lamp)


def shaded(picture: Array) -> Array:
    """A shadow with a soft edge."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[:high, :wide]
    dark = (x / wide + 0.4 * y / high > 0.6).astype(np.float32)
    dark = cv2.GaussianBlur(dark, (0, 0), max(1.0, wide / 120))[..., None]
    return as_bytes(picture * (1 - 0.45 * dark))


def inked(picture: Array) -> list[int]:
    """The colour of the darkest."""
    return [int(level) for level in np.percentile(picture.reshape(-1, 3), 2, axis=0)]


def ringed(picture: Array) -> Array:
    high, wide = picture.shape[:2]
    down, across = high // 3, wide // 4
    page: Any = cv2.copyMakeBorder(picture, down, down, across, across, cv2.BORDER_REPLICATE)
    middle, radii = (page.shape[1] // 2, page.shape[0] // 2), (int(wide * 0.62), int(high * 0.68))
    cv2.ellipse(page, middle, radii, 0, 0, 360, inked(picture), max(1, high // 40), cv2.LINE_AA)
    return np.asarray(page)


def underlined(picture: Array) -> Array:
    high, wide = picture.shape[:2]
    page: Any = cv2.copyMakeBorder(picture, 0, high // 4, 0, 0, cv2.BORDER_REPLICATE)
    ends = (wide // 12, high + high // 12), (wide - wide // 12, high + high // 16)
    cv2.line(page, *ends, inked(picture), max(1, high // 30), cv2.LINE_AA)
    return np.asarray(page)


def in_black_and_white(picture: Array) -> Array:
    """As a fax has it: one bit a pixel, by Otsu's threshold."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    level = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1]
    return in_colour(np.asarray(level))


def dithered(picture: Array) -> Array:
    """One bit a pixel, greys as patterns of dots."""
    image = Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)).convert("1")
    return in_colour(np.asarray(image.convert("L")))


def specked(picture: Array) -> Array:
    """Dust: one pixel in a hundred black or white."""
    chance = np.random.default_rng(1).random(picture.shape[:2])
    changed = picture.copy()
    changed[chance < 0.005], changed[chance > 0.995] = 0, 255
    return changed


def moved(picture: Array) -> Array:
    """Shaken while it was taken, by a thirtieth of its height."""
    length = max(2, picture.shape[0] // 30)
    return np.asarray(cv2.filter2D(picture, -1, np.eye(length) / length))


def shown_through(picture: Array) -> Array:
    """What is written on the back shows through, mirrored, with a fifth of the contrast."""
    paper = np.percentile(picture.reshape(-1, 3), 90, axis=0)
    back = np.roll(picture[:, ::-1], picture.shape[0] // 4, axis=0)
    return as_bytes(picture - 0.2 * np.maximum(paper - back.astype(float), 0))


def waved(picture: Array) -> Array:
    """Of paper that does not lie flat."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    up = 0.06 * high * np.sin(2 * np.pi * x / max(wide, high) * 1.3)
    return np.asarray(cv2.remap(
        picture, x, (y + up).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ))  # fmt: skip


def aslant(picture: Array) -> Array:
    """Seen from the lower left."""
    high, wide = picture.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    far = np.array([[0.06, 0.05], [0.98, 0.1], [0.94, 0.9], [0.0, 1.0]], np.float32)
    move = cv2.getPerspectiveTransform(corners, far * np.array([wide, high], np.float32))
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpPerspective(picture, move, (wide, high), borderMode=border))


def stretched(picture: Array, wider: float) -> Array:
    how = cv2.INTER_AREA if wider < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=wider, fy=1.0, interpolation=how))


def in_squares(picture: Array) -> Array:
    """Enlarged three times without smoothing."""
    if picture.size > MOST:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=3, fy=3, interpolation=cv2.INTER_NEAREST))


def stained(picture: Array) -> Array:
    """The ring of a cup across it."""
    high, wide = picture.shape[:2]
    stain = np.zeros((high, wide), np.float32)
    radius, broad = max(4, round(0.9 * high)), max(2, high // 12)
    cv2.circle(stain, (wide // 3, -high // 4), radius, 1.0, broad, cv2.LINE_AA)
    stain = cv2.GaussianBlur(stain, (0, 0), max(1.0, broad / 4))[..., None]
    return as_bytes(picture * (1 - stain * np.array([0.18, 0.25, 0.35])))


def cut_tightly(picture: Array) -> Array:
    """Cut along the ink, by Otsu's threshold."""
    inked = in_black_and_white(picture)[..., 0] == 0
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return picture
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def cut_into(picture: Array) -> Array:
    """Cut a little into the ink, on all sides: half a twelfth of the number's height."""
    tight = cut_tightly(picture)
    off = max(1, tight.shape[0] // 24)
    return tight[off:-off, off:-off] if min(tight.shape[:2]) > 4 * off else tight


def bordered(picture: Array) -> Array:
    """With a thin black line around it."""
    page: Any = cv2.copyMakeBorder(picture, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.asarray(page)


def thicker(picture: Array, by: int) -> Array:
    """By a pen thicker by so many pixels, or thinner."""
    change = cv2.erode if by > 0 else cv2.dilate
    return np.asarray(change(picture, np.ones((1 + abs(by),) * 2, np.uint8)))


def crossed(picture: Array, lines: list[tuple[int, int, int, int]], thick: int) -> Array:
    """How far lines (x, y, x, y) cover each pixel, (h, w, 1), 0…1."""
    covered = np.zeros(picture.shape[:2], np.uint8)
    for x, y, right, down in lines:
        cv2.line(covered, (x, y), (right, down), 255, thick, cv2.LINE_AA)
    return np.asarray(covered[..., None] / 255)


def ruled(picture: Array) -> Array:
    """With bluish lines, somewhat less than half of its height apart."""
    high, wide = picture.shape[:2]
    apart = max(8, int(high * 0.45))
    lines = [(0, row, wide, row) for row in range(apart // 3, high, apart)]
    return as_bytes(picture * (1 - crossed(picture, lines, max(1, high // 100)) * [0.3, 0.4, 0.5]))


def taped(picture: Array) -> Array:
    """With a strip of tape across it, from the top to the bottom."""
    high, wide = picture.shape[:2]
    changed, edge = picture.astype(float), max(1, high // 80)
    left, right = int(0.3 * wide), int(0.3 * wide) + max(3, high // 2)
    changed[:, left:right] = changed[:, left:right] * 0.85 + [20, 28, 35]
    for side in (left, right):
        changed[:, side : side + edge] *= 0.85
    return as_bytes(changed)


def punched(picture: Array) -> Array:
    """With two holes in a margin, before it."""
    high = len(picture)
    page: Any = cv2.copyMakeBorder(picture, 0, 0, high, 0, cv2.BORDER_REPLICATE)
    for middle in (0.25, 0.8):
        place = high // 3, int(middle * high)
        cv2.circle(page, place, max(2, high // 9), (20, 20, 20), cv2.FILLED, cv2.LINE_AA)
    return np.asarray(page)


def with_black_edges(picture: Array) -> Array:
    """As copied with its lid open: black, ragged edges at the top and at the left."""
    high, rng = len(picture), np.random.default_rng(3)
    page = np.asarray(
        cv2.copyMakeBorder(picture, high // 5, 0, high // 4, 0, cv2.BORDER_REPLICATE)
    ).copy()
    for side in (page, page.transpose(1, 0, 2)):
        ragged = high / 11 + 3 * np.cumsum(rng.normal(0, 0.3, side.shape[1]))
        side[np.arange(len(side))[:, None] < np.clip(ragged, 1, high / 6)] = 12
    return page


def streaked(picture: Array, rows: int, columns: int) -> Array:
    """With white lines across it, so many each way, that lie where they happen to."""
    high, wide = picture.shape[:2]
    changed, rng = picture.copy(), np.random.default_rng(4)
    paper = np.quantile(picture, 0.97, axis=(0, 1))
    changed[rng.integers(0, high, rows)] = paper
    for column in rng.integers(0, wide, columns):
        changed[:, column : column + max(1, high // 90)] = paper
    return changed


def with_missing_lines(picture: Array) -> Array:
    """One line in so many is missing, as where a print head is worn."""
    changed = picture.copy()
    changed[:: max(3, len(picture) // 24)] = np.quantile(picture, 0.97, axis=(0, 1))
    return changed


def in_chalk(picture: Array) -> Array:
    """Crumbs of chalk on a blackboard that was wiped."""
    rng, high = np.random.default_rng(2), len(picture)
    paper = cv2.dilate(picture.min(axis=2), np.ones((2 * (high // 8) + 1,) * 2, np.uint8))
    dark = np.clip(1 - picture.min(axis=2) / np.maximum(paper.astype(float), 1) - 0.12, 0, 1)
    drawn = np.clip(dark / max(float(np.quantile(dark, 0.985)), 0.05), 0, 1)

    def grains(size: float) -> Array:
        noise = cv2.GaussianBlur(rng.standard_normal(drawn.shape), (0, 0), size)
        return np.asarray(noise / noise.std())

    crumbs = np.clip(0.75 + 0.4 * grains(max(0.7, 0.007 * high)), 0, 1)
    board = 55 + 7 * grains(0.2 * high) + 4 * rng.standard_normal(drawn.shape)
    return as_bytes((board + 120 * drawn * crumbs)[..., None] * [0.8, 1, 0.85])


def stamped(picture: Array) -> Array:
    """With a red stamp across it: two rings around a word."""
    high, wide = picture.shape[:2]
    covered = np.zeros((high, wide), np.uint8)
    radius, middle, thick = 0.45 * high, (int(0.6 * wide), high // 2), max(1, high // 35)
    for size in (1, 0.75):
        cv2.circle(covered, middle, int(size * radius), 255, thick, cv2.LINE_AA)
    place = int(middle[0] - 0.62 * radius), int(middle[1] + 0.2 * radius)
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(covered, "PAID", place, font, radius / 45, 255, thick, cv2.LINE_AA)
    return as_bytes(picture * (1 - covered[..., None] / 255 * [0.5, 0.6, 0.1]))


def with_something_struck_out(picture: Array) -> Array:
    """With a hatching behind it, about as high as the number."""
    high, wide = picture.shape[:2]
    page: Any = cv2.copyMakeBorder(picture, 0, 0, 0, high, cv2.BORDER_REPLICATE)
    top, bottom, step, thick = high // 4, 3 * high // 4, high // 12, max(1, high // 30)
    for left in range(wide + high // 4, wide + 3 * high // 4, step):
        for ends in ((left, top, left + step, bottom), (left, bottom, left + 3 * step // 2, top)):
            cv2.line(page, ends[:2], ends[2:], inked(picture), thick, cv2.LINE_AA)
    return np.asarray(page)


def at_night(picture: Array) -> Array:
    """Hardly any light, and the sensor's noise."""
    return as_bytes(0.12 * picture + np.random.default_rng(6).normal(4, 3, picture.shape))


CHANGES: dict[str, Callable[[Array], Array]] = {
    "as_it_is": lambda picture: picture,
    "half": partial(sized, times=0.5),
    "double": partial(sized, times=2),
    "four_times": partial(sized, times=4),
    "light_on_dark": lambda picture: 255 - picture,
    "jpeg_30": partial(coded, quality=30),
    "noise_10": partial(noisy, spread=10),
    "blurred": lambda picture: cv2.GaussianBlur(picture, (0, 0), 1),
    "turned_3": partial(turned, degrees=3),
    "turned_7": partial(turned, degrees=7),
    "turned_-7": partial(turned, degrees=-7),
    "less_contrast": lambda picture: as_bytes(120 + (picture.astype(float) - 128) * 0.3),
    "dark": lambda picture: as_bytes(picture * 0.35),
    "lit": lit,
    "glare": glaring,
    "shadow": shaded,
    "white_page": partial(on_page, colour=255),
    "black_bars": partial(on_page, colour=0),
    "ring": ringed,
    "underline": underlined,
    "black_and_white": in_black_and_white,
    "dithered": dithered,
    "specks": specked,
    "shaken": moved,
    "shown_through": shown_through,
    "waved": waved,
    "aslant": aslant,
    "wider": partial(stretched, wider=1.4),
    "narrower": partial(stretched, wider=0.7),
    "in_squares": in_squares,
    "stained": stained,
    "cut_tightly": cut_tightly,
    "cut_into": cut_into,
    "bordered": bordered,
    "bold": partial(thicker, by=2),
    "fine": partial(thicker, by=-1),
    "jpeg_10": partial(coded, quality=10),
    "ruled": ruled,
    "taped": taped,
    "punched": punched,
    "black_edges": with_black_edges,
    "streaks": lambda picture: streaked(picture, 4, max(2, picture.shape[1] // 120)),
    "missing_lines": with_missing_lines,
    "chalk": in_chalk,
    "stamped": stamped,
    "struck_out": with_something_struck_out,
    "noise_30": partial(noisy, spread=30),
    "night": at_night,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, nargs="+", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=list(CHANGES), choices=list(CHANGES))
    arguments = parser.parse_args()
    reader = Reader()
    examples = {
        path.name: [
            (as_bytes(255 * in_colour(open_picture(file))), digits_of(text))
            for file, text in folder(path)[:: arguments.every]
        ]
        for path in arguments.folder
    }
    print("| change | " + " | ".join(examples) + " |")
    print("|---|" + "---|" * len(examples))
    for name in arguments.only:
        right = [
            sum(digits_of(reader.read(CHANGES[name](picture)).text) == text for picture, text in of)
            for of in examples.values()
        ]
        shown = [f"{a} of {len(b)}" for a, b in zip(right, examples.values(), strict=True)]
        print(f"| {name} | " + " | ".join(shown) + " |", flush=True)


def in_colour(picture: Array) -> Array:
    return np.stack([picture] * 3, axis=2) if picture.ndim == 2 else picture


if __name__ == "__main__":
    main()

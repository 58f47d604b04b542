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

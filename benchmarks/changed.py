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

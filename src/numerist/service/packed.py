"""MNIST in few bytes, for learning in the web page: four greys, each coded by its neighbours.

A digit takes about 30 bytes so, where zlib needs 52. Little-endian, one after the other:

    uint32 (2, 10)      digits of each class: to learn from, then held out; sorted by class
    uint16 (256, 4)     shares of the greys in 2¹⁴, for each context: the greys of the pixels to
                        the left, above, above to the left and above to the right, base 4
    uint32 (lanes,)     the state that each lane begins with; a lane is 30 digits, the last one
                        filled up with blank ones
    uint16 (…)          words that the states are filled up with

The coder is rANS, a range asymmetric numeral system (J. Duda, arXiv 1311.2540); the lanes take
turns pixel by pixel, so that NumPy codes one pixel of all of them at once. `web/unpack.js` decodes.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.data.fetch import fetch, find_in_folder
from numerist.data.idx import read_idx
from numerist.data.mnist import VALIDATION_SIZE

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

GREYS = 4
LANE = 30
"""Digits that are coded one after the other."""
_BITS = 14  # of shares
_WORD = 16  # bits that a state is filled up with; it is kept in 32 bits
_SAMPLE = (5000, 1000)  # digits to learn from, digits held out
_ALL = (50_000, VALIDATION_SIZE)
_GREY_OF = np.rint(np.arange(256) * (GREYS - 1) / 255).astype(np.uint8)


def sample() -> bytes:
    """Return what is put into the page: the first 5,000 digits to learn from, 1,000 held out.

    Those held out are of the validation images; the test images judge elsewhere.

    Raises:
        DataError: MNIST is not at hand. It is not fetched for this.
    """
    return _packed_mnist(*_SAMPLE)


def everything() -> bytes:
    """Return the 50,000 digits to learn from and the 10,000 of validation.

    Raises:
        DataError: as `sample`.
    """
    return _packed_mnist(*_ALL)


@functools.lru_cache(maxsize=2)  # errors are not kept
def _packed_mnist(training: int, held_out: int) -> bytes:
    folder = os.environ.get("NUMERIST_DATA")
    files = find_in_folder(Path(folder)) if folder else fetch(try_sources=[], report=_nothing)
    images = read_idx(files["train-images-idx3-ubyte"])
    labels = read_idx(files["train-labels-idx1-ubyte"])
    validation = len(images) - VALIDATION_SIZE
    chosen = np.r_[0:training, validation : validation + held_out]
    return pack(images[chosen], labels[chosen], training)


def _nothing(_: str) -> None:
    """Say nothing of what is missing; the error does."""


def pack(images: Array, labels: Array, training: int) -> bytes:
    """Return digits in few bytes, as the module's head describes.

    Args:
        images: uint8 (n, 28, 28), paper 0 and ink 255.
        labels: (n,), 0 to 9.
        training: how many are to learn from; the others are held out.
    """
    first, rest = labels[:training], labels[training:]
    order = np.r_[np.argsort(first, kind="stable"), training + np.argsort(rest, kind="stable")]
    counts = np.concatenate([np.bincount(part, minlength=10) for part in (first, rest)])
    greys = np.zeros((-(-len(images) // LANE) * LANE, *images.shape[1:]), np.uint8)
    greys[: len(images)] = _GREY_OF[images[order]]
    contexts = _contexts(greys)
    shares = _shares(contexts, greys)
    states, words = _encoded(_in_lanes(greys), _in_lanes(contexts), shares)
    parts = [counts.astype("<u4"), shares.astype("<u2"), states.astype("<u4"), words.astype("<u2")]
    return b"".join(part.tobytes() for part in parts)


def _contexts(greys: Array) -> Array:
    """Return the context of each pixel, uint8; beyond the edges there is paper."""
    padded = np.pad(greys, ((0, 0), (1, 0), (1, 1)))
    contexts: Array = padded[:, 1:, :-2].copy()  # to the left
    for shift in (1, 0, 2):  # above, to the left of that, to the right of that
        contexts *= np.uint8(GREYS)
        contexts += padded[:, :-1, shift : shift + greys.shape[2]]
    return contexts


def _shares(contexts: Array, greys: Array) -> Array:
    """Return how often each grey follows each context, (256, 4) in 2**_BITS, none of them 0."""
    counts = np.zeros(GREYS**5, np.int64)
    for context, grey in zip(contexts, greys, strict=True):  # little at once: counting needs int64
        pairs = context.astype(np.int64) * GREYS + grey
        counts += np.bincount(pairs.reshape(-1), minlength=GREYS**5)
    table = counts.reshape(-1, GREYS)
    total = np.maximum(table.sum(axis=1, keepdims=True), 1)
    shares: Array = 1 + table * ((1 << _BITS) - GREYS) // total
    shares[np.arange(len(shares)), shares.argmax(axis=1)] += (1 << _BITS) - shares.sum(axis=1)
    return shares


def _in_lanes(pixels: Array) -> Array:
    """Return the pixels of each lane in a column, (pixels of a lane, lanes)."""
    return np.ascontiguousarray(pixels.reshape(-1, LANE * pixels[0].size).T)


def _encoded(greys: Array, contexts: Array, shares: Array) -> tuple[Array, Array]:
    """Return the states that decoding begins with, and the words, by coding backwards."""
    below = np.cumsum(shares, axis=1) - shares  # shares of the lighter greys
    states = np.full(greys.shape[1], 1 << _WORD, np.uint64)
    words = []
    for grey, context in zip(greys[::-1], contexts[::-1], strict=True):
        share = shares[context, grey].astype(np.uint64)
        full = states >= share << np.uint64(32 - _BITS)
        words.append((states[full] & np.uint64(0xFFFF))[::-1])
        states[full] >>= np.uint64(_WORD)
        states = ((states // share) << np.uint64(_BITS)) + states % share
        states += below[context, grey].astype(np.uint64)
    return states, np.concatenate(words)[::-1]

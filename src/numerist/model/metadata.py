"""What a model file says of itself."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numerist.errors import DamagedModelError, InputError, NewerModelError, NotAModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = 1
"""Rises when an older numerist could misread the file."""

NORMALISERS = ("mnist", "1", "2", "3")
"""What may have made a network's images; the last is `numerist.image.NORMALISER_VERSION`."""

_PREFIX = "numerist."
_VERSION = re.compile(r"[1-9][0-9]*")
_VERSION_KEY = "numerist.format"
_DIGEST_KEY = "numerist.digest"
_LATER = {"strangers"}  # fields that files of the same format from before lack


@dataclass(frozen=True)
class Metadata:
    """The metadata of a model file; each field is a key ``numerist.FIELD`` with a JSON value.

    Attributes:
        classes: the name of each output, in order.
        input_shape: of one image, (28, 28) for digits.
        network: for the chapter's networks: sizes, activation, output, cost, border.
        layers: for other networks: the kind of each layer and what belongs to it, in order.
        normaliser: what made the network's images: "mnist" stands for MNIST's makers.
        training_data: name, number of examples, and SHA-256 of each file.
        accuracy: for each set of images by name, {"right": …, "total": …}.
        rejection: thresholds for refusing to answer; empty: the model always answers.
        strangers: {"known": from which on an image passes for one of the classes, "accepted": the
            share of validation images that do}; empty: not known, as of files from before it.
        licence: of the model and of what it learned from.
        made_by: how to make it again.
    """

    classes: list[str]
    input_shape: list[int]
    network: dict[str, Any] = field(default_factory=dict)
    layers: list[dict[str, Any]] = field(default_factory=list)
    normaliser: str = "mnist"
    training_data: dict[str, Any] = field(default_factory=dict)
    accuracy: dict[str, dict[str, int]] = field(default_factory=dict)
    rejection: list[dict[str, float]] = field(default_factory=list)
    strangers: dict[str, float] = field(default_factory=dict)
    licence: str = "unknown"
    made_by: str = "numerist"

    def to_props(self, digest: str) -> dict[str, str]:
        """Return the key-value pairs that stand in the file.

        Raises:
            InputError: a field is not of its type, or can't be JSON.
        """
        wrong = self._wrong_type()
        if wrong:
            raise InputError("metadata of a model", wrong, "something else", "Look at the field.")
        fields = {
            f"{_PREFIX}{key}": _json(value) for key, value in dataclasses.asdict(self).items()
        }
        return {_VERSION_KEY: str(FORMAT_VERSION), **fields, _DIGEST_KEY: digest}

    @classmethod
    def from_props(cls, props: Mapping[str, str], place: str) -> tuple[Metadata, str]:
        """Return the metadata and the digest from a file's key-value pairs.

        Raises:
            NotAModelError: there is no format version: someone else's ONNX file.
            NewerModelError: the version is above `FORMAT_VERSION`, or that of the normaliser is
                above the last of `NORMALISERS`.
            DamagedModelError: a field is missing or is not JSON of its type.
        """
        if _VERSION_KEY not in props:
            raise NotAModelError(
                place,
                "an ONNX file written by numerist",
                f"an ONNX file without the metadata {_VERSION_KEY}",
                "Only models that numerist trained or exported can be used here.",
            )
        version = _loads(props[_VERSION_KEY], place)
        if type(version) is not int or version < 1:
            raise _damaged(place, f"a format version, not {props[_VERSION_KEY]!r:.40}")
        if version > FORMAT_VERSION:
            raise _newer(place, f"model format {FORMAT_VERSION}", f"format {version}")
        values = {}
        for item in dataclasses.fields(cls):
            key = f"{_PREFIX}{item.name}"
            if key not in props and item.name in _LATER:
                continue
            if key not in props:
                raise _damaged(place, f"metadata {key}")
            values[item.name] = _loads(props[key], place)
        made, last = values["normaliser"], NORMALISERS[-1]
        if isinstance(made, str) and made not in NORMALISERS and _VERSION.fullmatch(made):
            raise _newer(place, f"normaliser {last}", f"normaliser {made:.40}")
        metadata = cls(**values)
        wrong = metadata._wrong_type()
        if wrong:
            raise _damaged(place, wrong)
        return metadata, props.get(_DIGEST_KEY, "")

    def _wrong_type(self) -> str | None:
        """Return what was expected of the first field that is not of its type; None if all are."""
        wanted = {"dict": dict, "list": list, "str": str}
        for item in dataclasses.fields(self):
            kind = wanted[str(item.type).split("[")[0]]
            if not isinstance(getattr(self, item.name), kind):
                return f"metadata {_PREFIX}{item.name} of type {kind.__name__}"
        names = self.classes and all(isinstance(name, str) for name in self.classes)
        sizes = self.input_shape and all(type(n) is int and n > 0 for n in self.input_shape)
        shares = self.strangers.values()
        fits = {
            "named classes and a shape of positive numbers": names and sizes,
            f"metadata {_PREFIX}normaliser of {' or '.join(NORMALISERS)}": (
                self.normaliser in NORMALISERS
            ),
            f"metadata {_PREFIX}strangers of numbers from 0 to 1": all(
                type(share) in {int, float} and 0 <= share <= 1 for share in shares
            ),
            f"metadata {_PREFIX}rejection with numbers max_error and threshold": all(
                map(_is_promise, self.rejection)
            ),
            f"metadata {_PREFIX}network with a number for border": (
                not self.network or _is_finite(self.network.get("border"))
            ),
        }
        return next((expected for expected, fit in fits.items() if not fit), None)


def _is_promise(entry: Any) -> bool:
    """Return whether `entry` is one of `Metadata.rejection`."""
    numbers = isinstance(entry, dict) and all(map(_is_finite, entry.values()))
    return numbers and {"max_error", "threshold"} <= entry.keys()


def _is_finite(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= sys.float_info.max


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            "metadata of a model", "what JSON can hold", repr(value)[:60], f"JSON says: {error}."
        ) from error


def _loads(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _damaged(place, "metadata in JSON") from error


def _newer(place: str, known: str, found: str) -> NewerModelError:
    return NewerModelError(
        place, f"{known} or older", found, "Update numerist: pip install --upgrade numerist."
    )


def _damaged(place: str, expected: str) -> DamagedModelError:
    return DamagedModelError(
        place, expected, "something else", "Copy the file again, or train the model again."
    )

from __future__ import annotations

import inspect
import pickle
import re
from typing import Any

from numerist import errors


def _classes() -> dict[str, type[BaseException]]:
    return {
        name: thing
        for name, thing in inspect.getmembers(errors, inspect.isclass)
        if thing.__module__ == "numerist.errors" and issubclass(thing, BaseException)
    }


def test_the_tree_at_the_top_of_the_file_is_the_tree_of_classes() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^    ([│├└─ ]*)(\w+Error)\b", line)
        if match:
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "Exception"
    real = {name: thing.__mro__[1].__name__ for name, thing in _classes().items()}
    assert drawn == real


def test_every_error_is_a_numerist_error_and_carries_four_parts() -> None:
    for name, thing in _classes().items():
        assert issubclass(thing, errors.NumeristError), name
        more = ([("mirror", "gone")],) if name == "MnistUnavailableError" else ()
        error = thing("here", "a thing", "another", "Do this.", *more)
        assert (error.place, error.expected, error.found, error.cure) == (
            "here",
            "a thing",
            "another",
            "Do this.",
        )
        for part in ("here", "a thing", "another", "Do this."):
            assert part in str(error)


def test_wrong_arguments_are_value_errors_too() -> None:
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.WriteError, OSError)


def test_every_error_comes_through_a_pipe() -> None:
    kinds: list[Any] = [errors.NumeristError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    for kind in kinds:
        words = ("place", "this", "that", "Cure it.")
        more = ([("here", "gone")],) if kind is errors.MnistUnavailableError else ()
        error = kind(*words, *more)
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own)
        assert type(again) is kind
        assert str(again) == str(error)
        assert (again.place, again.cure) == ("place", "Cure it.")

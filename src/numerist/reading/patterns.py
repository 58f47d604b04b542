"""What a number may look like: automata over digits and separators.

A decoder walks a lattice and an automaton at once, so that only what fits is ever a reading.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

from numerist.checks import whole
from numerist.errors import InputError

DIGITS = "0123456789"
SEPARATORS = "-.,/:"
SPACE = " "
_USUAL = "-.,:"
_LONGEST = 200  # characters of a pattern
_MOST_REPEATS = 100
_MOST_STATES = 2000
_MOST_OUTER, _ANY = (
    20,
    10,
)  # repetitions of a group in which others are; any number counts as so many
_READ = rf"[{DIGITS}{re.escape(SEPARATORS)}{SPACE}]*"  # what any pattern is narrowed to
_NAMED = 3  # characters that are never read
MOST_DIGITS = 100


@dataclass(frozen=True)
class Automaton:
    """A deterministic automaton; it begins in state 0.

    Attributes:
        steps: for each state, where each character leads; what is not there leads nowhere.
        ends: the states in which a text may end.
    """

    steps: tuple[dict[str, int], ...]
    ends: frozenset[int]

    @functools.cached_property
    def characters(self) -> frozenset[str]:
        """All characters that lead somewhere."""
        return frozenset(character for step in self.steps for character in step)

    def accepts(self, text: str) -> bool:
        """Tell whether a text may be read.

        >>> of_length(2).accepts("42"), of_length(2).accepts("4-2"), of_length(2).accepts("421")
        (True, False, False)
        """
        state = 0
        for character in text:
            after = self.steps[state].get(character)
            if after is None:
                return False
            state = after
        return state in self.ends


def digits_of(text: str) -> str:
    """Return a text without its separators.

    >>> digits_of("1-2.3")
    '123'
    """
    return "".join(character for character in text if character in DIGITS)


@functools.cache
def any_number() -> Automaton:
    """Return the automaton of digits with a point, comma, dash or colon between, or of nothing.

    A slash looks like a one: it is read where a pattern has it, and in dates, which are looked for
    in what is found by this.

    >>> [any_number().accepts(text) for text in ("7", "1-2.3", "-7", "7.", "1--2", "1/2", "")]
    [True, True, False, False, False, False, True]
    """
    digit = dict.fromkeys(DIGITS, 1)
    return Automaton((digit, digit | dict.fromkeys(_USUAL, 2), digit), frozenset({0, 1}))


def of_length(length: int) -> Automaton:
    """Return the automaton of so many digits and nothing between them.

    Raises:
        InputError: not a whole number from 1 to `MOST_DIGITS`.
    """
    if whole("length", length, least=1) > MOST_DIGITS:
        raise InputError("length", f"at most {MOST_DIGITS} digits", str(length), "Try 6.")
    steps = [dict.fromkeys(DIGITS, state + 1) for state in range(length)]
    return Automaton((*steps, {}), frozenset({length}))


def of_pattern(pattern: str) -> Automaton:
    r"""Return the automaton of a regular expression over digits, separators and space.

    Args:
        pattern: as Python's `re` has them, without look-around, back references and anchors; it has
            to fit the whole number, with ^ and $ around it or without.

    Raises:
        InputError: not such an expression; one that is too long or too large; one that no number
            fits, as it asks for other characters, or no digit is in.

    >>> zip_code = of_pattern(r"\d{5}(-\d{4})?")
    >>> zip_code.accepts("12345-6789"), zip_code.accepts("12345-67")
    (True, False)
    """
    import interegular  # noqa: PLC0415

    if not isinstance(pattern, str):
        raise InputError(
            "pattern", "a regular expression as text", type(pattern).__name__,
            r"For a postal code: '\d{5}(-\d{4})?'.",
        )  # fmt: skip
    _refuse_large(pattern)
    if re.search(r"\(\?<?[=!]", pattern):
        raise _unfit(pattern, "one that looks around")
    try:
        whole: Any = interegular.parse_pattern(_without_anchors(pattern)).to_fsm()
        whole = whole.reduce()
        machine = whole & interegular.parse_pattern(_READ).to_fsm()
    except Exception as error:  # the library raises several of its own, and IndexError
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unfit(pattern, f"one that can't be used ({reason})") from error
    if len(machine.states) > _MOST_STATES:
        raise _unfit(pattern, f"one of {len(machine.states)} states")
    live = {state for state in machine.states if machine.islive(state)}
    if machine.initial not in live:
        if foreign := _foreign(whole):
            raise _unfit(
                pattern, f"one that needs {foreign}, which is never read",
                "Leave it out: a sign or a word beside a number is none of it.",
            )  # fmt: skip
        raise _unfit(pattern, "one that nothing fits")
    order = [machine.initial, *sorted(live - {machine.initial})]
    number = {state: k for k, state in enumerate(order)}
    steps = []
    for state in order:
        after = machine.map.get(state, {})
        leads = {
            character: after.get(machine.alphabet[character])
            for character in DIGITS + SEPARATORS + SPACE
        }
        steps.append({c: number[to] for c, to in leads.items() if to in live})
    result = Automaton(
        tuple(steps), frozenset(number[end] for end in machine.finals if end in live)
    )
    if not result.characters & set(DIGITS):
        raise _unfit(pattern, "one without digits")
    return result


def _without_anchors(pattern: str) -> str:
    r"""Return a pattern without ^ at its beginning and $ at its end: it fits the whole anyway.

    >>> _without_anchors(r"^\d+$"), _without_anchors(r"\d\$")
    ('\\d+', '\\d\\$')
    """
    inside = pattern.removeprefix("^")
    end = re.search(r"(\\*)\$$", inside)
    return inside[:-1] if end and len(end[1]) % 2 == 0 else inside


def _foreign(machine: Any) -> str:
    """Return the first characters that lead on where none that is read does, as "'€' or '$'".

    Args:
        machine: interegular's automaton, which nothing fits that is read.
    """
    read = {machine.alphabet[character] for character in DIGITS + SEPARATORS + SPACE}
    reached: set[int] = set()
    waiting = [machine.initial]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += [to for key, to in machine.map.get(state, {}).items() if key in read]
    on = {
        key
        for state in reached
        for key, to in machine.map.get(state, {}).items()
        if key not in read and machine.islive(to)
    }
    names = [repr(c) for c, key in machine.alphabet.items() if key in on and isinstance(c, str)]
    return " or ".join(sorted(names)[:_NAMED])


def _refuse_large(pattern: str) -> None:
    """Raise `InputError` for patterns whose automaton could be enormous."""
    if not pattern or len(pattern) > _LONGEST:
        raise _unfit(pattern[:20], f"one of {len(pattern)} characters")
    for count in re.findall(r"\d+", " ".join(re.findall(r"\{([^}]*)\}", pattern))):
        if len(count) > 3 or int(count) > _MOST_REPEATS:  # noqa: PLR2004
            raise _unfit(pattern, f"{count} repetitions")
    counts = re.findall(r"(\d+)\}", pattern)
    if math.prod(map(int, counts)) > _MOST_STATES:
        raise _unfit(pattern, "repetitions of many repetitions")
    groups = [int(count) for count in re.findall(r"\)\{(?:\d*,)?(\d+)\}", pattern)]
    inside = pattern[: pattern.rfind("){")]
    within = [int(count or _ANY) for count in re.findall(r"\{\d*,(\d*)\}|[+*]", inside)]
    if groups and within:
        most = max(groups)
        if most > _MOST_OUTER or most * max(within) > _MOST_REPEATS:
            raise _unfit(pattern, "repetitions of others of many lengths")
    nested = len(re.findall(r"[)\]}*+?]\s*[{*+]", pattern))
    if nested > 6:  # noqa: PLR2004
        raise _unfit(pattern, "many repetitions within repetitions")


def _unfit(
    pattern: str, found: str, cure: str = r"For a postal code: '\d{5}(-\d{4})?'."
) -> InputError:
    return InputError(
        "pattern", f"a regular expression over digits, space and {SEPARATORS!r}, up to {_LONGEST}"
        f" characters and {_MOST_REPEATS} repetitions", f"{found}: {pattern!r}", cure,
    )  # fmt: skip

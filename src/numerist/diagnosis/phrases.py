"""How evidence is put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numerist.diagnosis.record import Record, Snapshot


def reached(last: Snapshot) -> str:
    """Say how well the network does."""
    return f"{last.validation_accuracy:.1%} of the validation images are right"


def saturated_at_start(record: Record) -> str:
    """Say how much of each layer was saturated before learning."""
    first = record.snapshots[0]
    *hidden, output = first.saturated
    shares = [f"{share:.0%} of hidden layer {k}" for k, share in enumerate(hidden, start=1)]
    return (
        f"before learning {', '.join([*shares, f'{output:.0%} of the output layer'])} are saturated"
    )


def dead_outputs(record: Record) -> str:
    """Say which outputs are dead; it may stand in mid-sentence."""
    dead = record.snapshots[-1].dead
    if len(dead) == record.sizes[-1]:
        return "no output fires any more"
    if len(dead) == 1:
        return f"output {dead[0]} stays near 0 even for the class it stands for"
    return f"outputs {', '.join(map(str, dead))} stay near 0 even for the classes they stand for"


def sentence(text: str) -> str:
    """Begin a sentence with a phrase."""
    return text[:1].upper() + text[1:]


def epochs(number: int) -> str:
    """Say a number of epochs."""
    return count(number, "epoch")


def count(number: int, what: str) -> str:
    """Say how many there are of what has an ordinary plural."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def other_rate(record: Record, factor: float) -> str:
    """Say which rate to try: the present one times a factor, 10 or 0.1 if it was not told."""
    if record.eta is None:
        return "a rate ten times as high" if factor > 1 else "a tenth of the rate"
    return f"η = {record.eta * factor:.3g} instead of {record.eta:g}"

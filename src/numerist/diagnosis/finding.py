"""What is found: a likely cause, the evidence, what to try."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """What may be wrong with a training run."""

    INPUTS = "inputs not scaled to 0…1"
    LABELS = "labels do not fit the images"
    OTHER_IMAGES = "training and validation images differ"
    INITIALISATION = "initialisation"
    RATE_TOO_HIGH = "learning rate too high"
    RATE_TOO_LOW = "learning rate too low"
    TOO_FEW_STEPS = "mini-batch too large"
    DEAD_OUTPUTS = "outputs that died"
    TOO_LITTLE_DATA = "too little data"
    TOO_FEW_EPOCHS = "too few epochs"
    ARCHITECTURE = "architecture"


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely cause, why it is believed, and what to do about it.

    >>> print(Finding(Cause.TOO_FEW_EPOCHS, "The cost is falling.", "Go on."))
    Likely cause: too few epochs. The cost is falling. Try: Go on.
    """

    cause: Cause
    evidence: str
    cure: str

    def __str__(self) -> str:
        return f"Likely cause: {self.cause}. {self.evidence} Try: {self.cure}"

"""How sure a model may be: calibration, and the threshold that keeps a promise.

Calibration multiplies the logits by one number, so that of all answers given with probability p a
share p is right (temperature scaling: C. Guo and others, "On calibration of modern neural
networks", 2017; the number is one over their temperature). A threshold on the confidence keeps a
promise: among the answers above it at most a given share is wrong. Both are found on images that
the model has not learned from, and that do not judge it either.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[Any]

_SURE = 0.9
"""How probable it should be that a threshold keeps its promise on other images of the kind."""
BEARABLE = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
"""The error shares for which a model file carries thresholds."""
ACCEPTED = 0.995
"""The share of the validation images that pass for one of the classes, of a model that can tell."""


def sharpness(logits: Array, labels: Array) -> float:
    """Return the number by which to multiply logits: the one that makes the labels most probable.

    Args:
        logits: (n, classes).
        labels: int (n,).

    Returns:
        A number from 0.05 to 20. The log-likelihood is concave in it, so a search by golden
        section finds it.

    >>> sharpness(np.array([[3.0, 0.0]] * 4), np.array([0, 0, 0, 1]))  # wrong once in four
    0.366
    """

    def loss(factor: float) -> float:
        scaled = logits * factor
        highest = scaled.max(axis=1, keepdims=True)
        normaliser = np.log(np.exp(scaled - highest).sum(axis=1)) + highest[:, 0]
        return float((normaliser - scaled[np.arange(len(labels)), labels]).mean())

    golden = (math.sqrt(5) - 1) / 2
    low, high = 0.05, 20.0
    while high - low > 1e-4:  # noqa: PLR2004
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return round((low + high) / 2, 3)


def thresholds(
    confidence: Array, right: Array, bearable: Sequence[float] = BEARABLE
) -> list[dict[str, float]]:
    """Return for each bearable error share the confidence from which to answer.

    It is the lowest from which on the errors are so few that the promise is kept on other images of
    the kind with a probability of 0.9 (the upper confidence limit of C. Clopper and E. Pearson,
    1934, in its Poisson form). A share that no threshold keeps is left out.

    Args:
        confidence: float (n,), of each answer.
        right: bool (n,), whether it was right.
        bearable: error shares, each above 0.

    Returns:
        For each, {"max_error": …, "threshold": …, "answered": share of the images}.
    """
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    wrong = np.cumsum(~right[order])
    answered = np.arange(1, len(order) + 1)
    whole = np.append(sorted_confidence[1:] < sorted_confidence[:-1], [True])  # none is split
    many = int(max(bearable) * len(order)) + 1  # so many errors keep no promise
    limits = np.array([*map(_most, range(min(many, int(wrong[-1])) + 1)), math.inf])
    limits = limits[np.minimum(wrong, len(limits) - 1)]
    found = []
    for share in bearable:
        kept = np.flatnonzero(whole & (limits <= share * answered))
        if len(kept):
            last = int(kept[-1])
            found.append({
                "max_error": share,
                "threshold": float(np.float32(sorted_confidence[last])),
                "answered": (last + 1) / len(order),
            })  # fmt: skip
    return found


def border(known: Array, accepted: float = ACCEPTED) -> dict[str, float]:
    """Return from which value on an image passes for one of the classes.

    How sure a model is *which* class it is has no part in it: a four that may be a nine is a digit.

    Args:
        known: float (n,), how probably each image shows one of the classes, by the model; each
            does. n is at least 1.
        accepted: which share of them is to pass, at least.

    Returns:
        {"known": the value, "accepted": the share that passes}.

    >>> border(np.array([0.5, 0.9, 0.7, 0.8]), 0.75)
    {'known': 0.7, 'accepted': 0.75}
    """
    value = float(np.sort(known)[math.floor((1 - accepted) * len(known) + 1e-9)])
    return {"known": value, "accepted": float((known >= value).mean())}


def curve(confidence: Array, right: Array) -> tuple[Array, Array]:
    """Return the share answered and the share wrong among the answers, for each threshold.

    Args:
        confidence: float (n,).
        right: bool (n,).

    Returns:
        (answered, wrong), each (n,), from the surest answer to all of them.
    """
    order = np.argsort(-confidence, kind="stable")
    count = np.arange(1, len(order) + 1)
    return count / len(order), np.cumsum(~right[order]) / count


def reliability(confidence: Array, right: Array, bins: int = 10) -> list[dict[str, float]]:
    """Return what the confidence promised and what came true, in bins of equally many answers.

    Returns:
        For each bin {"confidence": mean, "right": share, "count": …}, the least sure first.
    """
    order = np.argsort(confidence, kind="stable")
    return [
        {
            "confidence": float(confidence[part].mean()),
            "right": float(right[part].mean()),
            "count": len(part),
        }
        for part in np.array_split(order, bins)
        if len(part)
    ]


def calibration_error(confidence: Array, right: Array, bins: int = 10) -> float:
    """Return the mean distance between confidence and share right, over `reliability`'s bins."""
    table = reliability(confidence, right, bins)
    total = sum(row["count"] for row in table)
    return sum(abs(row["confidence"] - row["right"]) * row["count"] for row in table) / total


def _most(errors: int) -> float:
    """Return the mean number of errors below which so few would be seen only one time in ten.

    The mean λ at which a Poisson variable is at most `errors` with probability 1 − 0.9.

    >>> [round(_most(errors), 2) for errors in (0, 1, 5)]
    [2.3, 3.89, 9.27]
    """
    k = np.arange(errors + 1)
    log_factorials = np.concatenate([[0.0], np.cumsum(np.log(k[1:]))])
    low, high = 0.0, 10.0 + 2.0 * errors
    while high - low > 1e-6:  # noqa: PLR2004
        mean = (low + high) / 2
        at_most = np.exp(k * math.log(mean) - mean - log_factorials).sum()
        low, high = (mean, high) if at_most > 1 - _SURE else (low, mean)
    return (low + high) / 2

"""Which hyphens are minus signs, and which are not."""

from __future__ import annotations

import pytest

from numerist.chapter.figures.picture import checked_alt
from numerist.chapter.minus import minus
from numerist.chapter.row import Result


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("-2", "−2"),
        ("from -0.5 to -.25", "from −0.5 to −.25"),
        ("1e-07, 2.5e-5", "1e−07, 2.5e−5"),
        ("(-2, [-3.0], =-4, x+-1)", "(−2, [−3.0], =−4, x+−1)"),
        ("cross-entropy", "cross-entropy"),
        ("784-30-10 and 2013-11", "784-30-10 and 2013-11"),
        ("x-1, w[0]-1, f(x)-1", "x-1, w[0]-1, f(x)-1"),
        ("SHA-256, t10k-images, the-1", "SHA-256, t10k-images, the-1"),
        ("--5", "--5"),
        ("- 5", "- 5"),
    ],
)
def test_only_signs_of_numbers_change(text: str, wanted: str) -> None:
    assert minus(text) == wanted
    assert minus(minus(text)) == wanted


def test_results_and_pictures_have_true_ones() -> None:
    assert Result("It is 1e-05.", True).measured == "It is 1e−05."
    assert checked_alt("From -1 to 1.") == "From −1 to 1."

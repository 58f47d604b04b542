"""The cheese festival: a perceptron that weighs up evidence.

Three questions, each answered 1 or 0: is the weather good, does the partner come along, is there
public transport nearby? The weather weighs 6, the other two 2 each. The threshold decides how
much has to speak for going.

Above 5 there is only the weather: the other two together reach 4.

>>> print(festival_table(threshold=5))
weather partner transport | go
0       0       0         | 0
0       0       1         | 0
0       1       0         | 0
0       1       1         | 0
1       0       0         | 1
1       0       1         | 1
1       1       0         | 1
1       1       1         | 1

A threshold of 3 means more willingness to go: company and transport together, 4, now suffice in
any weather.

>>> print(festival_table(threshold=3))
weather partner transport | go
0       0       0         | 0
0       0       1         | 0
0       1       0         | 0
0       1       1         | 1
1       0       0         | 1
1       0       1         | 1
1       1       0         | 1
1       1       1         | 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numerist.neurons.perceptron import ThresholdPerceptron

if TYPE_CHECKING:
    from numerist.neurons.truth_table import TruthTable

EVIDENCE = {"weather": 6.0, "partner": 2.0, "transport": 2.0}


def festival(threshold: float) -> ThresholdPerceptron:
    """Return the perceptron that decides on the festival, equation (1).

    >>> go = festival(threshold=3)
    >>> go([0, 1, 1])
    1
    """
    return ThresholdPerceptron(list(EVIDENCE.values()), threshold)


def festival_table(threshold: float) -> TruthTable:
    """Return the decisions for all eight combinations of answers.

    >>> festival_table(threshold=5).outputs["go"]
    array([0, 0, 0, 0, 1, 1, 1, 1])
    """
    return festival(threshold).truth_table(names=list(EVIDENCE), output="go")

"""Digits of other hands that anybody has: those that come with scikit-learn.

    python benchmarks/other_hands.py [MODEL]

1,797 digits by 13 people in Turkey, of 8×8 pixels with 17 greys (E. Alpaydin, C. Kaynak, "Optical
recognition of handwritten digits", UCI Machine Learning Repository, 1998). Nothing learned from
them; they go through the normaliser as pictures do, with two pixels of paper around them.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from numerist import load_model


def main() -> None:
    from sklearn.datasets import load_digits

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", help="what comes with numerist if not given")
    arguments = parser.parse_args()
    model = load_model(arguments.model) if arguments.model else load_model()
    digits = load_digits()
    paper = np.rint(255 - digits.images * 255 / 16).astype(np.uint8)
    pictures = [np.pad(picture, 2, constant_values=255) for picture in paper]
    found = model.predict(pictures)
    right = found == digits.target
    print(f"{right.sum()} of {len(right)} right, {right.mean():.2%}")
    wrong = Counter(zip(digits.target[~right].tolist(), found[~right].tolist(), strict=True))
    print(", ".join(f"{truth} as {read}: {count}" for (truth, read), count in wrong.most_common()))


if __name__ == "__main__":
    main()

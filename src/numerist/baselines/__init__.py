"""What a network has to beat: chance, the darkness of an image, support vector machines (E7).

All are scikit-learn classifiers: `fit(X, y)`, `predict(X)`, and `predict_proba(X)` where it makes
sense. X is images, (n, 784) or (n, 28, 28), floats with paper 0.0 and ink 1.0; y is the digit of
each, or any other labels. They raise scikit-learn's own errors. They need scikit-learn, which
comes with the extra `chapter`.
"""

from numerist.errors import NumeristError

try:
    import sklearn  # noqa: F401  (only to say what is missing)
except ModuleNotFoundError:
    raise NumeristError(
        "numerist.baselines",
        "scikit-learn",
        "no package of that name (sklearn)",
        "Install it with: pip install 'numerist[chapter]'",
    ) from None

from numerist.baselines.chance import Chance
from numerist.baselines.darkness import AverageDarkness
from numerist.baselines.svm import SVM, TunedSVM

__all__ = ["SVM", "AverageDarkness", "Chance", "TunedSVM"]

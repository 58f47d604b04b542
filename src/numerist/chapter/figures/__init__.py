"""The chapter's pictures, for one HTML page that is read on paper-white and on dark screens.

Every function takes plain numbers, lists and arrays, and returns a `Picture`. Its alt text is an
argument that can't be left out. The bytes depend on the arguments only, not on the day, the
process, or the settings of Matplotlib on this machine. How a picture suits both backgrounds
stands in `palette`, how Matplotlib's SVG becomes fit for a page in `svg`.

The pictures need Matplotlib, which comes with the extra `chapter`.
"""

from numerist.errors import NumeristError

try:
    import matplotlib as mpl  # noqa: F401  (only to say what is missing)
except ModuleNotFoundError:
    raise NumeristError(
        "numerist.chapter.figures",
        "Matplotlib",
        "no package of that name (matplotlib)",
        "Install it with: pip install 'numerist[chapter]'",
    ) from None

from numerist.chapter.figures.answers import draw_answers
from numerist.chapter.figures.charts import (
    draw_agreement,
    draw_bars,
    draw_error,
    draw_ladder,
    draw_learning_curves,
)
from numerist.chapter.figures.circuits import draw_circuit
from numerist.chapter.figures.confusion import draw_confusion
from numerist.chapter.figures.cuts import draw_cuts
from numerist.chapter.figures.descent import draw_contours, draw_one_variable, draw_valley
from numerist.chapter.figures.digits import draw_digits, draw_evidence, draw_sheet, draw_weights
from numerist.chapter.figures.functions import draw_functions, draw_step
from numerist.chapter.figures.loops import draw_loop
from numerist.chapter.figures.networks import draw_network
from numerist.chapter.figures.picture import Picture
from numerist.chapter.figures.trees import draw_tree

__all__ = [
    "Picture",
    "draw_agreement",
    "draw_answers",
    "draw_bars",
    "draw_circuit",
    "draw_confusion",
    "draw_contours",
    "draw_cuts",
    "draw_digits",
    "draw_error",
    "draw_evidence",
    "draw_functions",
    "draw_ladder",
    "draw_learning_curves",
    "draw_loop",
    "draw_network",
    "draw_one_variable",
    "draw_sheet",
    "draw_step",
    "draw_tree",
    "draw_valley",
    "draw_weights",
]

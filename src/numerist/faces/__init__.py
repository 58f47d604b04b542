"""Row X2: a large question, whether it is a face, answered by networks for small questions.

The chapter breaks the question down until single neurons can answer; here every small question
has a small network, which is trained for it, and all of them are put together into one.

- `questions`: the tree of questions, and where in a picture each is asked;
- `drawing`: `draw_faces`, drawn pictures with all the true answers;
- `subnetworks`: `train_subnetworks`, one network a question;
- `assembly`: `assemble`, one network out of all of them;
- `compare`: `compare`, how it fares beside one network trained end to end.

Drawing needs Pillow; all else needs NumPy only.
"""

from numerist.faces.assembly import Assembled, assemble
from numerist.faces.compare import QUICK, Comparison, Contender, Scale, compare
from numerist.faces.drawing import Faces, draw_faces
from numerist.faces.questions import FACE, NAMES, SIZE, Question, Region
from numerist.faces.scene import Scene, Thing, draw
from numerist.faces.subnetworks import Plan, learn, train_subnetworks

__all__ = [
    "FACE",
    "NAMES",
    "QUICK",
    "SIZE",
    "Assembled",
    "Comparison",
    "Contender",
    "Faces",
    "Plan",
    "Question",
    "Region",
    "Scale",
    "Scene",
    "Thing",
    "assemble",
    "compare",
    "draw",
    "draw_faces",
    "learn",
    "train_subnetworks",
]

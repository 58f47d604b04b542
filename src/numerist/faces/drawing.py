"""Drawn faces and things that are none, with the true answer to all twelve questions.

About half of the pictures are faces. Of those, half have all five parts, and half lack one. What
is no face has three parts at most; often exactly three, so that no single part decides. Where a
part is missing, there may be nothing, a part that belongs elsewhere (so that two are swapped, or
one is displaced), a single piece of an eye, an eye upside down, or a shape of no meaning. Either
may have glasses, a beard, clutter and noise; heads also stand around what is no face.

The pictures are made here, by the project, and nowhere kept: the seed is all that is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.checks import choice, generator, whole
from numerist.errors import InputError, ShapeError
from numerist.faces.parts import PIECES
from numerist.faces.questions import FACE, NAMES, SIZE
from numerist.faces.scene import Scene, Thing, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_FIVE = tuple(part.name for part in FACE.parts)
_SIDE_PLACES = ("forehead", "left cheek", "right cheek")
_PARTS_OF_A_FACE = ((5, 4), (0.5, 0.5))  # how many of the five, and how often
_PARTS_OF_NO_FACE = ((3, 2, 1, 0), (0.45, 0.25, 0.15, 0.15))


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Pictures and the true answers, in the same order.

    Attributes:
        images: float32 (n, 40, 40), paper 0.0, ink 1.0.
        answers: bool (n, 12), one column for each of `NAMES`: face, left eye, left brow, left
            lashes, left iris, the same for the right eye, nose, mouth, hair.

    Raises:
        ShapeError: other shapes.

    >>> faces = draw_faces(4, seed=0)
    >>> len(faces), faces[:2].images.shape, faces.answer("nose").shape
    (4, (2, 40, 40), (4,))
    """

    images: npt.NDArray[np.float32]
    answers: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        wanted = (len(self.images), SIZE, SIZE), (len(self.images), len(NAMES))
        if (self.images.shape, self.answers.shape) != wanted:
            raise ShapeError(
                "faces",
                f"images (n, {SIZE}, {SIZE}) and answers (n, {len(NAMES)})",
                f"{self.images.shape} and {self.answers.shape}",
                "Give one row of answers for each image.",
            )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: slice | npt.NDArray[Any]) -> Faces:
        """Return the pictures in a slice, or at an array of indices."""
        if not isinstance(rows, slice | np.ndarray):
            raise InputError(
                "faces [ … ]",
                "a slice or an array of indices",
                repr(rows),
                "For one picture write .images[i] and .answers[i].",
            )
        return Faces(self.images[rows], self.answers[rows])

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """The pictures flattened, float32 (n, 1600)."""
        return self.images.reshape(len(self), -1)

    def answer(self, name: str) -> npt.NDArray[np.bool_]:
        """Return the true answers to one question, bool (n,).

        Raises:
            InputError: there is no question of that name.
        """
        column = choice("question", name, {known: k for k, known in enumerate(NAMES)})
        return self.answers[:, column]


def draw_faces(n: int, seed: int | Sequence[int] | np.random.Generator) -> Faces:
    """Draw n pictures; about half of them are faces.

    Args:
        n: how many, at least 1.
        seed: the same seed gives the same pictures; more of them begin with the same ones.

    Raises:
        InputError: n is not a whole number of at least 1, or the seed makes no sense.

    >>> faces = draw_faces(200, seed=0)
    >>> bool(0.4 < faces.answer("face").mean() < 0.6)
    True
    """
    rng = generator(seed)
    images = np.empty((whole("n", n, least=1), SIZE, SIZE), np.float32)
    answers = np.empty((n, len(NAMES)), np.bool_)
    for row in range(n):
        scene = random_scene(rng)
        images[row] = draw(scene, rng)
        answers[row] = list(scene.answers.values())
    return Faces(images, answers)


def random_scene(rng: np.random.Generator) -> Scene:
    """Return what one random picture shows: a face or not, with equal chances.

    >>> random_scene(np.random.default_rng(0)).head
    True
    """
    counts, shares = _PARTS_OF_A_FACE if rng.random() < 0.5 else _PARTS_OF_NO_FACE  # noqa: PLR2004
    right = set(rng.permutation(_FIVE)[: rng.choice(counts, p=shares)].tolist())
    things: dict[str, Thing] = {}
    for name in _FIVE:
        thing = _in_place(name, rng) if name in right else _in_its_stead(name, rng)
        if thing is not None:
            things[name] = thing
        if name not in right and name != "hair" and rng.random() < 0.25:  # noqa: PLR2004
            kind = "eye" if name.endswith("eye") else name
            things[str(rng.choice(_SIDE_PLACES))] = Thing(kind)
    return Scene(
        things,
        head=bool(right) or rng.random() < 0.5,  # noqa: PLR2004
        glasses=rng.random() < 0.2,  # noqa: PLR2004
        beard=rng.random() < 0.12,  # noqa: PLR2004
        clutter=int(rng.integers(0, 6)) + (0 if right else 4),
    )


def _in_place(name: str, rng: np.random.Generator) -> Thing:
    """Return a part where it belongs; of an eye, one of the three pieces may be hidden."""
    if not name.endswith("eye"):
        return Thing(name)
    if rng.random() < 0.55:  # noqa: PLR2004
        return Thing("eye")
    hidden = rng.integers(len(PIECES))
    return Thing("eye", tuple(piece for k, piece in enumerate(PIECES) if k != hidden))


def _in_its_stead(name: str, rng: np.random.Generator) -> Thing | None:
    """Return what stands where a part is missing: often nothing."""
    if name == "hair":
        return Thing("hat") if rng.random() < 0.3 else None  # noqa: PLR2004
    others = [kind for kind in ("eye", "nose", "mouth") if not name.endswith(kind)]
    things: list[Thing | None] = [None, Thing(str(rng.choice(others))), Thing("stranger")]
    if name.endswith("eye"):
        things += [Thing("eye", (str(rng.choice(PIECES)),)), Thing("eye upside down")]
        return things[rng.choice(5, p=(0.15, 0.25, 0.2, 0.2, 0.2))]
    return things[rng.choice(3, p=(0.25, 0.45, 0.3))]

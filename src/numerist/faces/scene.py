"""What stands where in a picture, which of the twelve questions it answers, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.errors import InputError
from numerist.faces import parts
from numerist.faces.pencil import Pencil
from numerist.faces.questions import FACE, SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from numerist.faces.questions import Question

PLACES = {  # from the middle of the head, in pixels: x right, y down
    "left eye": (-5.5, -3.5),
    "right eye": (5.5, -3.5),
    "nose": (0.0, 2.5),
    "mouth": (0.0, 9.2),
    "hair": (0.0, 0.0),  # drawn around the whole head
    "forehead": (0.0, -9.0),
    "left cheek": (-8.5, 4.5),
    "right cheek": (8.5, 4.5),
}
KINDS = ("eye", "eye upside down", "nose", "mouth", "hair", "hat", "stranger")
_ON_TOP = ("hair", "hat")


class Thing(NamedTuple):
    """What stands at a place.

    Attributes:
        kind: one of `KINDS`.
        pieces: for an eye, which of brow, lashes and iris it has.
    """

    kind: str
    pieces: tuple[str, ...] = parts.PIECES


@dataclass(frozen=True)
class Scene:
    """What stands where; the truth of every answer follows from it, nothing is labelled by hand.

    Args:
        things: for a name in `PLACES`, what stands there; nothing, if the name is missing.
        head: whether there is a head.
        glasses, beard: whether the head wears them. They change no answer.
        clutter: how many things of no meaning lie behind and, half as many, in front.

    Raises:
        InputError: a place, a kind or a piece that does not exist.

    >>> Scene({"nose": Thing("nose"), "mouth": Thing("nose")}).answers["mouth"]
    False
    """

    things: Mapping[str, Thing]
    head: bool = True
    glasses: bool = False
    beard: bool = False
    clutter: int = 0

    def __post_init__(self) -> None:
        for place, thing in self.things.items():
            _refuse_unknown("place", place, tuple(PLACES))
            allowed = tuple(kind for kind in KINDS if (kind in _ON_TOP) == (place == "hair"))
            _refuse_unknown(f"thing at '{place}'", thing.kind, allowed)
            for piece in thing.pieces:
                _refuse_unknown(f"piece of the eye at '{place}'", piece, parts.PIECES)

    @property
    def answers(self) -> dict[str, bool]:
        """The true answer to every question, by its name, "face" first.

        >>> scene = Scene({"left eye": Thing("eye", ("brow", "lashes")), "hair": Thing("hat")})
        >>> [name for name, yes in scene.answers.items() if yes]
        ['left eye', 'left brow', 'left lashes']
        """
        found: dict[str, bool] = {}
        self._ask(FACE, found)
        return {question.name: found[question.name] for question in FACE}

    def _ask(self, question: Question, found: dict[str, bool]) -> bool:
        if question.parts:
            yes = sum(self._ask(part, found) for part in question.parts) >= question.enough
        elif question.name in PLACES:
            thing = self.things.get(question.name)
            yes = thing is not None and thing.kind == question.name
        else:  # "left brow": a piece of what stands at "left eye"
            side, piece = question.name.split()
            thing = self.things.get(f"{side} eye")
            yes = thing is not None and thing.kind == "eye" and piece in thing.pieces
        found[question.name] = yes
        return yes


def draw(scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Return a picture of the scene, float32 (40, 40), paper 0.0 and ink 1.0.

    Position, size, tilt, the shape of every part, shade and noise are drawn by the generator.
    Each place has a generator of its own, so that the same seed draws the same picture but for the
    places where two scenes differ.

    >>> draw(Scene({"nose": Thing("nose")}), np.random.default_rng(0)).shape
    (40, 40)
    """
    of_place = dict(zip(PLACES, rng.spawn(len(PLACES)), strict=True))
    of_head, before, behind, of_extras = rng.spawn(4)
    sheet = Pencil(SIZE)
    for _ in range(scene.clutter):
        parts.clutter(sheet, behind, SIZE)
    x, y = np.array((0.5, 0.53)) * SIZE + rng.uniform(-1.3, 1.3, 2)
    pencil = sheet.at(x, y, grow=rng.uniform(0.92, 1.06), tilt=rng.uniform(-0.07, 0.07))
    if scene.head:
        parts.head(pencil, of_head, skin=of_head.uniform(0.0, 0.15))
    if scene.beard:
        parts.beard(pencil, of_extras)
    for place, thing in scene.things.items():
        _draw_thing(pencil, place, thing, of_place[place])
    if scene.glasses:
        parts.glasses(pencil.at(0, PLACES["left eye"][1]), of_extras, PLACES["right eye"][0])
    for _ in range(scene.clutter // 2):
        parts.clutter(sheet, before, SIZE)
    picture = sheet.picture() * np.float32(rng.uniform(0.65, 1.0))
    picture += np.float32(rng.uniform(0.02, 0.07)) * rng.standard_normal((SIZE, SIZE), np.float32)
    clipped: npt.NDArray[np.float32] = np.clip(picture, 0, 1)
    return clipped


def _draw_thing(pencil: Pencil, place: str, thing: Thing, rng: np.random.Generator) -> None:
    if thing.kind in _ON_TOP:
        (parts.hair if thing.kind == "hair" else parts.hat)(pencil, rng)
        return
    x, y = np.array(PLACES[place]) + rng.uniform(-0.5, 0.5, 2)
    spot = pencil.at(x, y, grow=rng.uniform(0.92, 1.08), flip=thing.kind == "eye upside down")
    if thing.kind.startswith("eye"):
        parts.eye(spot, rng, thing.pieces)
    elif thing.kind == "nose":
        parts.nose(spot, rng)
    elif thing.kind == "mouth":
        parts.mouth(spot, rng)
    else:
        parts.STRANGERS[rng.integers(len(parts.STRANGERS))](spot, rng)


def _refuse_unknown(place: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise InputError(place, "one of " + ", ".join(known), repr(name), "Choose one of these.")

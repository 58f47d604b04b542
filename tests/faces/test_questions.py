"""The tree of questions, against the tree as it is described."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.errors import InputError
from numerist.faces import FACE, NAMES, SIZE, Question, Region


def test_pixels_of_a_region_are_those_of_a_slice() -> None:
    numbered = np.arange(SIZE * SIZE).reshape(SIZE, SIZE)
    for question in FACE:
        if question.region is not None:
            top, left, height, width = question.region
            cut = numbered[top : top + height, left : left + width]
            assert question.region.pixels().tolist() == cut.ravel().tolist()


def test_a_mirrored_region_is_the_region_of_the_mirrored_picture() -> None:
    picture = np.random.default_rng(0).random((7, 7))
    region = Region(top=1, left=2, height=3, width=4)
    seen = picture.ravel()[region.pixels(7)].reshape(3, 4)
    mirrored = picture[:, ::-1].ravel()[region.mirrored(7).pixels(7)].reshape(3, 4)
    assert mirrored[:, ::-1].tolist() == seen.tolist()


@pytest.mark.parametrize(
    "region", [Region(-1, 0, 2, 2), Region(0, 3, 2, 3), Region(0, 0, 0, 2), Region(4, 0, 2, 1)]
)
def test_a_region_that_leaves_the_picture_is_refused(region: Region) -> None:
    with pytest.raises(InputError, match="rectangle of at least one pixel inside a picture of 5×5"):
        region.pixels(5)


def test_the_tree_is_the_chapters() -> None:
    assert list(NAMES) == [
        *("face", "left eye", "left brow", "left lashes", "left iris"),
        *("right eye", "right brow", "right lashes", "right iris", "nose", "mouth", "hair"),
    ]
    depths = {question.name: question.depth for question in FACE}
    assert (depths["face"], depths["left eye"], depths["left iris"], depths["nose"]) == (4, 3, 2, 2)


def test_questions_that_make_no_sense_are_refused() -> None:
    nose = Question("nose", Region(0, 0, 2, 2), hidden=1)
    with pytest.raises(InputError, match="found neither"):
        Question("nothing")
    with pytest.raises(InputError, match="found both"):
        Question("all", Region(0, 0, 2, 2), hidden=1, parts=(nose,), enough=1)
    with pytest.raises(InputError, match="hidden neurons for 'nose'"):
        Question("nose", Region(0, 0, 2, 2))
    with pytest.raises(InputError, match="at most 1"):
        Question("face", parts=(nose,), enough=2)
    with pytest.raises(InputError, match="names that differ"):
        Question("nose", parts=(nose,), enough=1)

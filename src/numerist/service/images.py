"""Images of digits as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from numerist.service.describe import Digits
from numerist.service.refused import RefusedError, of_validation

if TYPE_CHECKING:
    import numpy.typing as npt


def images_of(body: bytes, most: int) -> npt.NDArray[np.float32]:
    """Return the images of a body, float32 (n, 28, 28), paper 0 and ink 1.

    Args:
        body: JSON as `numerist.service.describe.Digits` has it.
        most: how many images there may be.

    Raises:
        RefusedError: not JSON, or JSON of something else; too many images.
    """
    try:
        found = Digits.model_validate_json(body)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        raise of_validation("bad_json", errors, list(Digits.model_fields)) from error
    if len(found.images) > most:
        raise RefusedError(
            "images", f"at most {most}", str(len(found.images)), "Send them in several requests.",
            kind=(413, "too_many_images"),
        )  # fmt: skip
    result = np.array(found.images, np.float32)
    if result.max() > found.ink:
        raise RefusedError(
            "images", f"numbers from 0 to {found.ink}", f"{result.max():g}",
            'Say "ink": 255 if that is full ink.', kind=(422, "bad_json"),
        )  # fmt: skip
    result /= found.ink
    return result

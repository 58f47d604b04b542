"""Running a model file, whatever network is in it, with ONNX Runtime."""

from __future__ import annotations

import math
import os
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.errors import DamagedModelError, InputError, ShapeError
from numerist.model import onnx_file

Floats: TypeAlias = npt.NDArray[np.float32]

_BATCH = 4096  # images a run; bounds memory


class Model:
    """A trained network, ready to answer.

    Args:
        path: a model file.

    Attributes:
        metadata: what the file says of itself.

    Raises:
        NotAModelError, DamagedModelError, NewerModelError: the file can't be used.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        import onnxruntime  # noqa: PLC0415

        model, self.metadata = onnx_file.read(path)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        try:
            self._session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            raise DamagedModelError(
                os.fspath(path),
                "a graph that ONNX Runtime can run",
                f"one that it refuses ({str(error).splitlines()[0]})",
                "Train the model again.",
            ) from error

    @property
    def classes(self) -> list[str]:
        """The name of each class, in the order of the probabilities."""
        return self.metadata.classes

    def probabilities(self, images: npt.ArrayLike) -> Floats:
        """Return how probable each class is for each image.

        Args:
            images: one image or several, in the shape of `metadata.input_shape` or flattened:
                (28, 28), (n, 28, 28) or (n, 784) for digits; floats from paper 0.0 to ink 1.0, or
                bytes from 0 to 255.

        Returns:
            float32 (n, classes), or (classes,) for one image; each adds up to 1.

        Raises:
            ShapeError: images of another size.
            InputError: not numbers, NaN, or outside 0…1.
        """
        return self._run("probabilities", images)

    def activations(self, images: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the activations of the output neurons of one of the chapter's networks.

        Args:
            images: as in `probabilities`.

        Returns:
            float64 (n, outputs), or (outputs,) for one image.

        Raises:
            InputError: the model is of another architecture.
        """
        if not self.metadata.network:
            raise InputError(
                "activations",
                "a model of one of the chapter's networks",
                "another architecture",
                "Ask for its probabilities.",
            )
        return self._run("activations", images)

    def predict(self, images: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Return the number of the class of each image, (n,), or () for one image.

        The most probable class; for the chapter's networks that is the output neuron with the
        highest activation or, with a single output, whether it reaches the network's border.
        """
        if not self.metadata.network:
            return np.asarray(self.probabilities(images).argmax(axis=-1))
        activations = self.activations(images)
        if activations.shape[-1] > 1:
            return np.asarray(activations.argmax(axis=-1))
        return np.asarray(activations[..., 0] >= self.metadata.network["border"]).astype(np.intp)

    def _run(self, output: str, images: npt.ArrayLike) -> npt.NDArray[Any]:
        batch, single = self._batch(np.asarray(images))
        parts: list[Any] = [
            self._session.run([output], {"images": batch[start : start + _BATCH]})[0]
            for start in range(0, max(len(batch), 1), _BATCH)
        ]
        result: npt.NDArray[Any] = np.concatenate(parts)
        return result[0] if single else result

    def _batch(self, images: npt.NDArray[Any]) -> tuple[Floats, bool]:
        shape = tuple(self.metadata.input_shape)
        size = math.prod(shape)
        single = images.shape in (shape, (size,))
        if not single and images.shape[1:] not in (shape, (size,)):
            raise ShapeError(
                "images",
                f"shape {shape}, (n, {', '.join(map(str, shape))}) or (n, {size})",
                f"shape {images.shape}",
                "Bring each image to the network's size first.",
            )
        return _as_ink(images).reshape(-1, *shape), single


def _as_ink(images: npt.NDArray[Any]) -> Floats:
    """Return float32 from 0 to 1; bytes are scaled, anything else outside is an error."""
    if images.dtype == np.uint8:
        ink: Floats = np.divide(images, 255, dtype=np.float32)
        return ink
    if images.dtype.kind not in "fiub":
        raise InputError("images", "numbers", str(images.dtype), "Convert them to float32.")
    if not ((images >= 0) & (images <= 1)).all():
        raise InputError(
            "images",
            "pixels from paper 0.0 to ink 1.0",
            f"{images.min():g} to {images.max():g}",
            "Divide grey values by 255, or pass them as uint8.",
        )
    return images.astype(np.float32)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Return the `Model` in a file."""
    return Model(path)

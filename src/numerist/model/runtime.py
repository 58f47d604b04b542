"""Running a model file, whatever network is in it, with ONNX Runtime."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, MappingView
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.checks import are_shares, positive
from numerist.errors import DamagedModelError, InputError, NotAModelError, ShapeError
from numerist.model import onnx_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numerist.image.picture import Picture
    from numerist.model.metadata import Metadata

    Images: TypeAlias = npt.ArrayLike | Picture | Iterable[Picture]

Array: TypeAlias = npt.NDArray[Any]
Floats: TypeAlias = npt.NDArray[np.float32]

SHIPPED = Path(__file__).with_name("digits.onnx")
"""The network that comes with numerist."""

UNKNOWN = "?"
_PICTURE = (28, 28)  # what the normaliser makes
_BATCH = 512  # images a run; bounds memory
_COLOURS = (3, 4)
_NO_NUMBERS = ("O", "S", "T", "U")  # NumPy's kinds of objects and texts
_NAMED = 12  # classes named where a model is shown


class Model:
    """A trained network, ready to answer.

    Wherever images are asked for, it takes pictures as well, one or several in a list, an iterator
    or an array of names: paths, bytes, open files, PIL images, uint8 arrays of any size; they go
    through the normaliser. Arrays of the
    network's own input size, (28, 28), (n, 28, 28) or (n, 784) for digits, go in as they are:
    floats from paper 0.0 to ink 1.0, or uint8 from 0 to 255, as MNIST has them. Only where more
    than two thirds of such an image would be ink it is taken for a dark digit on light paper. A
    list may mix them all.

    Args:
        path: a model file; the one that comes with numerist if not given.

    Attributes:
        metadata: what the file says of itself.

    Raises:
        InputError: it is no path.
        NotAModelError, DamagedModelError, NewerModelError: the file can't be used.
    """

    def __init__(self, path: str | os.PathLike[str] = SHIPPED) -> None:
        model, self.metadata = onnx_file.read(path)
        self._outputs = [output.name for output in model.graph.output]
        if "probabilities" not in self._outputs:
            raise NotAModelError(
                os.fspath(path), "a network that recognises single images",
                "one that looks along rows", "It is part of the reader, not for use by itself.",
            )  # fmt: skip
        self._session = session(model, os.fspath(path))
        _refuse_misfit(self._session, self.metadata, os.fspath(path))
        self._path = Path(path).absolute()
        self._name = self._path.name

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a copy, also one in another process, open the file again."""
        return type(self), () if self._path == SHIPPED else (self._path,)

    def __repr__(self) -> str:
        """Say which file it is of, and what it tells apart."""
        few = self.classes if len(self.classes) <= _NAMED else [*self.classes[:_NAMED], "…"]
        return f"<Model {self._name}: {len(self.classes)} classes, {', '.join(few)}>"

    @property
    def classes(self) -> list[str]:
        """The name of each class, in the order of the probabilities."""
        return self.metadata.classes

    @property
    def tells_strangers(self) -> bool:
        """Whether it has learned what is none of its classes."""
        return "known" in self._outputs

    def probabilities(self, images: Images) -> Floats:
        """Return how probable each class is for each image, if it shows one of them.

        Args:
            images: as the class says.

        Returns:
            float32 (n, classes), or (classes,) for one image; each adds up to 1.

        Raises:
            ShapeError: images of another size.
            InputError: not numbers, NaN, or outside 0…1.
            PictureError: a picture can't be opened.
        """
        return self._run(images, "probabilities")["probabilities"]

    def confidence(self, images: Images) -> Floats:
        """Return how probably the model's answer to each image is right, float32 (n,) or ().

        It is the probability of the answer times that of being one of the classes at all, where the
        model has learned to tell.

        Args:
            images: as the class says.
        """
        return self.judge(images)[1]

    def known(self, images: Images) -> Floats:
        """Return how probably each image shows one of the classes at all, float32 (n,) or ().

        1 where the model has not learned to tell, and 0 without any ink.

        Args:
            images: as the class says.
        """
        return _known(self._run(images, "known" if self.tells_strangers else "probabilities"))

    def judge(self, images: Images) -> tuple[Array, Floats, Floats]:
        """Return the number of each answer, its confidence, and all probabilities.

        Args:
            images: as the class says.

        Returns:
            int (n,), float32 (n,) and float32 (n, classes); one axis less for one image.
        """
        answers, probability, known, probabilities = self._judged(images)
        return answers, probability * known, probabilities

    def _judged(self, images: Images) -> tuple[Array, Floats, Floats, Floats]:
        """Return the number of each answer, its probability, `known`, and all probabilities."""
        wanted = {"probabilities", "known", "activations"} & set(self._outputs)
        found = self._run(images, *sorted(wanted))
        probabilities = found["probabilities"]
        answers = self._answers(found)
        probability = np.take_along_axis(probabilities, answers[..., None], axis=-1)[..., 0]
        return answers, probability, _known(found), probabilities

    def predict(self, images: Images) -> npt.NDArray[np.intp]:
        """Return the number of the class of each image, (n,), or () for one image.

        The most probable class; for the chapter's networks that is the output neuron with the
        highest activation or, with a single output, whether it reaches the network's border.
        """
        output = "activations" if self.metadata.network else "probabilities"
        return self._answers(self._run(images, output))

    def answers(
        self, images: Images, max_error: float | None = None, *, refuse_strangers: bool = False
    ) -> list[str] | str:
        """Return the name of the class of each image, or "?" where the model does not know.

        Args:
            images: as the class says.
            max_error: the share of errors that is bearable among the answers; 0.001 for one in a
                thousand. If not given, it does not matter how sure an answer is.
            refuse_strangers: whether an image below `border` is "?", too: one that shows none of
                the classes, most probably. Of those that do a few are lost with them: in the
                validation images 1 − `metadata.strangers["accepted"]`.

        Returns:
            A list of n names, or one name for one image.

        Raises:
            InputError: the model has no threshold for so few errors, or can't tell strangers.
        """
        least = 0.0 if max_error is None else self.threshold(max_error)
        least_known = self.border if refuse_strangers else 0.0
        numbers, probability, known, _ = self._judged(images)
        told = np.atleast_1d((probability * known >= least) & (known >= least_known))
        names = [
            self.classes[number] if tells else UNKNOWN
            for number, tells in zip(np.atleast_1d(numbers), told, strict=True)
        ]
        return names if numbers.ndim else names[0]

    @property
    def border(self) -> float:
        """From which `known` on an image passes for one of the classes.

        It was found when the model was made, on images that it had not learned from (of one that
        learned from all, on those that its twin had not).

        Raises:
            InputError: the model has not learned to tell, or its file is from before borders.
        """
        if "known" not in self.metadata.strangers:
            expected = "a model that learned what is none of its classes"
            if self.tells_strangers:
                expected = "a model file with a border for them, not one from before there were any"
            raise InputError(
                "strangers", expected, self._name,
                "Train one with --recipe best, or use the model that comes with numerist.",
            )  # fmt: skip
        return float(self.metadata.strangers["known"])

    def threshold(self, max_error: float) -> float:
        """Return the confidence from which on at most a share `max_error` of answers is wrong.

        It was found when the model was made, on images that it had not learned from.

        Raises:
            InputError: the model has no threshold for so few errors.
        """
        positive("max_error", max_error)
        known = {entry["max_error"]: entry["threshold"] for entry in self.metadata.rejection}
        fitting = [share for share in known if share <= max_error]
        if not fitting:
            raise InputError(
                "max_error",
                f"at least {min(known):g}" if known else "a model with thresholds",
                f"{max_error:g}" if known else "one without",
                "Bear more errors."
                if known
                else "Ask without it, or use the model that comes with numerist.",
            )
        return float(known[max(fitting)])

    def activations(self, images: Images) -> npt.NDArray[np.float64]:
        """Return the activations of the output neurons of one of the chapter's networks.

        Args:
            images: as the class says.

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
        return self._run(images, "activations")["activations"]

    def _answers(self, found: dict[str, Array]) -> npt.NDArray[np.intp]:
        if "activations" not in found:
            return np.asarray(found["probabilities"].argmax(axis=-1))
        activations = found["activations"]
        if activations.shape[-1] > 1:
            return np.asarray(activations.argmax(axis=-1))
        return np.asarray(activations[..., 0] >= self.metadata.network["border"]).astype(np.intp)

    def _run(self, images: Images, *outputs: str) -> dict[str, Array]:
        """Return the named outputs, and as "ink" whether there is any in each image."""
        batch, single = self._batch(images)
        parts: list[list[Array]] = [
            self._session.run(outputs, {"images": batch[start : start + _BATCH]})
            for start in range(0, max(len(batch), 1), _BATCH)
        ]
        found = {
            name: np.concatenate(pieces)
            for name, pieces in zip(outputs, zip(*parts, strict=True), strict=True)
        }
        found["ink"] = np.asarray(batch.any(axis=tuple(range(1, batch.ndim))))
        return {name: array[0] if single else array for name, array in found.items()}

    def _batch(self, images: Images) -> tuple[Floats, bool]:
        """Return images as the network takes them, (n, …), and whether it is one alone."""
        shape = tuple(self.metadata.input_shape)
        images = _as_list(images, shape)
        if not isinstance(images, list | tuple) or _stack(images, shape):
            return _prepared(images, shape, "images")
        parts = []
        for k, image in enumerate(images):
            part, single = _prepared(image, shape, f"images[{k}]")
            if not single:
                raise ShapeError(
                    f"images[{k}]", "one image", f"{len(part)}", "Give each image by itself."
                )
            parts.append(part)
        return np.concatenate(parts), False


def _refuse_misfit(session: Any, metadata: Metadata, place: str) -> None:
    """Refuse a graph whose inputs and outputs are not those that the metadata tell of.

    Shapes of outputs are those that ONNX Runtime found itself, whatever the graph says of them.

    Raises:
        DamagedModelError: one is missing, or of another shape.
    """
    inputs = {item.name: item.shape[1:] for item in session.get_inputs()}
    outputs = {item.name: item.shape[1:] for item in session.get_outputs()}
    count = len(metadata.classes)
    neurons = [[count], [1]] if count == 2 else [[count]]  # noqa: PLR2004  (one says yes or no)
    fits = {
        f"one input, images of {metadata.input_shape}": inputs == {"images": metadata.input_shape},
        f"a probability for each of {count} classes": outputs["probabilities"] == [count],
        "one number known for each image": outputs.get("known", []) == [],
        "activations in the chapter's networks alone": (
            bool(metadata.network) == ("activations" in outputs)
        ),
        f"activations for {count} classes": outputs.get("activations", [count]) in neurons,
    }
    for expected, fit in fits.items():
        if not fit:
            raise DamagedModelError(
                place, expected, f"inputs {inputs} and outputs {outputs}",
                "Copy the file again, or train the model again.",
            )  # fmt: skip


def _known(found: dict[str, Array]) -> Floats:
    """Return how probably images show one of the classes; one without ink shows nothing."""
    return np.asarray(found.get("known", np.float32(1)) * found["ink"], np.float32)


def _prepared(images: Any, shape: tuple[int, ...], place: str) -> tuple[Floats, bool]:
    """Return one picture or an array of images as the network takes them, and whether it is one.

    Args:
        images: a picture, or numbers.
        shape: of the network's images.
        place: what they are, for errors.
    """
    if _is_picture(images, shape):
        from numerist.image import normalise  # noqa: PLC0415

        return normalise(images)[None], True
    if hasattr(images, "images") and hasattr(images, "labels"):
        raise InputError(
            place, "images", f"a {type(images).__name__}, with labels", "Give its .images."
        )
    try:
        array = np.asarray(images)
    except ValueError as error:  # a list of lists of several lengths
        raise _wrong_shape(place, shape, "several shapes") from error
    except (RuntimeError, TypeError) as error:  # a tensor that learns, or on another device
        raise InputError(
            place, "numbers that NumPy can read", str(error).split("\n", maxsplit=1)[0].rstrip("."),
            "Of a tensor give tensor.detach().cpu().numpy().",
        ) from error  # fmt: skip
    if array.shape == (0,):  # an empty list
        array = array.reshape(0, *shape)
    size = math.prod(shape)
    single = array.shape in (shape, (size,))
    if not single and array.shape[1:] not in (shape, (size,)):
        if not array.shape:  # nothing that holds numbers
            raise _wrong_shape(
                place, shape, type(images).__name__, "Give one of these, or several in a list."
            )
        raise _wrong_shape(place, shape, f"shape {array.shape}")
    ink = _as_ink(array, place).reshape(-1, *shape)
    if shape != _PICTURE:
        return ink, single
    from numerist.image import dark_on_light  # noqa: PLC0415

    return dark_on_light(ink), single


def _wrong_shape(
    place: str, shape: tuple[int, ...], found: str, cure: str | None = None
) -> ShapeError:
    arrays = f"shape {shape}, (n, {', '.join(map(str, shape))}) or (n, {math.prod(shape)})"
    if shape != _PICTURE:
        cure = cure or "Bring each image to the network's size first."
        return ShapeError(place, arrays, found, cure)
    return ShapeError(
        place,
        "paths, bytes, open files, PIL images or uint8 arrays, one or a list, or numbers of "
        f"{arrays}",
        found, cure or "Give pictures of other sizes in one of these forms.",
    )  # fmt: skip


def _as_list(images: Any, shape: tuple[int, ...]) -> Any:
    """Return a list of what comes one by one, or stands in an array of names; all else as it is."""
    if _is_picture(images, shape):
        return images
    kind = getattr(getattr(images, "dtype", None), "kind", "")
    names = kind in _NO_NUMBERS and images.ndim == 1
    return list(images) if names or isinstance(images, Iterator | MappingView) else images


def _stack(images: Sequence[Any], shape: tuple[int, ...]) -> bool:
    """Tell numbers that make one array from pictures, and from arrays of several kinds."""
    kinds = {(image.dtype, image.shape) for image in images if isinstance(image, np.ndarray)}
    return len(kinds) <= 1 and not any(_is_picture(image, shape) for image in images)


def _is_picture(image: Any, shape: tuple[int, ...]) -> bool:
    """Tell pictures from arrays of the network's own size, which go in as they are."""
    if shape != _PICTURE:
        return False
    if isinstance(image, str | os.PathLike | bytes | bytearray):
        return True
    if hasattr(image, "getexif") or hasattr(image, "read"):  # of Pillow, or an open file
        return True
    if isinstance(image, memoryview):
        return image.ndim == 1
    if not isinstance(image, np.ndarray) or image.dtype.kind != "u":
        return False
    row = (math.prod(shape),)
    grey = image.ndim == len(shape) and image.shape != shape and image.shape[1:] != row
    return grey or (image.ndim == len(shape) + 1 and image.shape[2] in _COLOURS)


def _as_ink(images: npt.NDArray[Any], place: str) -> Floats:
    """Return float32 from 0 to 1; bytes are scaled, anything else outside is an error."""
    if images.dtype == np.uint8:
        ink: Floats = np.divide(images, 255, dtype=np.float32)
        return ink
    if images.dtype.kind not in "fiub":
        raise InputError(place, "numbers", str(images.dtype), "Convert them to float32.")
    if not are_shares(images):
        finite = np.isfinite(images).all()
        raise InputError(
            place,
            "pixels from paper 0.0 to ink 1.0",
            f"{images.min():g} to {images.max():g}" if finite else "NaN or infinity",
            "Divide grey values by the greatest there is, 255 for bytes."
            if finite
            else "Look where it is from.",
        )
    return np.asarray(np.clip(images, 0, 1), np.float32)


def import_onnxruntime() -> Any:
    """Return ONNX Runtime, told to keep to itself what it runs.

    Its releases of 2026 leave a device's number on the disk and report to their maker, unless they
    are told not to before they are loaded.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime  # noqa: PLC0415

    onnxruntime.disable_telemetry_events()  # if somebody else has loaded it before
    return onnxruntime


def session(model: Any, place: str) -> Any:
    """Return ONNX Runtime's session of a graph, on the processor.

    Args:
        model: an onnx.ModelProto that `onnx_file.read` has checked.
        place: what it is, for the error.

    Raises:
        DamagedModelError: ONNX Runtime can't run it.
    """
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only
    options.add_session_config_entry("session.force_spinning_stop", "1")
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal() and int(threads):  # ONNX Runtime itself does not ask
        options.intra_op_num_threads = min(int(threads), os.cpu_count() or 1)
    try:
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime's errors have no base of their own
        raise DamagedModelError(
            place,
            "a graph that ONNX Runtime can run",
            f"one that it refuses ({str(error).splitlines()[0]})",
            "Train the model again.",
        ) from error


def load_model(path: str | os.PathLike[str] = SHIPPED) -> Model:
    """Return the `Model` in a file; without one, that which comes with numerist."""
    return Model(path)

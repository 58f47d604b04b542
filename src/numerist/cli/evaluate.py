"""`numerist evaluate`: how good a model is, and what it gets wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numerist.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from numerist.data import Dataset
    from numerist.data.own import OwnImages
    from numerist.model import Model
    from numerist.model.evaluation import Evaluation

_BAR = 40  # characters of the longest bar
_SHAPE = (28, 28)
_DIGITS = [str(digit) for digit in range(10)]
_NAMES = 80  # characters of the names of classes in an error
_NAME = 24  # characters of the name of a class in a table


@click.command()
@click.argument("model", required=False, type=click.Path(path_type=Path))
@options.which_set(default="test", help="Which images of MNIST to judge by.")
@options.data_dir
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Judge by images of your own instead of MNIST: a folder with a sub-folder for each class,"
    " a CSV file, or an IDX file, as for numerist train. Classes are those of MODEL, by name.",
)
@click.option(
    "--worst",
    type=click.IntRange(0, 1000),
    default=10,
    show_default=True,
    help="How many misread images to show, the worst first.",
)
@click.option(
    "--png",
    type=options.PngFile(),
    help="Write the misread images to this file, as a sheet.",
)
@click.option(
    "--show-input",
    "pictures",
    metavar="PICTURE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Judge nothing: show this picture of one digit as the network sees it, and its answer. "
    "May be repeated.",
)
@click.option(
    "--explain",
    "explanation",
    type=options.PngFile(),
    help="With one --show-input: write to this PNG file which parts of the picture spoke for and "
    "against the likeliest answers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for machines.")
@click.pass_context
def evaluate(
    context: click.Context,
    /,
    *,
    model: Path | None,
    on: str,
    data_dir: Path | None,
    data: Path | None,
    worst: int,
    png: Path | None,
    pictures: tuple[Path, ...],
    explanation: Path | None,
    as_json: bool,
) -> None:
    """Judge MODEL, a file that `numerist train` wrote, on MNIST or on images of your own.

    Without MODEL it is the network that comes with numerist. Prints accuracy, accuracy by class,
    the confusion matrix, how far confidence can be relied on, and the images that it misread with
    the greatest confidence.
    """
    from numerist.model import SHIPPED, load_model

    if png is not None and (pictures or worst == 0):
        raise click.UsageError("--png is for misread images: not with --show-input or --worst 0.")
    if explanation is not None and len(pictures) != 1:
        raise click.UsageError("--explain needs one --show-input PICTURE.")
    if data is not None:
        _refuse_beside_own(context, data, png, pictures)
    model = model or SHIPPED
    options.refuse_overwriting("--png", png, [model])
    options.refuse_overwriting("--explain", explanation, [model, *pictures])
    loaded = load_model(model)
    if explanation is not None:
        _explain(loaded, pictures[0], explanation)
    if pictures:
        _show_inputs(pictures, loaded, as_json=as_json)
        return
    _refuse_other_kinds(loaded, model, own=data is not None)
    if data is None:
        judges = Judges(options.mnist_set(on, data_dir), on, f"{on} images")
    else:
        found = options.own_images(data, least=1)
        options.refuse_overwriting("--png", png, [Path(file) for file in found.files])
        judges = _own_judges(found, loaded, data)
    _judge(loaded, model, judges, worst, png, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Judges:
    """The images that judge.

    Attributes:
        images: with the numbers that the classes have in the model.
        name: in JSON.
        words: what to call them.
        files: the file of each; empty where they are from none of their own.
    """

    images: Dataset
    name: str
    words: str
    files: Sequence[str] = ()


def _own_judges(found: OwnImages, model: Model, data: Path) -> Judges:
    """Return own images with the model's classes; say so if it learned from them itself."""
    images = found.labelled_as(model.classes)
    if model.metadata.training_data.get("sha256") == found.sha256:
        click.echo(
            "The model learned from most of these images: of new ones fewer are right.", err=True
        )
    return Judges(images, str(data), f"images in {data}", found.files)


def _refuse_beside_own(
    context: click.Context, data: Path, png: Path | None, pictures: tuple[Path, ...]
) -> None:
    """Refuse what makes no sense with images of one's own, and to write among them."""
    if pictures:
        raise click.UsageError("--data and --show-input: choose one of the two.")
    for name in ("on", "data_dir"):
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} is for MNIST: not with --data.")
    if png is not None and png.resolve().is_relative_to(data.resolve()):
        raise click.UsageError("--png is not for the place of --data, which is read from.")


def _refuse_other_kinds(model: Model, path: Path, *, own: bool) -> None:
    """Raise InputError unless it takes the images; say how it did on its own.

    Args:
        model: the model.
        path: of its file.
        own: whether the images are not MNIST's, and have classes that are looked at later.
    """
    from numerist.errors import InputError
    from numerist.reading.output import printable

    shape = tuple(model.metadata.input_shape)
    if shape == _SHAPE and (own or model.classes == _DIGITS):
        return
    known = [
        f"{entry['right']} of {entry['total']} {name} images right"
        for name, entry in dict[str, Any](model.metadata.accuracy).items()
        if isinstance(entry, dict) and {"right", "total"} <= entry.keys()
    ]
    names = printable(", ".join(model.classes))
    said = f"When it was made it had {' and '.join(known)}. " if known else ""
    raise InputError(
        str(path),
        f"a model of MNIST's digits, images of {_SHAPE} and classes {', '.join(_DIGITS)}",
        f"images of {shape} and classes {names if len(names) < _NAMES else names[:_NAMES] + '…'}",
        said
        + (
            "--data judges it by images of its own classes, --show-input PICTURE shows its answer"
            " to a picture."
            if shape == _SHAPE
            else "From Python, numerist.load_model takes images of its own size."
        ),
    )


def _judge(
    model: Model, path: Path, judges: Judges, worst: int, png: Path | None, *, as_json: bool
) -> None:
    from numerist.image import write_captioned_png
    from numerist.model.evaluation import evaluate as judge

    images = judges.images
    result = judge(model, images)
    if png is not None:
        if result.right == result.total:
            raise click.ClickException(f"nothing was misread, so {png} was not written")
        chosen = result.misread[:worst]
        write_captioned_png(png, images.images[chosen], _captions(result, model, chosen))
    if as_json:
        click.echo(json.dumps(_as_dict(result, model, path, judges), indent=2))
        return
    click.echo(_summary(result, model, path, judges))
    if worst and result.right < result.total:
        click.echo(_worst(result, model, judges, worst))
    if png is not None:
        click.echo(f"Misread images in {png}")


def _show_inputs(pictures: tuple[Path, ...], model: Model, *, as_json: bool) -> None:
    """Show pictures as the network sees them; those that can't be read are named, and status 1."""
    from numerist.image import PictureError, normalise
    from numerist.reading.output import printable

    rows: list[dict[str, Any]] = []
    failed = 0
    for path in pictures:
        try:
            seen = normalise(path)
        except PictureError as error:
            click.echo(f"numerist: {printable(str(error))}", err=True)
            failed += 1
            continue
        row = {"picture": str(path), "ink": bool(seen.any()), **_answer(model, seen)}
        rows.append(row)
        if not as_json:
            click.echo(_shown(row, seen))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    if failed:
        click.get_current_context().exit(1)


def _explain(model: Model, picture: Path, out: Path) -> None:
    from numerist.model.explain import explain, write_explanation

    write_explanation(out, explain(model, picture))


def _answer(model: Model, seen: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Return the model's answer and its confidence; nothing without ink."""
    if not seen.any():
        return {}
    answer, confidence, _ = model.judge(seen)
    said = {"answer": model.classes[int(answer)], "confidence": float(confidence)}
    if model.metadata.strangers:
        said["stranger"] = bool(model.known(seen) < model.border)
    return said


def _shown(row: dict[str, Any], seen: npt.NDArray[np.float32]) -> str:
    from numerist.image import terminal_picture
    from numerist.reading.output import printable

    how = options.terminal()
    lines = terminal_picture(seen, colour=how["colour"], unicode=how["unicode"])
    caption = row["picture"]
    if not row["ink"]:
        caption += ": no ink found"
    elif "answer" in row:
        caption += f": {row['answer']} ({row['confidence']:.1%})"
    if row.get("stranger"):
        caption += ", but hardly a digit"
    return "\n".join([printable(caption), *(line.rstrip() for line in lines), ""])


def _as_dict(result: Evaluation, model: Model, path: Path, judges: Judges) -> dict[str, Any]:
    confusion = result.confusion
    return {
        "model": str(path),
        "made_by": model.metadata.made_by,
        "on": judges.name,
        "right": result.right,
        "total": result.total,
        "accuracy": result.right / result.total,
        "by_class": [
            {"class": name, "right": int(row[k]), "total": int(row.sum())}
            for k, (name, row) in enumerate(zip(model.classes, confusion, strict=True))
        ],
        "confusion": confusion.tolist(),
        "calibration_error": result.calibration_error,
        "rejection": result.rejection(model),
        "misread": [
            {
                "index": int(index),
                "label": model.classes[result.labels[index]],
                "answer": model.classes[result.answers[index]],
                "probability": float(result.probabilities[index, result.answers[index]]),
                **({"file": judges.files[index]} if judges.files else {}),
            }
            for index in result.misread
        ],
    }


def _summary(result: Evaluation, model: Model, path: Path, judges: Judges) -> str:
    from numerist.reading.output import printable

    share = result.right / result.total
    names = [_name(name) for name in model.classes]
    what = _kind(model)
    lines = [
        printable(f"{path}: {model.metadata.made_by}"),
        printable(f"{result.right} of {result.total} {judges.words} right: {share:.2%}"),
        "",
        f"By {what}:",
        *_by_class(result, names),
        "",
        f"Confusion (a row is the {what}, a column the answer; . is none):",
        *_confusion(result, names),
    ]
    return "\n".join([*lines, "", *_promises(result, model)])


def _kind(model: Model) -> str:
    """Return what the classes of a model are."""
    return "digit" if model.classes == _DIGITS else "class"


def _name(name: str) -> str:
    """Return the name of a class as it stands in tables: in one line, and not too long."""
    from numerist.reading.output import printable

    name = printable(name)
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"


def _by_class(result: Evaluation, names: list[str]) -> Iterator[str]:
    """Give a line for each class, with a bar for the share that is right."""
    width = max(map(len, names))
    for name, row, right in zip(names, result.confusion, result.confusion.diagonal(), strict=True):
        part = right / max(1, row.sum())
        bar = "#" * round(part * _BAR)
        share = f"{part:7.2%}" if row.any() else "      –"
        yield f"  {name:{width}}  {bar:{_BAR}}  {share}  ({right} of {row.sum()})"


def _confusion(result: Evaluation, names: list[str]) -> Iterator[str]:
    """Give the lines of a table: a row for each class, a column for each answer."""
    first = max(3, *map(len, names))
    width = max(6, 2 + max(map(len, names)))
    yield " " * (first + 2) + "".join(f"{name:>{width}}" for name in names)
    for name, row in zip(names, result.confusion, strict=True):
        yield f"  {name:>{first}}" + "".join(f"{count or '.':>{width}}" for count in row)


def _promises(result: Evaluation, model: Model) -> list[str]:
    """Say how far confidence can be relied on, and what each promise of the model costs."""
    points = 100 * result.calibration_error
    lines = [f"Confidence differs from the share of right answers by {points:.2f} points."]
    table = result.rejection(model)
    if table:
        lines += ["", "Errors that may be among the answers, and what becomes of it here:"]
        lines += [
            f"  {entry['max_error']:7.2%}: {entry['answered']:7.2%} answered,"
            f" {entry['wrong']:.3%} of the answers wrong"
            for entry in table
        ]
    return lines


def _worst(result: Evaluation, model: Model, judges: Judges, count: int) -> str:
    from numerist.image import terminal_sheet

    chosen = result.misread[:count]
    captions = _captions(result, model, chosen)
    pictures = terminal_sheet(judges.images.images[chosen], captions, **options.terminal())
    what = _kind(model)
    said = f"\nMisread, the surest first ({what} as answer, number of the image):\n\n{pictures}"
    return "\n".join([said, *_in_full(captions, judges, chosen)])


def _captions(result: Evaluation, model: Model, chosen: npt.NDArray[np.intp]) -> list[str]:
    """Return what is said of misread images; where names may be cut, the number comes first."""
    names = [_name(name) for name in model.classes]
    said = [f"{names[result.labels[i]]} as {names[result.answers[i]]}" for i in chosen]
    if model.classes == _DIGITS:
        return [f"{words}  #{i}" for words, i in zip(said, chosen, strict=True)]
    return [f"#{i}  {words}" for words, i in zip(said, chosen, strict=True)]


def _in_full(captions: list[str], judges: Judges, chosen: npt.NDArray[np.intp]) -> Iterator[str]:
    """Give the captions of own images once more, in lines with room for names of files."""
    from numerist.reading.output import printable

    for caption, index in zip(captions, chosen, strict=True):
        if judges.files:
            yield printable(f"{caption}  {judges.files[index]}")

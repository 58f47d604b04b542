"""`numerist evaluate`: how good a model is, and what it gets wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from numerist.cli import options

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from numerist.data import Dataset
    from numerist.model import Model
    from numerist.model.evaluation import Evaluation

_BAR = 40  # characters of the longest bar
_SHAPE = (28, 28)
_DIGITS = [str(digit) for digit in range(10)]
_NAMES = 80  # characters of the names of classes in an error


@click.command()
@click.argument("model", required=False, type=click.Path(path_type=Path))
@options.which_set(default="test", help="Which images to judge by.")
@options.data_dir
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
    type=click.Path(dir_okay=False, path_type=Path),
    help="With one --show-input: write to this PNG file which parts of the picture spoke for and "
    "against the likeliest answers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for machines.")
def evaluate(
    *,
    model: Path | None,
    on: str,
    data_dir: Path | None,
    worst: int,
    png: Path | None,
    pictures: tuple[Path, ...],
    explanation: Path | None,
    as_json: bool,
) -> None:
    """Judge MODEL, a file that `numerist train` wrote, on MNIST.

    Without MODEL it is the network that comes with numerist. Prints accuracy, accuracy by digit,
    the confusion matrix, how far confidence can be relied on, and the images that it misread with
    the greatest confidence.
    """
    from numerist.model import SHIPPED, load_model

    if png is not None and (pictures or worst == 0):
        raise click.UsageError("--png is for misread images: not with --show-input or --worst 0.")
    if explanation is not None and len(pictures) != 1:
        raise click.UsageError("--explain needs one --show-input PICTURE.")
    model = model or SHIPPED
    options.refuse_overwriting("--png", png, [model])
    options.refuse_overwriting("--explain", explanation, [model, *pictures])
    loaded = load_model(model)
    if explanation is not None:
        _explain(loaded, pictures[0], explanation)
    if pictures:
        _show_inputs(pictures, loaded, as_json=as_json)
    else:
        _refuse_other_kinds(loaded, model)
        _judge(loaded, model, on, options.mnist_set(on, data_dir), worst, png, as_json=as_json)


def _refuse_other_kinds(model: Model, path: Path) -> None:
    """Raise InputError unless it is a model of what MNIST shows; say how it did on its own."""
    from numerist.errors import InputError
    from numerist.reading.output import printable

    shape = tuple(model.metadata.input_shape)
    if shape == _SHAPE and model.classes == _DIGITS:
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
            "--show-input PICTURE shows its answer to a picture."
            if shape == _SHAPE
            else "From Python, numerist.load_model takes images of its own size."
        ),
    )


def _judge(  # noqa: PLR0917  (the options of the verb)
    model: Model,
    path: Path,
    on: str,
    images: Dataset,
    worst: int,
    png: Path | None,
    *,
    as_json: bool,
) -> None:
    from numerist.image import write_captioned_png
    from numerist.model.evaluation import evaluate as judge

    result = judge(model, images)
    if png is not None:
        if result.right == result.total:
            raise click.ClickException(f"nothing was misread, so {png} was not written")
        chosen = result.misread[:worst]
        write_captioned_png(png, images.images[chosen], _captions(result, chosen))
    if as_json:
        click.echo(json.dumps(_as_dict(result, model, path, on), indent=2))
        return
    click.echo(_summary(result, model, path, on))
    if worst and result.right < result.total:
        click.echo(_worst(result, images, worst))
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


def _as_dict(result: Evaluation, model: Model, path: Path, on: str) -> dict[str, Any]:
    confusion = result.confusion
    return {
        "model": str(path),
        "made_by": model.metadata.made_by,
        "on": on,
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
            }
            for index in result.misread
        ],
    }


def _summary(result: Evaluation, model: Model, path: Path, on: str) -> str:
    share = result.right / result.total
    lines = [
        f"{path}: {model.metadata.made_by}",
        f"{result.right} of {result.total} {on} images right: {share:.2%}",
        "",
        "By digit:",
    ]
    confusion = result.confusion
    for k, name in enumerate(model.classes):
        total = int(confusion[k].sum())
        part = confusion[k, k] / total if total else 0.0
        bar = "#" * round(part * _BAR)
        lines.append(f"  {name}  {bar:{_BAR}}  {part:7.2%}  ({confusion[k, k]} of {total})")
    lines += ["", "Confusion (a row is the digit, a column the answer; . is none):"]
    lines.append("     " + "".join(f"{name:>6}" for name in model.classes))
    for name, row in zip(model.classes, confusion, strict=True):
        lines.append(f"  {name:>3}" + "".join(f"{count or '.':>6}" for count in row))
    return "\n".join([*lines, "", *_promises(result, model)])


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


def _worst(result: Evaluation, images: Dataset, count: int) -> str:
    from numerist.image import terminal_sheet

    chosen = result.misread[:count]
    captions = _captions(result, chosen)
    pictures = terminal_sheet(images.images[chosen], captions, **options.terminal())
    return f"\nMisread, the surest first (digit as answer, number of the image):\n\n{pictures}"


def _captions(result: Evaluation, chosen: npt.NDArray[np.intp]) -> list[str]:
    return [f"{result.labels[i]} as {result.answers[i]}  #{i}" for i in chosen]

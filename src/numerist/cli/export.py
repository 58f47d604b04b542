"""`numerist export`: a model for where there is no Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from numerist.cli import options


class _Kind(click.Choice[str]):
    """What can be made of a model; of ONNX, which nothing need be made for, it says so."""

    def __init__(self) -> None:
        super().__init__(["web"])

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the kind."""
        if value == "onnx":
            from numerist.model import SHIPPED

            self.fail(
                "a model file is ONNX already: copy MODEL as it is, or the one that comes with"
                f" numerist, {SHIPPED}.",
                param, ctx,
            )  # fmt: skip
        return super().convert(value, param, ctx)


@click.command()
@click.argument("model", required=False, type=click.Path(path_type=Path))
@click.option(
    "--to",
    "target",
    nargs=2,
    required=True,
    metavar="KIND FILE",
    type=(_Kind(), click.Path(path_type=Path)),
    help="What to make of the model, and the file to write. web: one HTML page that works without "
    "a network connection.",
)
@click.option(
    "--digits/--no-digits",
    "with_digits",
    default=True,
    show_default=True,
    help="Put 6,000 of MNIST's digits into the page, for learning there. They are under CC BY-SA "
    "3.0, and so is what contains them.",
)
def export(*, model: Path | None, target: tuple[str, Path], with_digits: bool) -> None:
    """Write MODEL, a file that `numerist train` wrote, in another form.

    Without MODEL it is the network that comes with numerist.

    \b
    numerist export --to web page.html
    numerist export digits.onnx --to web page.html
    """  # noqa: D301  (the character that keeps lines apart)
    from numerist.model import SHIPPED
    from numerist.service.page import write_page

    kind, path = target
    if path.name.startswith("-") and len(path.parts) == 1:
        raise click.UsageError(
            f"--to {kind}: expected a file, found the option {path}. Write ./{path} for a file of"
            " this name."
        )
    model = model or SHIPPED
    options.refuse_overwriting(f"--to {kind}", path, [model])
    size = write_page(path, model, _digits() if with_digits else None)
    click.echo(f"Wrote {path}, {size / 1e6:.2f} MB. Open it in a browser.")


def _digits() -> bytes | None:
    """Return digits to learn from; None, said plainly, if MNIST is not at hand."""
    from numerist.errors import DataError
    from numerist.service.packed import sample

    try:
        return sample()
    except DataError as error:
        click.echo(f"Without digits to learn from in the page: {error}", err=True)
        return None

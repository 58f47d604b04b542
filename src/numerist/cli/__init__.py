"""The command line: one module a verb, one place where errors become lines for people."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from numerist import __version__
from numerist.cli.chapter import chapter
from numerist.cli.data import data
from numerist.cli.evaluate import evaluate
from numerist.cli.export import export
from numerist.cli.read import read
from numerist.cli.serve import serve
from numerist.cli.train import train
from numerist.cli.tune import tune
from numerist.errors import InputError, MnistUnavailableError, NumeristError

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_FAILED = 1
EXIT_USAGE = 2


class _Group(click.Group):
    """Turns every error into one readable line on stderr, and never shows a traceback."""

    def main(self, args: Sequence[str] | None = None, **kwargs: Any) -> NoReturn:  # type: ignore[override]
        """Run the command line and leave the process: status 0, 1 (failed) or 2 (wrong use)."""
        _print_all_names()
        try:
            status = super().main(args, **kwargs | {"standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(EXIT_USAGE)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else self._named(args)
            message = error.format_message().rstrip(".")
            end = "" if message.endswith("?") else "."
            _fail(f"{message}{end} See {command} --help.", EXIT_USAGE)
        except click.ClickException as error:
            _fail(error.format_message(), EXIT_FAILED)
        except MnistUnavailableError as error:
            first, *others = str(error).split("\n")  # a line for each source that was tried
            _fail(first, EXIT_FAILED, *others)
        except NumeristError as error:
            _fail(str(error), EXIT_USAGE if isinstance(error, InputError) else EXIT_FAILED)
        except (KeyboardInterrupt, click.Abort):
            _fail("interrupted", EXIT_FAILED)
        except BrokenPipeError:  # who reads our output has seen enough; say nothing more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(EXIT_FAILED)
        except OSError as error:
            place = error.filename or "input or output"
            _fail(f"{place}: {error.strerror or error}", EXIT_FAILED)
        except MemoryError as error:
            _fail(f"not enough memory: {error}", EXIT_FAILED)
        sys.exit(status if isinstance(status, int) else 0)

    def _named(self, args: Sequence[str] | None) -> str:
        """Return the command that the arguments name, as its help is asked for."""
        given = sys.argv[1:] if args is None else args
        first = given[0] if given else ""
        return f"numerist {first}" if first in self.commands else "numerist"


def _print_all_names() -> None:
    """Escape what output can't encode, such as names that are no UTF-8; it would be an error."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, io.TextIOWrapper) and output.errors in ("strict", "surrogateescape"):
            output.reconfigure(errors="backslashreplace")


def _fail(text: str, status: int, *more: str) -> NoReturn:
    """Say what went wrong, in lines; a name in them begins none, and says nothing to a terminal."""
    from numerist.reading.output import printable

    lines = "\n".join(map(printable, (text, *more)))
    click.echo(f"numerist: {lines}", err=True)
    sys.exit(status)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="numerist %(version)s")
def main() -> None:
    """Learn to recognise handwritten digits, from MNIST to your own."""


main.add_command(chapter)
main.add_command(data)
main.add_command(evaluate)
main.add_command(export)
main.add_command(read)
main.add_command(serve)
main.add_command(train)
main.add_command(tune)

"""Writes docs/cli.md from the help texts: python docs/generate.py [--check]."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from numerist.cli import main

TARGET = Path(__file__).with_name("cli.md")


def help_pages(command: click.Command, name: str, depth: int = 2) -> list[str]:
    settings = {**main.context_settings, "terminal_width": 88, "max_content_width": 88}
    context = click.Context(command, info_name=name, **settings)
    pages = [f"{'#' * depth} `{name}`\n\n```text\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            child = command.get_command(context, verb)
            if child is not None:
                pages += help_pages(child, f"{name} {verb}", depth + 1)
    return pages


def page() -> str:
    intro = "# The command line\n\nMade from the help texts by `docs/generate.py`.\n"
    return "\n".join([intro, *help_pages(main, "numerist")])


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != page())
    TARGET.write_text(page(), encoding="utf-8")

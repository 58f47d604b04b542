"""Where `numerist`, or `python -m numerist`, begins: Ctrl-C says one line from the first moment."""

import sys


def main() -> None:
    """Run the command line and leave the process."""
    try:
        from numerist.cli import main as run  # noqa: PLC0415  (takes tenths of a second)
    except KeyboardInterrupt:
        sys.exit("numerist: interrupted")
    run()


if __name__ == "__main__":
    main()

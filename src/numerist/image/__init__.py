"""Pictures of digits."""

from numerist.image.show import (
    sheet,
    terminal_picture,
    terminal_sheet,
    write_captioned_png,
    write_png,
)

__all__ = ["sheet", "terminal_picture", "terminal_sheet", "write_captioned_png", "write_png"]

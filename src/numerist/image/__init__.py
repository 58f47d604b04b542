"""Pictures of digits: opening any, normalising them for the network, showing them to people."""

from numerist.errors import PictureError
from numerist.image.normalise import (
    NORMALISER_VERSION,
    dark_on_light,
    normalise,
    normalise_all,
    normalise_ink,
)
from numerist.image.picture import open_picture
from numerist.image.show import (
    sheet,
    terminal_picture,
    terminal_sheet,
    write_captioned_png,
    write_png,
)

__all__ = [
    "NORMALISER_VERSION",
    "PictureError",
    "dark_on_light",
    "normalise",
    "normalise_all",
    "normalise_ink",
    "open_picture",
    "sheet",
    "terminal_picture",
    "terminal_sheet",
    "write_captioned_png",
    "write_png",
]

"""All colours of the pictures, in one place.

A picture has no background of its own, so each colour must do on white and on near-black. Text
and lines are drawn in `INK`, which stands for the colour of the text around the picture: in the
SVG it becomes `currentColor`. The series' colours, after Okabe and Ito, are moved to a lightness
in the middle, where the contrast is at least 3 : 1 on both backgrounds, and stay apart for people
who do not see red, green or blue. Series differ in dashes and markers as well.

Images (digits, weights) stand on small sheets of paper of their own, as photos do.
"""

from __future__ import annotations

INK = "#010203"  # never seen: `svg` puts currentColor in its place
FAINT = 0.35  # opacity of ink for grids and lines in the background

BLUE = "#1a80c4"
VERMILION = "#d55e00"
GREEN = "#00a050"
PURPLE = "#b0659a"
GREY = "#8a7a70"  # a warm one: for people without green cones green itself looks grey
SERIES = (BLUE, VERMILION, GREEN, PURPLE, GREY)

DASHES = ("-", "--", "-.", ":", (0, (6, 1.5, 1.5, 1.5, 1.5, 1.5)))
MARKERS = ("o", "s", "^", "D", "v")

HEIGHTS = "cividis"  # of surfaces: one lightness for each height, also without colours
AGAINST_FOR = "RdBu"  # red: negative, white: zero, blue: positive
RED, WHITE_PAPER, STRONG_BLUE = "#b2182b", "#f7f7f7", "#2166ac"  # its places −0.8, 0 and 0.8

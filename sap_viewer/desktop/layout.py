"""Where the two windows stand on the screen."""

from typing import NamedTuple

_GAP = 20  # Polyscope opens its window this far from the corner of the screen
_PANEL_WIDTH = 420
_TITLE_BAR = 32  # room that a window manager may add above each window


class Rectangle(NamedTuple):
    """Pixels on the screen, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def arrange(screen: tuple[int, int]) -> tuple[Rectangle, Rectangle]:
    """The view on the left and the panel to the right of it, on a screen of the given width and height."""
    width, height = screen
    panel_x = width - _PANEL_WIDTH
    used_height = height - _GAP - _TITLE_BAR
    return (
        Rectangle(_GAP, _GAP, panel_x - 2 * _GAP, used_height),
        Rectangle(panel_x - _GAP // 2, _GAP, _PANEL_WIDTH, used_height),
    )

"""Where the two windows stand on the screen."""

from typing import NamedTuple

_GAP = 20  # Polyscope opens its window this far from the corner of the screen
_PANEL_WIDTH = 420
_SMALLEST = 300  # width and height of a window that can still be used
_TITLE_BAR = 32  # room that a window manager may add above each window


class Rectangle(NamedTuple):
    """Pixels on the screen, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


def arrange(
    screen: tuple[int, int],
    *,
    view_size: tuple[int, int] | None = None,
    panel: tuple[int, int, int, int] | None = None,
    scale: float = 1.0,
) -> tuple[Rectangle, Rectangle]:
    """The view on the left and the panel to the right of it.

    Args:
        screen: its width and height.
        view_size: width and height of the view when it was last closed, which hold if they fit the screen.
        panel: the panel's place then, which holds likewise.
        scale: how many times as large as on an ordinary screen text and controls are.
    """
    view_place, panel_place = _side_by_side(screen, round(_PANEL_WIDTH * scale))
    if view_size is not None and _fits(kept := Rectangle(_GAP, _GAP, *view_size), screen):
        view_place = kept
    if panel is not None and _fits(kept := Rectangle(*panel), screen):
        panel_place = kept
    return view_place, panel_place


def _fits(place: Rectangle, screen: tuple[int, int]) -> bool:
    width, height = screen
    inside = place.x >= 0 and place.y >= 0 and place.x + place.width <= width and place.y + place.height <= height
    return inside and place.width >= _SMALLEST and place.height >= _SMALLEST


def _side_by_side(screen: tuple[int, int], panel_width: int) -> tuple[Rectangle, Rectangle]:
    width, height = screen
    panel_x = width - panel_width
    used_height = height - _GAP - _TITLE_BAR
    return (
        Rectangle(_GAP, _GAP, panel_x - 2 * _GAP, used_height),
        Rectangle(panel_x - _GAP // 2, _GAP, panel_width, used_height),
    )

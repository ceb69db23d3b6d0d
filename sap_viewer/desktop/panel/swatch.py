"""A colour, and a list of those that it may be."""

from collections.abc import Callable
from functools import partial

import dearpygui.dearpygui as dpg

from sap_viewer.controls import Control
from sap_viewer.desktop.panel.theme import Item
from sap_viewer.desktop.panel.widgets import hint, open_below
from sap_viewer.scene.view_options import INKS

SWATCH_WIDTH = 24  # pixels, like the one below
SWATCH_HEIGHT = 20


class Swatch:
    """A patch of the colour chosen; a click opens the others below it."""

    def __init__(self, control: Control, choose: Callable[[str, str], None]) -> None:
        self.name = control.name
        self._on = True
        self._choose = choose
        self._patch = _patch(control.name, self._open)
        self._tip = hint(self._patch, control.tooltip)
        self._tooltip = control.tooltip
        with (
            dpg.window(popup=True, show=False, no_move=True, autosize=True, min_size=(20, 20)) as self._popup,
            dpg.group(horizontal=True),
        ):
            for ink, color in INKS.items():
                patch = _patch(f"{control.name}.{ink}", partial(self._take, ink))
                dpg.configure_item(patch, default_value=(*color, 255))
                hint(patch, f"Draw it in {ink}.")

    def show(self, value: str, *, on: bool) -> None:
        """Show this colour, faint if it has no effect now."""
        self._on = on
        red, green, blue = next(color for ink, color in INKS.items() if ink == value)
        dpg.configure_item(self._patch, default_value=(red, green, blue, 255 if on else 80))
        dpg.set_value(self._tip, f"{self._tooltip}\nNow {value}")

    def _open(self) -> None:
        if self._on:
            open_below(self._patch, self._popup)

    def _take(self, ink: str) -> None:
        dpg.configure_item(self._popup, show=False)
        self._choose(self.name, ink)


def _patch(tag: str, press: Callable[[], None]) -> Item:
    item: Item = dpg.add_color_button(
        tag=tag, width=SWATCH_WIDTH, height=SWATCH_HEIGHT, no_border=True, no_alpha=False, callback=lambda: press()
    )
    return item

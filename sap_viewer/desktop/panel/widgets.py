"""The parts that the panel's sections share. Each is added to the container on DearPyGui's stack."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.panel.theme import DIM, Item, Theme

HINT_WIDTH = 300  # pixels, like those below
LABEL_WIDTH = 104
VALUE_WIDTH = 120
AUTO_WIDTH = 30
CELL_GAP = 8  # between two columns


def hint(item: Item, text: str) -> Item:
    """Show the text while the mouse rests on the item; returns the text, whose value may be replaced."""
    with dpg.tooltip(item, delay=0.5, hide_on_activity=True):
        shown: Item = dpg.add_text(text, wrap=HINT_WIDTH)
    return shown


def gap() -> None:
    """The room between two sections."""
    dpg.add_spacer(height=5)


def heading(text: str, theme: Theme) -> None:
    """The name of a section."""
    dpg.bind_item_font(dpg.add_text(text.upper(), color=DIM), theme.heading)


@contextmanager
def columns(*widths: int | None) -> Iterator[None]:
    """A table of aligned rows; the column of width None takes the room that is left."""
    with dpg.table(header_row=False, policy=dpg.mvTable_SizingFixedFit, no_pad_outerX=True):
        for width in widths:
            if width is None:
                dpg.add_table_column(width_stretch=True)
            else:
                dpg.add_table_column(width_fixed=True, init_width_or_weight=width)
        yield


def button(label: str, *, tag: str, tip: str, press: Callable[[], None], width: int = -1) -> Item:
    """A button with its tooltip; a width of -1 takes the room that is left."""
    item: Item = dpg.add_button(label=label, tag=tag, width=width, callback=lambda: press())
    hint(item, tip)
    return item


def enable(item: Item, on: bool) -> None:
    """Let the item be used, or show it faint."""
    dpg.configure_item(item, enabled=on)


def elided(text: str, width: float, font: Item) -> str:
    """The text with its middle left out where it is wider than this many pixels."""
    kept = len(text)
    shown = text
    while kept > 2 and dpg.get_text_size(shown, font=font)[0] > width:
        kept -= 1
        shown = text[: (kept + 1) // 2] + "\N{HORIZONTAL ELLIPSIS}" + text[len(text) - kept // 2 :]
    return shown


def open_below(item: Item, popup: Item) -> None:
    """Open a popup window right below the item."""
    left, _ = dpg.get_item_rect_min(item)
    _, below = dpg.get_item_rect_max(item)
    dpg.configure_item(popup, show=True, pos=(left, below))

"""The list in which a resolution is chosen."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_core.memory import Budget
from sap_viewer.controls import Control
from sap_viewer.desktop.panel.resolutions import Offer, left_out, offers
from sap_viewer.desktop.panel.theme import DIM, FAINT, TEXT, Item
from sap_viewer.desktop.panel.widgets import columns, enable, hint, open_below

ARROW_WIDTH = 26  # pixels, like those below
COLUMN_WIDTH = 96
ROW_HEIGHT = 23  # that of the texts beside a row's name


class ResolutionField:
    """A button that opens the list: each resolution with what a step needs, greyed where memory will not suffice.

    DearPyGui's own lists can neither grey a row nor align columns.
    """

    def __init__(self, control: Control, change: Callable[[float], None], *, choices: tuple[int, ...]) -> None:
        self._choices = choices
        self._change = change
        self._offers: list[Offer] = []
        self._rows: list[tuple[Item, Item, Item]] = []
        with dpg.group(horizontal=True, horizontal_spacing=1):
            self._button: Item = dpg.add_button(tag=control.name, width=-ARROW_WIDTH, callback=lambda: self._open())
            arrow: Item = dpg.add_button(arrow=True, direction=dpg.mvDir_Down, callback=lambda: self._open())
        for item in (self._button, arrow):
            hint(item, f"{control.tooltip}\nThe list says what a step of this run needs at each.")
        with dpg.window(popup=True, show=False, tag=f"{control.name}.list", no_move=True) as self._list:
            with columns(COLUMN_WIDTH, COLUMN_WIDTH, COLUMN_WIDTH):
                with dpg.table_row():
                    for title in ("Nodes", "Memory", "Time of a step"):
                        dpg.add_text(title, color=DIM)
                for choice in choices:
                    self._add_row(choice, tag=f"{control.name}.{choice}")
            self._reason: Item = dpg.add_text(color=DIM, wrap=3 * COLUMN_WIDTH)
        self.limit(None, None)

    def limit(self, budget: Budget | None, unit_seconds: float | None) -> None:
        """Say what a step needs, and offer what there is memory for."""
        new = offers(self._choices, budget, unit_seconds)
        if new == self._offers:
            return
        self._offers = new
        reason = left_out(self._choices, budget)
        dpg.set_value(self._reason, reason)
        dpg.configure_item(self._reason, show=bool(reason))
        for offer, (row, memory, time) in zip(new, self._rows, strict=True):
            enable(row, offer.fits)
            for item, text in ((memory, offer.memory), (time, offer.time)):
                dpg.set_value(item, text)
                dpg.configure_item(item, color=TEXT if offer.fits else FAINT)

    def show(self, value: float | None) -> None:
        """Show the value, which need not be one of the choices."""
        dpg.configure_item(self._button, label="" if value is None else str(value))

    def _add_row(self, choice: int, *, tag: str) -> None:
        with dpg.table_row():
            row: Item = dpg.add_selectable(
                label=str(choice), tag=tag, height=ROW_HEIGHT, span_columns=True, callback=lambda: self._choose(choice)
            )
            hint(row, f"Solve on a grid of {choice} nodes along each axis, from the next step on.")
            self._rows.append((row, dpg.add_text(), dpg.add_text()))

    def _open(self) -> None:
        open_below(self._button, self._list)

    def _choose(self, choice: int) -> None:
        row, _, _ = self._rows[self._choices.index(choice)]
        dpg.set_value(row, False)  # what is chosen stands on the button
        dpg.configure_item(self._list, show=False)
        self._change(choice)

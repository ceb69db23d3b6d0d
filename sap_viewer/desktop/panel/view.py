"""What the 3D window draws, and how."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dearpygui.dearpygui as dpg

from sap_viewer.controls import Control, controls_of, written
from sap_viewer.desktop.messages import Action, PanelState, SetView
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.fields import SliderField
from sap_viewer.desktop.panel.swatch import SWATCH_WIDTH, Swatch
from sap_viewer.desktop.panel.theme import DIM, Item, Theme
from sap_viewer.desktop.panel.view_rows import COLUMNS, Row, rows_of
from sap_viewer.desktop.panel.widgets import columns, enable, gap, heading, hint
from sap_viewer.scene.view_options import ViewOptions

NAME_WIDTH = 120  # pixels

Choose = Callable[[str, bool | float | str], None]  # field, value


class ViewSection:
    """A row for each thing drawn: a switch, and how it looks."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._options = Echoed(ViewOptions())
        self._moved = ViewOptions()
        gap()
        with columns(NAME_WIDTH, SWATCH_WIDTH, None, None):
            with dpg.table_row():
                heading("View", theme)
                dpg.add_text()
                dpg.add_text()
                dpg.bind_item_font(dpg.add_text("opacity", color=DIM), theme.small)
            self._rows = [ViewRow(row, self._choose) for row in rows_of(controls_of(ViewOptions))]

    def _choose(self, name: str, value: bool | float | str) -> None:
        change: dict[str, Any] = {name: value}
        if name.endswith("_sweep") and not value:  # it stops where it is
            place = name.replace("_sweep", "_at")
            change[place] = getattr(self._moved, place)
        self._options.change(replace(self._options.value, **change))
        self._send(SetView(self._options.value))
        self._show()

    def update(self, state: PanelState) -> None:
        """Show the options that the view draws with."""
        self._options.hear(state.view, run=state.run)
        self._moved = state.moved
        self._show()

    def _show(self) -> None:
        options = _with_moving_slices(self._options.value, self._moved)
        for row in self._rows:
            row.show(options)


class ViewRow:
    """The cells of a row; what has no effect while its switch is off is faint."""

    def __init__(self, row: Row, choose: Choose) -> None:
        self._switch = row.switch
        with dpg.table_row():
            self._name = _Switch(row.switch, choose) if row.switch else _Label(row)
            cells = [_cell(getattr(row, column), choose) for column in COLUMNS[1:]]
        self._cells = [cell for cell in cells if cell is not None]

    def show(self, options: ViewOptions) -> None:
        """Show this row's part of the options."""
        on = self._switch is None or getattr(options, self._switch.name)
        self._name.show(on)
        for cell in self._cells:
            cell.show(getattr(options, cell.name), on=on)


class _Switch:
    def __init__(self, control: Control, choose: Choose) -> None:
        self._box: Item = dpg.add_checkbox(
            label=control.label.removeprefix("Show ").capitalize(),
            tag=control.name,
            callback=lambda _, on: choose(control.name, on),
        )
        hint(self._box, control.tooltip)

    def show(self, on: bool) -> None:
        dpg.set_value(self._box, on)


class _Label:
    def __init__(self, row: Row) -> None:
        control = row.look or row.last
        assert control is not None, row
        hint(dpg.add_text(control.label), control.tooltip)

    def show(self, on: bool) -> None:
        """It is always on."""


class _SliderCell:
    """A slider whose value stands in its tooltip: what it does is seen in the other window."""

    def __init__(self, control: Control, choose: Choose) -> None:
        self.name = control.name
        self._tooltip = control.tooltip
        self._slider = SliderField(control, lambda value: choose(control.name, value))

    def show(self, value: float, *, on: bool) -> None:
        self._slider.show(value)
        enable(self._slider.item, on)
        dpg.set_value(self._slider.hint, f"{self._tooltip}\nNow {written(value)}")


class _PlayCell:
    """A button that sets a slice moving and stops it."""

    def __init__(self, control: Control, choose: Choose) -> None:
        self.name = control.name
        self._moving = False
        self._item: Item = dpg.add_button(
            tag=control.name, width=-1, callback=lambda: choose(control.name, not self._moving)
        )
        hint(self._item, control.tooltip)

    def show(self, value: bool, *, on: bool) -> None:
        self._moving = value
        dpg.configure_item(self._item, label="Stop" if value else "Play")
        enable(self._item, on)


class _WordsCell:
    def __init__(self, control: Control, choose: Choose) -> None:
        self.name = control.name
        self._item: Item = dpg.add_combo(
            control.words, tag=control.name, width=-1, callback=lambda _, word: choose(control.name, word)
        )
        hint(self._item, control.tooltip)

    def show(self, value: str, *, on: bool) -> None:
        dpg.set_value(self._item, value)
        enable(self._item, on)


def _cell(control: Control | None, choose: Choose) -> _SliderCell | _PlayCell | _WordsCell | Swatch | None:
    if control is None:
        dpg.add_text()
        return None
    if control.words:
        return Swatch(control, choose) if control.name.endswith("_color") else _WordsCell(control, choose)
    return _PlayCell(control, choose) if control.kind is bool else _SliderCell(control, choose)


def _with_moving_slices(options: ViewOptions, moved: ViewOptions) -> ViewOptions:
    """The options with the places of those slices that move."""
    moving = (f"slice_{axis}" for axis in "xyz" if getattr(options, f"slice_{axis}_sweep"))
    places = {f"{name}_at": getattr(moved, f"{name}_at") for name in moving}
    return replace(options, **places)

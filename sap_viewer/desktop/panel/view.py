"""What the 3D window draws."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dearpygui.dearpygui as dpg

from sap_viewer.controls import Control, controls_of, written
from sap_viewer.desktop.messages import Action, PanelState, SetView
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.fields import SliderField
from sap_viewer.desktop.panel.theme import DIM, FAINT, Item, Theme
from sap_viewer.desktop.panel.widgets import (
    AUTO_WIDTH,
    CELL_GAP,
    LABEL_WIDTH,
    VALUE_WIDTH,
    columns,
    enable,
    gap,
    heading,
    hint,
)
from sap_viewer.scene import ViewOptions

Choose = Callable[[str, bool | float], None]  # field, value


class ViewSection:
    """A row for each thing drawn: a switch, and a slider where it has a size or a place."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._options = Echoed(ViewOptions())
        gap()
        heading("View", theme)
        with columns(LABEL_WIDTH, None, VALUE_WIDTH + CELL_GAP + AUTO_WIDTH):
            self._rows = [ViewRow(switch, amount, self._choose) for switch, amount in _pairs(controls_of(ViewOptions))]

    def _choose(self, name: str, value: bool | float) -> None:
        change: dict[str, Any] = {name: value}
        self._options.change(replace(self._options.value, **change))
        self._send(SetView(self._options.value))
        self._show()

    def update(self, state: PanelState) -> None:
        """Show the options that the view draws with."""
        self._options.hear(state.view, run=state.run)
        self._show()

    def _show(self) -> None:
        for row in self._rows:
            row.show(self._options.value)


class ViewRow:
    """A switch and, for some, the amount that goes with it."""

    def __init__(self, switch: Control, amount: Control | None, choose: Choose) -> None:
        self._switch = switch.name
        with dpg.table_row():
            self._box: Item = dpg.add_checkbox(
                label=switch.label.removeprefix("Show ").capitalize(),
                tag=switch.name,
                callback=lambda _, on: choose(switch.name, on),
            )
            hint(self._box, switch.tooltip)
            self._amount = AmountCells(amount, choose) if amount else None

    def show(self, options: ViewOptions) -> None:
        """Show this row's part of the options."""
        on = getattr(options, self._switch)
        dpg.set_value(self._box, on)
        if self._amount:
            self._amount.show(options, on=on)


class AmountCells:
    """The slider of an amount, and the amount written beside it."""

    def __init__(self, control: Control, choose: Choose) -> None:
        self._name = control.name
        self._caption = control.label.split()[-1]  # "Point radius": the row already says of what
        self._slider = SliderField(control, lambda value: choose(control.name, value))
        self._text: Item = dpg.add_text()

    def show(self, options: ViewOptions, *, on: bool) -> None:
        """Show the amount, faint if it has no effect now."""
        value = getattr(options, self._name)
        self._slider.show(value)
        enable(self._slider.item, on)
        dpg.set_value(self._text, f"{self._caption} {written(value)}")
        dpg.configure_item(self._text, color=DIM if on else FAINT)


def _pairs(controls: tuple[Control, ...]) -> list[tuple[Control, Control | None]]:
    """Each switch with the amount that follows it, if one does."""
    following = [*controls[1:], None]
    return [
        (control, after if after is not None and after.kind is float else None)
        for control, after in zip(controls, following, strict=True)
        if control.kind is bool
    ]

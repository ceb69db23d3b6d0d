"""The parameters that act while the run goes on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dearpygui.dearpygui as dpg

from sap_core.config import PRESETS, InForce, Parameters, PresetName, Settings
from sap_core.memory import Budget
from sap_viewer.commands import SetParameters
from sap_viewer.controls import Control, controls_of, written
from sap_viewer.desktop.messages import Action, PanelState, Reload, SetPreset
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.fields import field_of
from sap_viewer.desktop.panel.resolution_field import ResolutionField
from sap_viewer.desktop.panel.theme import DIM, FAINT, TEXT, WARNING, Color, Item, Theme
from sap_viewer.desktop.panel.widgets import (
    AUTO_WIDTH,
    LABEL_WIDTH,
    VALUE_WIDTH,
    button,
    columns,
    enable,
    heading,
    hint,
)

Pin = Callable[[str, float | None], None]  # field, value; None gives the field back to the schedule

VALUE_HINT = "The value in force; where another is asked for, that one follows and holds from the next step on."


class SettingsSection:
    """A row for each parameter: its field, its value, and whether the schedule decides."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._parameters = Echoed(Parameters())
        self._in_force: InForce | None = None
        with columns(LABEL_WIDTH, None, VALUE_WIDTH, AUTO_WIDTH):
            with dpg.table_row():
                heading("Settings", theme)
                dpg.add_text()
                dpg.add_text()
                dpg.bind_item_font(dpg.add_text("auto", color=DIM), theme.small)
            self._preset = PresetRow(send)
            self._rows = [ParameterRow(control, self._pin) for control in controls_of(Parameters)]

    def update(self, state: PanelState) -> None:
        """Show what the state asks for and what is in force."""
        self._parameters.hear(state.requested, run=state.run)
        self._in_force = state.in_force
        self._preset.update(state)
        for row in self._rows:
            row.limit(state.budget, state.unit_seconds)
        self._show()

    def _pin(self, name: str, value: float | None) -> None:
        if self._in_force is None:  # not yet known what the run was given: sent now, this would undo it
            self._show()
            return
        change: dict[str, Any] = {name: value}
        self._parameters.change(replace(self._parameters.value, **change))
        self._send(SetParameters(self._parameters.value))
        self._show()

    def _show(self) -> None:
        for row in self._rows:
            in_force = None if self._in_force is None else getattr(self._in_force, row.name)
            row.show(getattr(self._parameters.value, row.name), in_force)


class PresetRow:
    """The preset for the next scan or reset, and the button that starts over with it at once."""

    def __init__(self, send: Callable[[Action], None]) -> None:
        self._send = send
        self._value: Echoed[PresetName] = Echoed("balanced")
        described = next(control for control in controls_of(Settings) if control.name == "preset")
        with dpg.table_row():
            hint(dpg.add_text("Preset"), described.tooltip)
            self._item: Item = dpg.add_combo(
                list(PRESETS), tag="preset", width=-1, callback=lambda _, preset: self._choose(preset)
            )
            hint(self._item, f"{described.tooltip}\nHolds from the next scan or reset on.")
            self._reload = button(
                "Start over",
                tag="reload",
                tip="Reconstruct the same scan from step 0 with this preset. Options of the command line stay.",
                press=lambda: send(Reload()),
            )

    def update(self, state: PanelState) -> None:
        """Show the preset chosen."""
        self._value.hear(state.preset, run=state.run)
        dpg.set_value(self._item, self._value.value)
        enable(self._reload, state.steerable)

    def _choose(self, preset: PresetName) -> None:
        self._value.change(preset)
        self._send(SetPreset(preset))


class ParameterRow:
    """One parameter. Nothing is asked for where the schedule decides."""

    def __init__(self, control: Control, pin: Pin) -> None:
        self.name = control.name
        self._pin = pin
        self._in_force: float | None = None
        with dpg.table_row():
            hint(dpg.add_text(control.label), control.tooltip)
            self._field = field_of(control, lambda value: pin(control.name, value))
            self._value: Item = dpg.add_text()
            hint(self._value, VALUE_HINT)
            self._auto: Item = dpg.add_checkbox(tag=f"{control.name}.auto", callback=self._toggle)
            hint(self._auto, f"Ticked: the schedule decides.\nUnticked: {control.label.lower()} keeps its value.")

    def show(self, asked: float | None, in_force: float | None) -> None:
        """Show the value asked for and the one in force; each may be None."""
        self._in_force = in_force
        self._field.show(in_force if asked is None else asked)
        text, color = _value_text(asked, in_force)
        dpg.set_value(self._value, text)
        dpg.configure_item(self._value, color=color)
        dpg.set_value(self._auto, asked is None)
        enable(self._auto, asked is not None or in_force is not None)

    def limit(self, budget: Budget | None, unit_seconds: float | None) -> None:
        """Say what a step needs, where that depends on this parameter."""
        if isinstance(self._field, ResolutionField):
            self._field.limit(budget, unit_seconds)

    def _toggle(self, _sender: Item, auto: bool) -> None:
        self._pin(self.name, None if auto else self._in_force)


def _value_text(asked: float | None, in_force: float | None) -> tuple[str, Color]:
    if in_force is None:
        return ("auto", FAINT) if asked is None else (written(asked), TEXT)
    if asked is None or asked == in_force:
        return written(in_force), TEXT
    return f"{written(in_force)} \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} {written(asked)}", WARNING

"""The fields in which a control's value is chosen. Each is added to the container on DearPyGui's stack."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_core.memory import Budget
from sap_viewer.controls import Control
from sap_viewer.desktop.panel.resolutions import left_out, offered, resolution_in
from sap_viewer.desktop.panel.scale import Scale
from sap_viewer.desktop.panel.theme import Item
from sap_viewer.desktop.panel.widgets import hint

Change = Callable[[float], None]


class SliderField:
    """A bare slider; its value is written beside it, where the grab does not hide it."""

    def __init__(self, control: Control, change: Change) -> None:
        self._scale = Scale.of(control)
        self.item: Item = dpg.add_slider_float(
            tag=control.name,
            min_value=0.0,
            max_value=1.0,
            width=-1,
            format="",
            no_input=True,
            callback=lambda _, position: change(self._scale.value(position)),
        )
        hint(self.item, control.tooltip)

    def show(self, value: float | None) -> None:
        """Move to the value, if there is one, unless the user is moving it."""
        if value is not None and not dpg.is_item_active(self.item):
            dpg.set_value(self.item, self._scale.position(value))


class ResolutionField:
    """A list of the resolutions to choose from, less those for which there is no memory."""

    def __init__(self, control: Control, change: Change, *, choices: tuple[int, ...]) -> None:
        self._choices = choices
        self._tooltip = control.tooltip
        self._item: Item = dpg.add_combo(
            offered(choices, None),
            tag=control.name,
            width=-1,
            callback=lambda _, offer: change(resolution_in(offer)),
        )
        self._hint = hint(self._item, self._tooltip)

    def limit(self, budget: Budget | None) -> None:
        """Offer what there is memory for."""
        dpg.configure_item(self._item, items=offered(self._choices, budget))
        dpg.set_value(self._hint, f"{self._tooltip}\n{left_out(self._choices, budget)}".rstrip())

    def show(self, value: float | None) -> None:
        """Show the value, which need not be one of the choices."""
        dpg.set_value(self._item, "" if value is None else str(value))


Field = SliderField | ResolutionField


def field_of(control: Control, change: Change) -> Field:
    """The field that suits the control: a list where its span names choices, else a slider."""
    if control.span is not None and control.span.choices:
        return ResolutionField(control, change, choices=control.span.choices)
    return SliderField(control, change)

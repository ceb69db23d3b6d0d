"""The fields in which a control's value is chosen. Each is added to the container on DearPyGui's stack."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.controls import Control
from sap_viewer.desktop.panel.resolution_field import ResolutionField
from sap_viewer.desktop.panel.scale import Scale
from sap_viewer.desktop.panel.theme import Item
from sap_viewer.desktop.panel.widgets import hint

Change = Callable[[float], None]


class SliderField:
    """A bare slider; its value is written beside it or in its hint, where the grab does not hide it."""

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
        self.hint: Item = hint(self.item, control.tooltip)

    def show(self, value: float | None) -> None:
        """Move to the value, if there is one, unless the user is moving it."""
        if value is not None and not dpg.is_item_active(self.item):
            dpg.set_value(self.item, self._scale.position(value))


Field = SliderField | ResolutionField


def field_of(control: Control, change: Change) -> Field:
    """The field that suits the control: a list where its span names choices, else a slider."""
    if control.span is not None and control.span.choices:
        return ResolutionField(control, change, choices=control.span.choices)
    return SliderField(control, change)

"""The tooltips of the real panel as JSON, a row for each control: ``python -m tests.tooltips``.

In a process of its own, since DearPyGui keeps its connection to the display until its process ends.
"""

import json

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.greeting import PlacePanel
from sap_viewer.desktop.panel.window import Panel
from tests.test_panel import PAUSED

CONTROLS = ("Button", "Checkbox", "Combo", "Slider", "Input", "Selectable", "MenuItem", "Drag", "Color", "Radio")


def main() -> None:
    dpg.create_context()
    panel = Panel(PlacePanel(0, 0, 420, 1000), lambda action: None)
    panel.update(PAUSED)
    items = dpg.get_all_items()
    texts = {target(item): text(item) for item in items if kind(item) == "Tooltip"}
    controls = [item for item in items if kind(item).startswith(CONTROLS)]
    rows = [(dpg.get_item_alias(item), dpg.get_item_label(item), texts.get(item, "")) for item in controls]
    print(json.dumps(rows))
    dpg.destroy_context()


def kind(item: int) -> str:
    return dpg.get_item_type(item).rpartition("mv")[2]


def target(tooltip: int) -> int:
    """What it is over: the item before it."""
    siblings = dpg.get_item_children(dpg.get_item_parent(tooltip), 1)
    before = siblings[: siblings.index(tooltip)]
    return next((item for item in reversed(before) if kind(item) != "Tooltip"), 0)


def text(tooltip: int) -> str:
    return " ".join(str(dpg.get_value(item)) for item in dpg.get_item_children(tooltip, 1))


if __name__ == "__main__":
    main()

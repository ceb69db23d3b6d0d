"""The panel on a screen that asks for larger text. All sizes are written for a scale of 1 and multiplied here."""

from typing import Any

import dearpygui.dearpygui as dpg

_LENGTHS = ("width", "height", "wrap", "indent", "horizontal_spacing", "init_width_or_weight", "radius")
_PAIRS = ("min_size", "center")


class Scaling:
    """Multiplies the sizes of all items once, whenever they were added."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._done: set[int] = set()

    def apply(self) -> None:
        """Enlarge what has been added since the last time."""
        if self._scale == 1:
            return
        for item in dpg.get_all_items():
            if item not in self._done:
                self._done.add(item)
                self._enlarge(item)

    def _enlarge(self, item: int) -> None:
        sizes = dpg.get_item_configuration(item)
        # A window of its own takes the size of what is in it, and a stretched column has no width but a weight.
        fitted = dpg.get_item_type(item) == "mvAppItemType::mvWindowAppItem"
        left_out = {"width", "height"} if fitted else {"init_width_or_weight"} if sizes.get("width_stretch") else set()
        changes: dict[str, Any] = {
            name: type(sizes[name])(sizes[name] * self._scale)
            for name in _LENGTHS
            if name not in left_out and abs(sizes.get(name) or 0) > 1  # -1 is all the room that is left
        }
        for name in _PAIRS:
            if sizes.get(name):
                changes[name] = [round(self._scale * length) for length in sizes[name]]
        if changes:
            dpg.configure_item(item, **changes)

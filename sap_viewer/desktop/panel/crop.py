"""Which part of the scan is reconstructed."""

import math
from collections.abc import Callable, Sequence

import dearpygui.dearpygui as dpg
import numpy as np

from sap_core.crop import Box, Crop, Region, Sphere
from sap_core.geometry import FloatArray
from sap_core.validate.error import InputError
from sap_viewer.commands import SetCrops
from sap_viewer.desktop.messages import Action, PanelState, PreviewRegion
from sap_viewer.desktop.panel.theme import DIM, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, enable, gap, heading, hint

SHAPES = ("box", "sphere")
DIGITS = 3  # after the first one of the scan's extent


class CropSection:
    """A region by its numbers in scan units, shown in the 3D window while it is chosen."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._whole: FloatArray | None = None
        self._crops: tuple[Crop, ...] = ()
        self._drawn: Region | None = None
        gap()
        heading("Crop", theme)
        with columns(104, None):
            with dpg.table_row():
                self._shape: Item = dpg.add_combo(
                    SHAPES, tag="crop.shape", default_value="box", width=-1, callback=lambda: self._change()
                )
                hint(self._shape, "A region of the scan: a box along the axes, or a sphere.")
                self._shown: Item = dpg.add_checkbox(
                    label="choose a region", tag="crop.shown", callback=lambda: self._change()
                )
                hint(self._shown, "Draw the region in the 3D window, and offer to crop by it.")
            self._box = [_Row(f"{axis} from, to", f"crop.box.{axis}", 2, self._change) for axis in "xyz"]
            self._sphere = [_Row(f"Centre {axis}", f"crop.sphere.{axis}", 1, self._change) for axis in "xyz"]
            self._radius = _Row("Radius", "crop.sphere.radius", 1, self._change)
        with dpg.group(horizontal=True):
            self._keep = button(
                "Keep inside",
                tag="crop.keep",
                width=110,
                tip="Reconstruct only what lies in the region, from step 0.",
                press=lambda: self._crop("inside"),
            )
            self._cut = button(
                "Delete inside",
                tag="crop.cut",
                width=110,
                tip="Reconstruct all but what lies in the region, from step 0.",
                press=lambda: self._crop("outside"),
            )
            self._undo = button(
                "Undo crop", tag="crop.undo", tip="Take the last crop back, from step 0.", press=self._take_back
            )
        self._show_rows()

    def update(self, state: PanelState) -> None:
        """Follow the scan and its crops."""
        self._crops = state.crops
        if state.whole is not None and not _equal(state.whole, self._whole):
            self._whole = state.whole
            self._span(state.whole)
            dpg.set_value(self._shown, False)
            self._change()
        usable = state.steerable and self._whole is not None
        for item in (self._shape, self._shown):
            enable(item, usable)
        choosing = usable and self._region is not None
        for item in (self._keep, self._cut):
            enable(item, choosing)
        enable(self._undo, usable and bool(self._crops))
        dpg.configure_item(self._undo, label=f"Undo crop ({len(self._crops)})" if self._crops else "Undo crop")

    @property
    def _region(self) -> Region | None:
        """The one that is chosen and shown; none where its numbers leave no inside."""
        if not dpg.get_value(self._shown):
            return None
        try:
            if dpg.get_value(self._shape) == "box":
                low, high = zip(*(row.values for row in self._box), strict=True)
                return Box(low, high)
            x, y, z = (row.values[0] for row in self._sphere)
            return Sphere((x, y, z), self._radius.values[0])
        except InputError:
            return None

    def _crop(self, keep: str) -> None:
        region = self._region
        if region is not None:
            self._send(SetCrops((*self._crops, Crop(region, "inside" if keep == "inside" else "outside"))))
            dpg.set_value(self._shown, False)
            self._change()

    def _take_back(self) -> None:
        self._send(SetCrops(self._crops[:-1]))

    def _change(self) -> None:
        self._show_rows()
        region = self._region
        if region != self._drawn:
            self._drawn = region
            self._send(PreviewRegion(region))

    def _show_rows(self) -> None:
        chosen = dpg.get_value(self._shape) if dpg.get_value(self._shown) else ""
        for row in self._box:
            row.show(on=chosen == "box")
        for row in (*self._sphere, self._radius):
            row.show(on=chosen == "sphere")
        for item in (self._keep, self._cut):
            enable(item, bool(chosen))

    def _span(self, whole: FloatArray) -> None:
        """Let the sliders reach over the scan; the region at first is the middle of it."""
        low, high = whole
        extent = float((high - low).max())
        for row, start, end in zip(self._box, low, high, strict=True):
            row.span(start, end, extent, (0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end))
        for row, start, end in zip(self._sphere, low, high, strict=True):
            row.span(start, end, extent, ((start + end) / 2,))
        self._radius.span(0.0, extent, extent, (extent / 4,))


class _Row:
    """A label and one or two numbers on sliders, in double precision for scans in map coordinates."""

    def __init__(self, label: str, tag: str, count: int, change: Callable[[], None]) -> None:
        self._count = count
        with dpg.table_row() as self._row:
            dpg.add_text(label.capitalize() if count == 1 else label, color=DIM)
            self._slider: Item = dpg.add_slider_doublex(tag=tag, size=count, width=-1, callback=lambda: change())
            hint(self._slider, "In the scan's units. Ctrl and a click let a number be typed.")

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(dpg.get_value(self._slider)[: self._count])

    def span(self, low: float, high: float, extent: float, values: Sequence[float]) -> None:
        """Run from low to high, with digits that suit the extent of the scan, and start at these values."""
        digits = max(0, DIGITS - math.floor(math.log10(extent)))
        dpg.configure_item(self._slider, min_value=float(low), max_value=float(high), format=f"%.{digits}f")
        dpg.set_value(self._slider, [*map(float, values), *[0.0] * (4 - len(values))])

    def show(self, *, on: bool) -> None:
        dpg.configure_item(self._row, show=on)


def _equal(a: FloatArray, b: FloatArray | None) -> bool:
    return b is not None and np.array_equal(a, b)

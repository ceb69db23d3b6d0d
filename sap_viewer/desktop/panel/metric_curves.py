"""How near the mesh is to a reference, drawn into the plot of the loss on axes of its own."""

import dearpygui.dearpygui as dpg
import numpy as np

from sap_viewer.desktop.panel.plot_labels import log_ticks
from sap_viewer.desktop.panel.theme import Item, Theme
from sap_viewer.snapshot import Comparison

F_RANGE = (0.0, 1.3)  # room above a perfect score for the labels


class MetricCurves:
    """Chamfer-L1 on a logarithmic axis at the right, and the F-score from 0 to 1."""

    def __init__(self, plot: Item, theme: Theme) -> None:
        self._chamfer_axis: Item = dpg.add_plot_axis(
            dpg.mvYAxis2, parent=plot, scale=dpg.mvPlotScale_Log10, opposite=True, no_highlight=True, no_gridlines=True
        )
        self._f_axis: Item = dpg.add_plot_axis(
            dpg.mvYAxis3, parent=plot, opposite=True, no_highlight=True, no_gridlines=True, no_tick_labels=True
        )
        self._chamfer: Item = dpg.add_line_series([], [], parent=self._chamfer_axis)
        self._f_score: Item = dpg.add_line_series([], [], parent=self._f_axis)
        dpg.bind_item_theme(self._chamfer, theme.chamfer)
        dpg.bind_item_theme(self._f_score, theme.f_score)
        dpg.set_axis_limits(self._f_axis, *F_RANGE)
        dpg.configure_item(self._f_axis, no_tick_marks=True)
        self.show(None, headroom=1.0)

    def show(self, comparison: Comparison | None, *, headroom: float) -> None:
        """Draw what was found so far; room for labels is left above."""
        on = comparison is not None and len(comparison.steps) > 0
        for axis in (self._chamfer_axis, self._f_axis):
            dpg.configure_item(axis, show=on)
        if comparison is None or not on:
            return
        steps, chamfer = comparison.steps.tolist(), comparison.chamfer_l1
        dpg.set_value(self._chamfer, [steps, chamfer.tolist()])
        dpg.set_value(self._f_score, [steps, comparison.f_score.tolist()])
        positive = chamfer[chamfer > 0]
        low, high = (positive.min() / 1.5, positive.max() * headroom) if len(positive) else (1e-4, 1e-1)
        dpg.set_axis_limits(self._chamfer_axis, low, high)
        dpg.set_axis_ticks(self._chamfer_axis, tuple(log_ticks(low, high)))


def at_step(comparison: Comparison, step: int) -> str:
    """What was found nearest to this step."""
    nearest = int(np.abs(comparison.steps - step).argmin())
    return (
        f"Step {comparison.steps[nearest]:,}: Chamfer-L1 {comparison.chamfer_l1[nearest]:.4g}, "
        f"F-score at 1 % {comparison.f_score[nearest]:.3f}, against {comparison.name}"
    )

"""The loss over the steps, with a mark where something else than the optimiser changed the run."""

import dearpygui.dearpygui as dpg
import numpy as np

from sap_viewer.desktop.messages import PanelState
from sap_viewer.desktop.panel.metric_curves import MetricCurves, at_step
from sap_viewer.desktop.panel.plot_labels import log_ticks, place_labels
from sap_viewer.desktop.panel.theme import CHAMFER, F_SCORE, SURFACE, Item, Theme
from sap_viewer.desktop.panel.widgets import HINT_WIDTH, gap, heading
from sap_viewer.snapshot import Comparison, LossHistory

HEIGHT = 128
AXIS_WIDTH = 84  # pixels of the window's width that are not the plot's area
RIGHT_AXIS_WIDTH = 36
LABEL_ROW = 16  # pixels
MARGIN = 0.04  # share of the step axis right of the last step, without which the last tick's label is cut
HEADROOM = 3.0  # factor above the largest loss, where the labels stand
EMPTY_RANGE = (1e-4, 1e-1)  # of the loss axis before the first step
MEANING = "Squared Chamfer distance between mesh and scan, in coordinates of [-1, 1]; lower is closer."


class LossPlot:
    """Loss against step, the loss on a logarithmic axis; the axes follow the data."""

    def __init__(self, theme: Theme) -> None:
        self._history = LossHistory()
        self._comparison: Comparison | None = None
        self._viewed: int | None = None
        self._small = theme.small
        self._labels: list[Item] = []
        gap()
        with dpg.group(horizontal=True):
            heading("Loss", theme)
            self._latest: Item = dpg.add_text()
            self._chamfer: Item = dpg.add_text(color=CHAMFER)
            self._f_score: Item = dpg.add_text(color=F_SCORE)
            for text in (self._latest, self._chamfer, self._f_score):
                dpg.bind_item_font(text, theme.small)
        with dpg.group() as frame:  # a plot cannot carry a tooltip itself
            self._plot: Item = dpg.add_plot(
                tag="loss", height=HEIGHT, width=-1, no_title=True, no_menus=True, no_mouse_pos=True, no_box_select=True
            )
        dpg.bind_item_font(self._plot, theme.small)
        self._steps: Item = dpg.add_plot_axis(dpg.mvXAxis, parent=self._plot, no_highlight=True)
        self._losses: Item = dpg.add_plot_axis(
            dpg.mvYAxis, parent=self._plot, scale=dpg.mvPlotScale_Log10, no_highlight=True
        )
        self._lines: Item = dpg.add_inf_line_series([], parent=self._losses)
        self._viewed_line: Item = dpg.add_inf_line_series([], parent=self._losses)
        self._curve: Item = dpg.add_line_series([], [], parent=self._losses)
        dpg.bind_item_theme(self._lines, theme.marks)
        dpg.bind_item_theme(self._viewed_line, theme.viewed)
        dpg.bind_item_theme(self._curve, theme.series)
        self._metrics = MetricCurves(self._plot, theme)
        with dpg.tooltip(frame):
            self._reading: Item = dpg.add_text(wrap=HINT_WIDTH)
        self._draw()

    def update(self, state: PanelState) -> None:
        """Draw the state's history, if it is another than the one drawn."""
        new, old = state.history, self._history
        same = np.array_equal(new.steps, old.steps) and np.array_equal(new.losses, old.losses, equal_nan=True)
        if state.viewed != self._viewed:
            self._viewed = state.viewed
            dpg.set_value(self._viewed_line, [[] if state.viewed is None else [float(state.viewed)]])
        if not same or new.marks != old.marks or _changed(state.comparison, self._comparison):
            self._history, self._comparison = new, state.comparison
            self._draw()

    def read_out(self) -> None:
        """Say what is under the mouse."""
        if not dpg.is_item_hovered(self._plot):
            return
        history = self._history
        if len(history.steps) == 0:
            dpg.set_value(self._reading, MEANING)
            return
        nearest = int(np.abs(history.steps - dpg.get_plot_mouse_pos()[0]).argmin())
        step, loss = int(history.steps[nearest]), float(history.losses[nearest])
        last = next((mark for mark in reversed(history.marks) if mark.step <= step), None)
        since = "" if last is None else f"\nsince step {last.step:,}: {last.label}"
        near = self._comparison
        compared = f"\n{at_step(near, step)}" if near is not None and len(near.steps) else ""
        dpg.set_value(self._reading, f"Step {step:,}: loss {loss:.3g}{since}{compared}\n\n{MEANING}")

    def _draw(self) -> None:
        history = self._history
        drawable = np.isfinite(history.losses) & (history.losses > 0)
        steps, losses = history.steps[drawable], history.losses[drawable]
        dpg.set_value(self._latest, f"{history.losses[-1]:.3g}" if len(history.losses) else "")
        dpg.set_value(self._curve, [steps.tolist(), losses.tolist()])
        dpg.set_value(self._lines, [[float(mark.step) for mark in history.marks]])
        low, high = (losses.min() / 1.5, losses.max() * HEADROOM) if len(losses) else EMPTY_RANGE
        dpg.set_axis_limits(self._losses, low, high)
        dpg.set_axis_ticks(self._losses, tuple(log_ticks(low, high)))
        self._show_metrics()
        seen = [*steps[:1].tolist(), *steps[-1:].tolist(), *(mark.step for mark in history.marks)]
        first = min(seen, default=0)
        last = max([*seen, first + 10])
        last += MARGIN * (last - first)
        dpg.set_axis_limits(self._steps, first, last)
        self._label(first, last, top=high)

    def _show_metrics(self) -> None:
        near = self._comparison
        self._metrics.show(near, headroom=HEADROOM)
        found = near is not None and len(near.steps) > 0
        dpg.set_value(self._chamfer, f"Chamfer-L1 {near.chamfer_l1[-1]:.3g}" if near is not None and found else "")
        dpg.set_value(self._f_score, f"F-score {near.f_score[-1]:.3f}" if near is not None and found else "")

    def _label(self, first: float, last: float, *, top: float) -> None:
        for label in self._labels:
            dpg.delete_item(label)
        marks = self._history.marks
        right_axis = RIGHT_AXIS_WIDTH if self._comparison is not None and len(self._comparison.steps) else 0
        room = dpg.get_viewport_client_width() - AXIS_WIDTH - right_axis
        anchors = [(mark.step - first) / (last - first) * room for mark in marks]
        widths = [dpg.get_text_size(mark.label, font=self._small)[0] for mark in marks]
        self._labels = [
            dpg.add_plot_annotation(
                parent=self._plot,
                label=marks[placed.index].label,
                default_value=(marks[placed.index].step, top),
                offset=(-1 if placed.left_of else 1, 2 + LABEL_ROW * placed.row),
                color=(*SURFACE, 255),
            )
            for placed in place_labels(anchors, widths, room=room)
        ]


def _changed(new: Comparison | None, old: Comparison | None) -> bool:
    if new is None or old is None:
        return new is not old
    return new.name != old.name or not np.array_equal(new.chamfer_l1, old.chamfer_l1)

"""The timeline: a slider over the steps of the run, to look back and to go on from there."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg
import numpy as np

from sap_core.geometry import IntArray
from sap_viewer.desktop.messages import Action, Branch, MoveInPast, PanelState, ViewPast
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.theme import Item, Theme
from sap_viewer.desktop.panel.widgets import button, enable, hint

NOW_WIDTH = 142  # pixels
NARROW = 100  # steps with which the slider's grab is a mark at its right end, where there is no past yet


class TimelineSection:
    """A slider whose right end is the present, and the buttons for what it shows."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._theme = theme
        self._send = send
        self._last = 0  # step of the present
        self._kept: IntArray = np.zeros(0, np.int64)
        self._usable = False
        self._viewed: Echoed[int | None] = Echoed(None)
        self._slider: Item = dpg.add_slider_int(
            tag="timeline", width=-1, no_input=True, clamped=True, callback=lambda _, step: self._look(step)
        )
        hint(
            self._slider,
            "Look back at an earlier state, while the run goes on or rests; the right end is the present. States are "
            "kept within 256 MB, the older the fewer. Keys: left and right arrow.",
        )
        with dpg.group(horizontal=True):
            self._now = button(
                "Back to now",
                tag="back_to_now",
                width=NOW_WIDTH,
                tip="Show the present state again. Key: End.",
                press=self.back_to_now,
            )
            self._branch = button(
                "Branch from here",
                tag="branch",
                tip="Continue from the state that is shown, with the settings it had. What came after it is let go. "
                "Key: b.",
                press=self.branch,
            )

    def back_to_now(self) -> None:
        """Show the present."""
        if self._viewed.value is not None:
            self._change(None)
            self._send(ViewPast(None))

    def earlier(self) -> None:
        """Show the state before the one that is shown."""
        self._send(MoveInPast(-1))

    def later(self) -> None:
        """Show the state after the one that is shown."""
        self._send(MoveInPast(1))

    def branch(self) -> None:
        """Go on from the state that is shown."""
        if self._usable and self._viewed.value is not None:
            self._send(Branch())

    def update(self, state: PanelState) -> None:
        """Follow the run, and what of it is shown."""
        self._viewed.hear(state.viewed, run=state.run)
        self._usable = state.steerable
        self._kept = steps = state.kept_steps
        self._last = max(state.step, int(steps[-1]) if len(steps) else 0)
        first = int(steps[0]) if len(steps) > 1 else self._last - NARROW
        enable(self._slider, len(steps) > 1)
        if not dpg.is_item_active(self._slider):
            dpg.configure_item(self._slider, min_value=first, max_value=max(self._last, first + 1))
        self._show()

    def _look(self, step: int) -> None:
        """Show the last state up to this step that was kept, or the present."""
        at_the_end = step >= dpg.get_item_configuration(self._slider)["max_value"]
        kept = self._kept[self._kept <= step]
        self._change(None if at_the_end or not len(kept) else int(kept[-1]))
        self._send(ViewPast(self._viewed.value))

    def _change(self, step: int | None) -> None:
        self._viewed.change(step)
        self._show()

    def _show(self) -> None:
        viewed = self._viewed.value
        back = viewed is not None
        enable(self._now, back)
        enable(self._branch, back and self._usable)
        dpg.bind_item_theme(self._now, self._theme.primary if back else 0)
        dpg.configure_item(self._slider, format="looking back at step %d" if back else "now")
        if not dpg.is_item_active(self._slider):
            dpg.set_value(self._slider, viewed if back else self._last)

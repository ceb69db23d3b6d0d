"""The top of the panel: which scan it is, and what the engine does with it or why it stopped."""

from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.messages import PanelState
from sap_viewer.desktop.panel.theme import ACCENT, BAD, DIM, GOOD, LINE_HEIGHT, WARNING, Color, Item, Theme
from sap_viewer.desktop.panel.widgets import columns, elided, hint
from sap_viewer.snapshot import Status

STATUS_WIDTH = 112  # pixels
MARGINS = 40  # pixels of the window's width beside the name and the status
MESSAGE_LINES = 3
WHOLE_WIDTH = 360  # pixels


@dataclass(frozen=True)
class Face:
    """How a status looks, and the sentence for an engine that says nothing."""

    word: str
    color: Color
    sentence: str


FACES: dict[Status, Face] = {
    "empty": Face("No scan", DIM, "Open a scan above, or drop a file on the 3D window."),
    "busy": Face("Working", ACCENT, "One moment."),
    "running": Face("Running", GOOD, "Fitting the surface to the scan."),
    "paused": Face("Paused", WARNING, "Run goes on from here."),
    "finished": Face("Finished", GOOD, "The schedule is done; Run goes on with its last values."),
    "failed": Face("Failed", BAD, "The last action did not succeed."),
}
DEAD = Face("Engine ended", BAD, "The last mesh can still be exported. Restart goes on from the last points.")


WAITING = "What you asked for is done as soon as this step ends."


class StatusSection:
    """Scan name, status word with its lamp, messages and progress bar."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._state: PanelState | None = None
        self._asked = False  # for something that waits, of which no state knows yet
        with columns(None, STATUS_WIDTH), dpg.table_row():
            self._name: Item = dpg.add_text(tag="name")
            with dpg.group(horizontal=True, horizontal_spacing=6):
                with dpg.drawlist(width=12, height=22):
                    self._lamp: Item = dpg.draw_circle((6, 14), 5)
                self._word: Item = dpg.add_text(tag="status")
        dpg.bind_item_font(self._name, theme.title)
        # Longer text scrolls, so that nothing below ever moves; all of it is in the tooltip.
        box_height = MESSAGE_LINES * (LINE_HEIGHT + 1)
        with dpg.group(tag="messages"), dpg.child_window(height=box_height, width=-1) as self._box:
            self._message: Item = dpg.add_text(wrap=0)
            self._notice: Item = dpg.add_text(wrap=0, color=DIM)
        dpg.bind_item_theme(self._box, theme.tight)
        with dpg.tooltip(self._box) as self._overflow:
            self._whole: Item = dpg.add_text(wrap=WHOLE_WIDTH)
        dpg.add_spacer(height=1)
        self._progress: Item = dpg.add_progress_bar(width=-1, height=6)
        hint(self._progress, "Share of the schedule's work that is done.")
        dpg.add_spacer(height=1)

    def acknowledge(self) -> None:
        """Something was asked for: where a step is slow, say at once that it waits, before a state does."""
        if self._state is not None and self._state.slow:
            self._asked = True
            self._tell(self._state)

    def update(self, state: PanelState) -> None:
        """Show the state's name, status, messages and progress."""
        before = self._state
        same = before is not None and (before.run, before.step) == (state.run, state.step)
        self._asked = self._asked and same and state.slow and not state.waiting
        self._state = state
        face = _face(state)
        room = dpg.get_viewport_client_width() - (STATUS_WIDTH + MARGINS) * self._theme.scale
        dpg.set_value(self._name, elided(state.name or "sap-viewer", room, self._theme.title))
        dpg.configure_item(self._lamp, color=face.color, fill=face.color)
        dpg.configure_item(self._word, color=face.color)
        dpg.set_value(self._word, face.word)
        self._tell(state)
        dpg.configure_item(self._overflow, show=dpg.get_y_scroll_max(self._box) > 0)
        dpg.set_value(self._progress, state.progress)

    def _tell(self, state: PanelState) -> None:
        message = WAITING if state.waiting or self._asked else state.message or _face(state).sentence
        dpg.set_value(self._message, message)
        dpg.set_value(self._notice, state.notice)
        dpg.set_value(self._whole, f"{message}\n\n{state.notice}".strip())


def _face(state: PanelState) -> Face:
    return FACES[state.status] if state.engine_alive else DEAD

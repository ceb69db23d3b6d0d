"""The row at the top: scans to open, and help."""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.messages import Action, OpenScan, PanelState
from sap_viewer.desktop.panel.theme import Item
from sap_viewer.desktop.panel.widgets import button, enable, hint, open_below

OPEN_WIDTH = 142  # pixels, like those below; that of the button that runs
RECENT_WIDTH = 158
LIST_WIDTH = 300


class Toolbar:
    """Opens a scan by dialog or from the list of recent ones, and the help page."""

    def __init__(
        self, *, open_scan: Callable[[], None], show_help: Callable[[], None], send: Callable[[Action], None]
    ) -> None:
        self._send = send
        self._recent: tuple[str, ...] = ()
        with dpg.group(horizontal=True):
            button(
                "Open a scan...",
                tag="browse",
                width=OPEN_WIDTH,
                tip="Choose a file, load it and run it from step 0. Key: o.",
                press=open_scan,
            )
            self._button = button(
                "Recent scans",
                tag="recent",
                width=RECENT_WIDTH,
                tip="Open one of the scans that were opened last.",
                press=lambda: open_below(self._button, self._list),
            )
            button("Help", tag="show_help", tip="All keys, and what the mouse does. Key: F1.", press=show_help)
        self._list: Item = dpg.add_window(
            popup=True, show=False, no_move=True, autosize=True, min_size=(LIST_WIDTH, 20)
        )

    def update(self, state: PanelState) -> None:
        """List the scans opened last."""
        enable(self._button, bool(state.recent))
        if state.recent == self._recent:
            return
        self._recent = state.recent
        dpg.delete_item(self._list, children_only=True)
        for number, path in enumerate(state.recent):
            self._add(Path(path), number)

    def _add(self, path: Path, number: int) -> None:
        item: Item = dpg.add_selectable(
            label=path.name,
            tag=f"recent.{number}",
            width=LIST_WIDTH,
            parent=self._list,
            callback=lambda: self._open(path),
        )
        hint(item, f"{path}\nLoad this scan and run it from step 0.")

    def _open(self, path: Path) -> None:
        dpg.configure_item(self._list, show=False)
        self._send(OpenScan(path))

"""The help page: all keys, and what the mouse does."""

from collections.abc import Sequence

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.keys import MEANINGS, written
from sap_viewer.desktop.panel.dialogs import POSITION, Dialogs
from sap_viewer.desktop.panel.theme import DIM, TEXT, Theme
from sap_viewer.desktop.panel.widgets import button, columns, gap, heading

NAME_WIDTH = 130  # pixels
MOUSE = (
    ("drag", "turn"),
    ("right drag", "move sideways"),
    ("scroll", "zoom"),
    ("double click", "turn around this place"),
    ("drop files", "open the first; a mesh as reference"),
)
PANEL = (
    ("rest on a control", "what it means, its range, its unit"),
    ("rest on the curve", "step and loss there"),
    ("Enter, Escape", "accept or close a dialog"),
)


class HelpPage:
    """A dialog with everything that cannot be seen in the windows."""

    def __init__(self, theme: Theme, dialogs: Dialogs) -> None:
        self._dialogs = dialogs
        with dpg.window(
            label="Help",
            tag="help",
            modal=True,
            pos=POSITION,
            show=False,
            no_resize=True,
            no_collapse=True,
            no_close=True,
        ) as self.window:
            _rows("Keys, in both windows", [(written(key), meaning) for key, meaning in MEANINGS.items()], theme)
            _rows("Mouse in the 3D window", MOUSE, theme)
            _rows("In the panel", PANEL, theme)
            gap()
            button("Close", tag="help.close", tip="Close this page. Keys: Escape, Enter.", press=self.decline)
        dpg.bind_item_theme(self.window, theme.dialog)
        dialogs.add(self)

    def show(self) -> None:
        """Open the page."""
        self._dialogs.show(self)

    def accept(self) -> None:
        """Read it."""
        self.decline()

    def decline(self) -> None:
        """Close it."""
        dpg.configure_item(self.window, show=False)


def _rows(title: str, rows: Sequence[tuple[str, str]], theme: Theme) -> None:
    gap()
    heading(title, theme)
    with dpg.group() as table, columns(NAME_WIDTH, None):
        for name, meaning in rows:
            with dpg.table_row():
                dpg.add_text(name, color=TEXT)
                dpg.add_text(meaning, color=DIM)
    dpg.bind_item_theme(table, theme.tight)

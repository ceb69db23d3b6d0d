"""A row of the panel for a file that is written: its name, path, format and button."""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.panel.path_field import PathField
from sap_viewer.desktop.panel.theme import Item
from sap_viewer.desktop.panel.widgets import button, enable, hint

WIDTHS = (76, None, 66, 78)  # pixels of the columns


class OutputRow:
    """In a table of ``columns(*WIDTHS)``. The format follows the path's suffix, and another one changes the path."""

    def __init__(
        self,
        label: str,
        *,
        tag: str,
        suffixes: tuple[str, ...],
        tip: str,
        press: Callable[[], None],
        redirect: Callable[[Path], None],
    ) -> None:
        self._redirect = redirect
        formats = " ".join(suffixes)
        with dpg.table_row():
            dpg.add_text(label)
            self.path = PathField(tag=f"{tag}.path", tip=f"Where the {label.lower()} goes: {formats}", edited=redirect)
            if len(suffixes) > 1:
                self._suffix: Item = dpg.add_combo(
                    list(suffixes), tag=f"{tag}.suffix", width=-1, callback=lambda _, suffix: self._change_to(suffix)
                )
                hint(self._suffix, f"Format of the file: {formats}")
            else:
                self._suffix = dpg.add_text(suffixes[0], indent=8)
            self.button = button("Export", tag=f"export_{tag}", tip=tip, press=press)

    def show(self, path: Path, *, usable: bool) -> None:
        """Show this path, and whether there is anything to write."""
        self.path.show(path)
        dpg.set_value(self._suffix, path.suffix.lower())
        enable(self.button, usable)

    def lock(self, on: bool) -> None:
        """Let path and format stay as they are meanwhile."""
        self.path.enable(not on)
        enable(self._suffix, not on)

    def _change_to(self, suffix: str) -> None:
        if self.path.path is not None:
            self._redirect(self.path.path.with_suffix(suffix))

"""The dialog in which a scan to open is chosen.

DearPyGui's own file dialog is made for wide windows: in the panel it cuts names and folders off, and it takes no name
that is typed.
"""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from sap_core.io import SCAN_SUFFIXES
from sap_viewer.desktop.messages import Action, OpenScan, PanelState
from sap_viewer.desktop.panel.dialogs import POSITION, Dialogs
from sap_viewer.desktop.panel.folder import File, look_into
from sap_viewer.desktop.panel.theme import DIM, WARNING, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, elided, hint

LIST_HEIGHT = 380  # pixels, like those below
INDENT = 6
SIZE_WIDTH = 64
NAME_WIDTH = 270
BUTTON_WIDTH = 112
SCANS, EVERYTHING = "all scans", "all files"
KINDS = {SCANS: SCAN_SUFFIXES, **{suffix: (suffix,) for suffix in SCAN_SUFFIXES}, EVERYTHING: ()}


class OpenDialog:
    """Folders and scans to choose from, starting where the latest scan lies; a path can be typed as well."""

    def __init__(self, theme: Theme, dialogs: Dialogs, send: Callable[[Action], None]) -> None:
        self._dialogs = dialogs
        self._send = send
        self._text_font = theme.text
        self._folder = Path.cwd()
        self._paths: dict[Item, Path] = {}  # of the rows
        with dpg.item_handler_registry() as self._double_click:
            dpg.add_item_double_clicked_handler(callback=lambda: self.accept())
        with dpg.window(
            label="Open a scan",
            tag="open_dialog",
            modal=True,
            pos=POSITION,
            show=False,
            no_resize=True,
            no_collapse=True,
            no_close=True,
        ) as self.window:
            self._path: Item = dpg.add_input_text(tag="open_dialog.path", width=-1, elide_left=True)
            hint(self._path, "Path of a scan to open or of a folder to show. Key: Enter.")
            with dpg.child_window(height=LIST_HEIGHT, width=-1):
                self._list: Item = dpg.add_group(indent=INDENT)
                self._note: Item = dpg.add_text(color=DIM, wrap=0, indent=INDENT)
            with dpg.group(horizontal=True):
                self._kind: Item = dpg.add_combo(
                    list(KINDS),
                    tag="open_dialog.kind",
                    default_value=SCANS,
                    width=BUTTON_WIDTH,
                    callback=lambda: self._enter(self._folder),
                )
                hint(self._kind, "Which files to list; all formats that can be read are scans.")
                accept = button(
                    "Open (Enter)",
                    tag="open_dialog.accept",
                    width=BUTTON_WIDTH,
                    tip="Load the scan chosen and run it from step 0. Key: Enter.",
                    press=self.accept,
                )
                button("Cancel (Esc)", tag="open_dialog.decline", tip="Open nothing. Key: Escape.", press=self.decline)
        dpg.bind_item_theme(self.window, theme.dialog)
        dpg.bind_item_theme(accept, theme.primary)
        dpg.bind_item_theme(self._list, theme.tight)
        dialogs.add(self)

    def show(self) -> None:
        """Let the user choose."""
        self._enter(self._folder)
        self._dialogs.show(self)

    def accept(self) -> None:
        """Open the file whose path is written, or show the folder."""
        path = Path(dpg.get_value(self._path).strip()).expanduser()
        path = self._folder / path  # one that is whole already stays as it is
        if path.is_dir():
            self._enter(path)
        elif path.is_file():
            self.decline()
            self._send(OpenScan(path))
        else:
            self._say(f"There is no file {path}.")
            dpg.focus_item(self._path)

    def decline(self) -> None:
        """Open nothing."""
        dpg.configure_item(self.window, show=False)

    def update(self, state: PanelState) -> None:
        """Start where the latest scan lies."""
        latest = Path(state.recent[0]).parent if state.recent else self._folder
        if latest != self._folder and self._dialogs.open is not self and latest.is_dir():
            self._folder = latest

    def _enter(self, folder: Path) -> None:
        """Show what is in the folder."""
        self._folder = folder
        contents = look_into(folder, KINDS[dpg.get_value(self._kind)])
        dpg.set_value(self._path, str(folder))
        dpg.delete_item(self._list, children_only=True)
        self._paths.clear()
        dpg.push_container_stack(self._list)
        with columns(None, SIZE_WIDTH):
            if folder.parent != folder:
                self._add_folder("..", folder.parent)
            for name in contents.folders:
                self._add_folder(f"{name}/", folder / name)
            for file in contents.files:
                self._add_file(file)
        dpg.pop_container_stack()
        self._say(contents.note)

    def _add_folder(self, label: str, path: Path) -> None:
        with dpg.table_row():
            item: Item = dpg.add_selectable(label=self._short(label), callback=lambda: self._enter(path))
            hint(item, f"Show {path}")

    def _add_file(self, file: File) -> None:
        with dpg.table_row():
            item: Item = dpg.add_selectable(
                label=self._short(file.name),
                tag=f"open_dialog.{file.name}",
                span_columns=True,
                callback=lambda row: self._choose(row),
            )
            hint(item, f"{file.name}\nA double click opens it.")
            dpg.bind_item_handler_registry(item, self._double_click)
            dpg.add_text(file.size, color=DIM)
        self._paths[item] = self._folder / file.name

    def _choose(self, row: Item) -> None:
        for other in self._paths:
            dpg.set_value(other, other == row)
        dpg.set_value(self._path, str(self._paths[row]))

    def _say(self, note: str) -> None:
        dpg.set_value(self._note, note)
        dpg.configure_item(self._note, color=WARNING if "no file" in note or "cannot" in note else DIM)

    def _short(self, name: str) -> str:
        return elided(name, NAME_WIDTH, self._text_font)

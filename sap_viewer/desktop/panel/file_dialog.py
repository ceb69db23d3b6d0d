"""The dialogs in which a file to read is chosen.

DearPyGui's own file dialog is made for wide windows: in the panel it cuts names and folders off, and it takes no name
that is typed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dearpygui.dearpygui as dpg

from sap_core.io import MESH_SUFFIXES, SCAN_SUFFIXES
from sap_viewer.desktop.messages import PanelState
from sap_viewer.desktop.panel.dialogs import POSITION, Dialogs, dialog_width
from sap_viewer.desktop.panel.folder import File, look_into
from sap_viewer.desktop.panel.theme import DIM, WARNING, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, elided, hint

LIST_HEIGHT = 380  # pixels, like those below
INDENT = 6
SIZE_WIDTH = 64
BESIDE_NAMES = 118  # of the dialog's width: the sizes of files, margins and a scrollbar
KIND_WIDTH = 112
ACCEPT_WIDTH = 126
EVERYTHING = "all files"


@dataclass(frozen=True)
class Purpose:
    """What a file is chosen for.

    Attributes:
        tag: the first part of the tags of the dialog's controls.
        title: of the dialog.
        files: what those with one of the suffixes are, in the plural.
        accept: what the button does, in a word, and ``accept_tip`` in a sentence.
        decline_tip: what Cancel leaves as it is.
    """

    tag: str
    title: str
    files: str
    suffixes: tuple[str, ...]
    accept: str
    accept_tip: str
    decline_tip: str


SCAN = Purpose(
    tag="open_dialog",
    title="Open a scan",
    files="scans",
    suffixes=SCAN_SUFFIXES,
    accept="Open",
    accept_tip="Load the scan chosen and run it from step 0.",
    decline_tip="Open nothing.",
)
REFERENCE = Purpose(
    tag="reference_dialog",
    title="Choose a reference",
    files="meshes",
    suffixes=MESH_SUFFIXES,
    accept="Compare",
    accept_tip="Measure how near the mesh is to this one, the true surface, while the run goes on.",
    decline_tip="Leave the reference as it is.",
)


class FileDialog:
    """Folders and files to choose from, starting where the latest scan lies; a path can be typed as well.

    ``take`` is called with the file chosen.
    """

    def __init__(self, theme: Theme, dialogs: Dialogs, purpose: Purpose, take: Callable[[Path], None]) -> None:
        self._dialogs = dialogs
        self._take = take
        self._tag, suffixes = purpose.tag, purpose.suffixes
        fitting = f"all {purpose.files}"
        self._kinds = {fitting: suffixes, **{suffix: (suffix,) for suffix in suffixes}, EVERYTHING: ()}
        self._theme = theme
        self._folder = Path.cwd()
        self._paths: dict[Item, Path] = {}  # of the rows
        with dpg.item_handler_registry() as self._double_click:
            dpg.add_item_double_clicked_handler(callback=lambda: self.accept())
        with dpg.window(
            label=purpose.title,
            tag=self._tag,
            modal=True,
            pos=POSITION,
            show=False,
            no_resize=True,
            no_collapse=True,
            no_close=True,
        ) as self.window:
            self._path: Item = dpg.add_input_text(tag=f"{self._tag}.path", width=-1, elide_left=True)
            hint(self._path, "Path of a file to take or of a folder to show. Key: Enter.")
            with dpg.child_window(height=LIST_HEIGHT, width=-1):
                self._list: Item = dpg.add_group(indent=INDENT)
                self._note: Item = dpg.add_text(color=DIM, wrap=0, indent=INDENT)
            with dpg.group(horizontal=True):
                self._kind: Item = dpg.add_combo(
                    list(self._kinds),
                    tag=f"{self._tag}.kind",
                    default_value=fitting,
                    width=KIND_WIDTH,
                    callback=lambda: self._enter(self._folder),
                )
                hint(self._kind, f"Which files to list; {fitting}: {' '.join(suffixes)}")
                accept = button(
                    f"{purpose.accept} (Enter)",
                    tag=f"{self._tag}.accept",
                    width=ACCEPT_WIDTH,
                    tip=f"{purpose.accept_tip} Key: Enter.",
                    press=self.accept,
                )
                button(
                    "Cancel (Esc)",
                    tag=f"{self._tag}.decline",
                    tip=f"{purpose.decline_tip} Key: Escape.",
                    press=self.decline,
                )
        dpg.bind_item_theme(self.window, theme.dialog)
        dpg.bind_item_theme(accept, theme.primary)
        dpg.bind_item_theme(self._list, theme.tight)
        dialogs.add(self)

    def show(self) -> None:
        """Let the user choose."""
        self._enter(self._folder)
        self._dialogs.show(self)

    def accept(self) -> None:
        """Take the file whose path is written, or show the folder."""
        path = Path(dpg.get_value(self._path).strip()).expanduser()
        path = self._folder / path  # one that is whole already stays as it is
        if path.is_dir():
            self._enter(path)
        elif path.is_file():
            self.decline()
            self._take(path)
        else:
            self._say(f"There is no file {path}.")
            dpg.focus_item(self._path)

    def decline(self) -> None:
        """Take none."""
        dpg.configure_item(self.window, show=False)

    def update(self, state: PanelState) -> None:
        """Start where the latest scan lies."""
        latest = Path(state.recent[0]).parent if state.recent else self._folder
        if latest != self._folder and self._dialogs.open is not self and latest.is_dir():
            self._folder = latest

    def _enter(self, folder: Path) -> None:
        """Show what is in the folder."""
        self._folder = folder
        contents = look_into(folder, self._kinds[dpg.get_value(self._kind)])
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
                tag=f"{self._tag}.{file.name}",
                span_columns=True,
                callback=lambda row: self._choose(row),
            )
            hint(item, f"{file.name}\nA double click takes it.")
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
        room = dialog_width() - BESIDE_NAMES * self._theme.scale
        return elided(name, room, self._theme.text)

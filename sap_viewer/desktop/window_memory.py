"""Keeps how the windows are left, for the next start."""

import sys
from dataclasses import replace
from pathlib import Path

from sap_core.config import PresetName
from sap_viewer.desktop.greeting import PlacePanel
from sap_viewer.output.remembered import recall, remember, remembered_path
from sap_viewer.scene.view_options import ViewOptions


class WindowMemory:
    """What the last start left, and what this one will.

    It is written when a scan has been opened and when the windows close. A session is worth more than the file: where
    it cannot be read or written, a sentence says so, and nothing else happens.

    Attributes:
        remembered: as of now.
        notice: why the file was ignored or not written, if so.
    """

    def __init__(self) -> None:
        self._path = remembered_path()
        self.notice = ""
        self.remembered, ignored = recall(self._path)
        self._say(ignored)

    def opened(self, scan: Path) -> None:
        """This scan is shown now."""
        self.remembered = self.remembered.opened(scan)
        self._write()

    def show(self, view: ViewOptions) -> None:
        """The view shows this now."""
        self.remembered = replace(self.remembered, view=view)

    def choose(self, preset: PresetName) -> None:
        """The user chose this preset."""
        self.remembered = replace(self.remembered, preset=preset)

    def place_panel(self, place: PlacePanel) -> None:
        """The panel stands here now."""
        panel = (place.x, place.y, place.width, place.height)
        self.remembered = replace(self.remembered, panel=panel, panel_scroll=place.scroll)

    def finish(self, *, view_size: tuple[int, int] | None) -> None:
        """The windows close; the view has this size by the user's hand, or None."""
        if view_size is not None:  # else the next screen decides, which may be another
            self.remembered = replace(self.remembered, view_size=view_size)
        self._write()

    def _write(self) -> None:
        try:
            remember(self.remembered, self._path)
        except OSError as error:
            self._say(f"how the windows are left cannot be kept in {self._path}: {error.strerror or error}")

    def _say(self, notice: str) -> None:
        if notice and notice != self.notice:
            print(f"sap-viewer: {notice}", file=sys.stderr)
        self.notice = notice

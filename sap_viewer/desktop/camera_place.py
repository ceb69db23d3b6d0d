"""Where the camera stands when another scan is shown."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sap_viewer.options import Options
from sap_viewer.scene.camera import read_camera
from sap_viewer.scene.scene import ViewFrame
from sap_viewer.snapshot import Snapshot

if TYPE_CHECKING:  # at run time this would load Polyscope before a display is known to be there
    from sap_viewer.view.window import View


class CameraPlace:
    """Follows the snapshots shown, and moves the camera of the view where the scan is another or lies elsewhere.

    Args:
        view: whose camera it is.
        options: of the command line, with the axis that points up and a camera for its scan.

    Raises:
        InputError: the file of the camera cannot be used.
    """

    def __init__(self, view: "View", options: Options) -> None:
        self._view = view
        self._options = options
        self._camera = None if options.camera is None else read_camera(options.camera)
        self._shown = Snapshot()

    def follow(self, snapshot: Snapshot, *, scan: Path | None) -> None:
        """Place it for this snapshot of a scan.

        Of the same part of the same scan it stays where it was in the scan's coordinates. Else it goes to where it
        starts, or, of the scan of the command line, to where its --camera stands.
        """
        before, self._shown = self._shown, snapshot
        if not _moved(snapshot, before):
            return
        if _same_part(snapshot, before) and snapshot.bounds is not None and before.bounds is not None:
            camera = self._view.camera.in_scan(ViewFrame.of(before.bounds))
            self._view.camera = camera.in_view(ViewFrame.of(snapshot.bounds))
            return
        self._view.home(self._options.up_axis(scan))
        if self._camera is not None and snapshot.bounds is not None and scan == self._options.scan:
            self._view.camera = self._camera.in_view(ViewFrame.of(snapshot.bounds))


def _moved(new: Snapshot, old: Snapshot) -> bool:
    """Whether the snapshots show scans in different places."""
    if new.bounds is None or old.bounds is None:
        return new.bounds is not old.bounds
    return not np.array_equal(new.bounds, old.bounds)


def _same_part(new: Snapshot, old: Snapshot) -> bool:
    """Whether they show the same part of one scan, of which they may leave out other stray points."""
    if new.whole is None or old.whole is None:
        return False
    return new.name == old.name and new.crops == old.crops and np.array_equal(new.whole, old.whole)

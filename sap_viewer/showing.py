"""The viewer from Python."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from sap_core.config import Settings
from sap_core.geometry import Mesh, PointCloud
from sap_core.validate.points import as_cloud, clean_cloud
from sap_core.validate.settings import check_settings
from sap_viewer.commands import Load
from sap_viewer.desktop import windows
from sap_viewer.exit_codes import FAILED, INTERRUPTED
from sap_viewer.options import Options
from sap_viewer.output.remembered import recall, remembered_path
from sap_viewer.referring import reference_at
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.session import EngineSession


def show(
    points: PointCloud | ArrayLike,
    /,
    *,
    normals: ArrayLike | None = None,
    name: str = "points",
    reference: Mesh | str | Path | None = None,
    view: ViewOptions | None = None,
    at: Sequence[tuple[int, str]] = (),
    **settings: Any,
) -> None:
    """Open the viewer on a cloud and run; returns when a window is closed.

    Args:
        points: a cloud or an array (N, 3), in any frame and unit.
        normals: (N, 3), outward, if the points are an array and have them.
        name: what the windows and exported files are called.
        reference: the true surface in the same frame, or its file, to be compared with while the run goes on.
        view: what is drawn and how; unless given, as the windows were left.
        at: changes of the run on its way, as ``--at`` has them: ``[(12, "lr=0.002"), (20, "flip")]``.
        settings: fields of ``sap_core.Settings``, such as ``preset="published"``.

    Raises:
        InputError: the points, a setting, a change, the view or the reference cannot be used.
        RendererError: there is no display.
        RuntimeError: the panel died.
        KeyboardInterrupt: Ctrl-C was pressed; the windows are closed and an open recording is finished.
    """
    chosen = Settings(**settings)
    check_settings(chosen)
    options = Options(settings=chosen, at=tuple(at))
    changes = options.changes
    drawn = view or recall(remembered_path())[0].view
    check_settings(drawn)
    cleaned = clean_cloud(as_cloud(points, normals), source=name)
    truth = reference_at(reference)
    session = EngineSession()
    try:
        load = Load(cleaned.cloud, chosen, name, cleaned.notices, start=True, changes=changes, reference=truth)
        code = windows.run(session, lambda: load, replace(options, view=drawn))
    finally:
        session.close()
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code == FAILED:
        raise RuntimeError("the viewer did not end well; what failed is on stderr")

"""Videos and pictures from Python, without windows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from sap_core.config import Settings
from sap_core.geometry import PointCloud
from sap_core.validate.points import as_cloud, clean_cloud
from sap_viewer import headless
from sap_viewer.cli import check_options
from sap_viewer.commands import Load
from sap_viewer.exit_codes import DONE, INTERRUPTED
from sap_viewer.options import Options
from sap_viewer.output.recording import Recording
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.session import EngineSession


def render(
    points: PointCloud | ArrayLike,
    /,
    *,
    normals: ArrayLike | None = None,
    name: str = "points",
    video: str | Path | None = None,
    picture: str | Path | None = None,
    picture_size: tuple[int, int] | None = None,
    recording: Recording | None = None,
    view: ViewOptions | None = None,
    camera: str | Path | None = None,
    at: Sequence[tuple[int, str]] = (),
    **settings: Any,
) -> None:
    """Reconstruct a cloud and write a video of the run, a picture of what it comes to, or both.

    Args:
        points: a cloud or an array (N, 3), in any frame and unit.
        normals: (N, 3), outward, if the points are an array and have them.
        name: what a title says.
        video: .mp4 or .gif; recording: how it is recorded.
        picture: .png or .jpg; picture_size: its width and height in pixels.
        view: what is drawn, and how.
        camera: file of a camera, which the panel saved.
        at: changes of the run on its way, as ``--at`` has them: ``[(12, "lr=0.002"), (20, "flip")]``.
        settings: fields of ``sap_core.Settings``, such as ``preset="fast"``.

    Raises:
        InputError: the points or an argument cannot be used.
        RendererError: there is no OpenGL.
        RuntimeError: the run failed, or a file could not be written; what failed is on stderr.
        KeyboardInterrupt: Ctrl-C was pressed; what there was by then is written.
    """
    video, picture, camera = (None if path is None else Path(path) for path in (video, picture, camera))
    options = Options(
        settings=Settings(**settings),
        video=video,
        picture=picture,
        picture_size=picture_size,
        recording=recording or Recording(),
        view=view or ViewOptions(),
        camera=camera,
        at=tuple(at),
    )
    check_options(options)
    changes = options.changes
    cleaned = clean_cloud(as_cloud(points, normals), source=name)
    session = EngineSession()
    try:
        load = Load(cleaned.cloud, options.settings, name, cleaned.notices, changes=changes)
        code = headless.run(session, load, options)
    finally:
        session.close()
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code != DONE:
        raise RuntimeError("the run did not end well; what failed is on stderr")

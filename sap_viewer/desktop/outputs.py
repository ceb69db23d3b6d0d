"""What a live session writes: exports, the video, and at its end what the command line asked for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sap_viewer.desktop.messages import Outputs
from sap_viewer.export import export_cloud, export_mesh
from sap_viewer.options import Options
from sap_viewer.recorder import Recorder, RecordingError
from sap_viewer.snapshot import Snapshot


class OutputWriter:
    """Writes from a thread, so that the view stays smooth.

    Attributes:
        paths: where the next export or recording goes.
        notice: one sentence about the last thing written, or why it could not be.
    """

    def __init__(self, render: Callable[[], NDArray[np.uint8]], options: Options) -> None:
        self._render = render
        self._options = options
        self._name = ""
        self._snapshot = Snapshot()
        self._recorder: Recorder | None = None
        self._video_wanted = options.video is not None  # from the first mesh to the end of the schedule
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._pending: list[Future[Written]] = []
        self._delivered: Snapshot | None = None  # what the files of the command line hold
        self.paths = self._default_paths("scan")
        self.notice = ""

    @property
    def recording(self) -> bool:
        return self._recorder is not None

    @property
    def frames(self) -> int:
        """Recorded so far."""
        return self._recorder.frames if self._recorder else 0

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of a new snapshot, which is drawn already: record it, and deliver what is due."""
        just_finished = snapshot.status == "finished" and self._snapshot.status != "finished"
        self._snapshot = snapshot
        if snapshot.name != self._name:
            self._name = snapshot.name
            self.paths = self._default_paths(snapshot.name)
        if self._video_wanted and snapshot.mesh is not None:
            self._video_wanted = False
            self.record(on=True)
        if self._recorder is not None:
            self._capture(self._recorder)
        if just_finished:
            self._deliver()
            if self._options.video is not None:
                self.record(on=False)

    def collect(self) -> None:
        """Take note of what the thread has written."""
        for future in [future for future in self._pending if future.done()]:
            self._pending.remove(future)
            self.notice = future.result().sentence

    def export_mesh(self) -> None:
        self._submit(export_mesh, self.paths.mesh)

    def export_cloud(self) -> None:
        self._submit(export_cloud, self.paths.cloud)

    def record(self, *, on: bool) -> None:
        """Start a video of the view, or finish it."""
        if on and self._recorder is None:
            try:
                self._recorder = Recorder(self._render, self.paths.video, fps=self._options.fps)
                self.notice = f"Recording to {self.paths.video}."
            except (RecordingError, ValueError) as error:
                self.notice = str(error)
        elif not on and self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self._pending.append(self._writer.submit(_finished, recorder, self.paths.video))

    def finish(self) -> list["Written"]:
        """Finish the video, deliver what the command line asked for, and wait for all of it."""
        self.record(on=False)
        if self._delivered is not self._snapshot:
            self._deliver()
        self._writer.shutdown(wait=True)
        return [future.result() for future in self._pending]

    def _deliver(self) -> None:
        self._delivered = self._snapshot
        for path, export in ((self._options.mesh, export_mesh), (self._options.cloud, export_cloud)):
            if path is not None:
                self._submit(export, path)

    def _submit(self, export: Callable[[Snapshot, Path], None], path: Path) -> None:
        self._pending.append(self._writer.submit(_exported, export, self._snapshot, path))

    def _capture(self, recorder: Recorder) -> None:
        try:
            recorder.capture()
        except RecordingError as error:
            self._recorder = None
            self.notice = str(error)

    def _default_paths(self, name: str) -> Outputs:
        """Those of the command line; for the others, names after the scan in the working folder."""
        return Outputs(
            mesh=self._options.mesh or Path(f"{name}_mesh.ply"),
            cloud=self._options.cloud or Path(f"{name}_points.ply"),
            video=self._options.video or Path(f"{name}.mp4"),
        )


class Written(NamedTuple):
    """What came of writing a file."""

    sentence: str
    succeeded: bool


def _exported(export: Callable[[Snapshot, Path], None], snapshot: Snapshot, path: Path) -> Written:
    try:
        export(snapshot, path)
    except (OSError, ValueError) as error:
        return Written(f"Cannot write {path}: {error}.", succeeded=False)
    return Written(f"Wrote {path} at step {snapshot.step}.", succeeded=True)


def _finished(recorder: Recorder, path: Path) -> Written:
    try:
        recorder.close()
    except RecordingError as error:
        return Written(f"{error}.", succeeded=False)
    return Written(f"Wrote {path}: {recorder.frames} frames.", succeeded=True)

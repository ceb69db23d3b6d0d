"""What a live session writes: exports, the video, and what the command line asked for."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sap_viewer.commands import Save, SaveCheckpoint, SaveField, SaveMesh
from sap_viewer.desktop.messages import Content, Outputs
from sap_viewer.export import Written, attempt, export_cloud, export_mesh
from sap_viewer.options import Options
from sap_viewer.recorder import Recorder, RecordingError
from sap_viewer.saving import answer, await_answer, unanswered
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot


class OutputWriter:
    """Exports from a thread or by the engine, so that the view stays smooth; films what the view shows.

    Attributes:
        paths: where the next export or recording goes.
        notice: one sentence about the last thing written, or why it could not be.
        results: what came of everything written so far.
    """

    def __init__(self, session: Session, render: Callable[[], NDArray[np.uint8]], options: Options) -> None:
        self._session = session
        self._render = render
        self._options = options
        self._snapshot = Snapshot()
        self._recorder: Recorder | None = None
        self._captured_at = 0.0
        self._video_wanted = options.video is not None  # from the first mesh to the end of the schedule
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._pending: list[Future[Written]] = []
        self._asked: list[Save] = []  # of the engine, which has not answered yet
        self._delivered: Snapshot | None = None  # what the files of the command line hold
        self.paths = self._default_paths("scan")
        self.notice = ""
        self.results: list[Written] = []

    @property
    def recording(self) -> bool:
        return self._recorder is not None

    @property
    def frames(self) -> int:
        """Recorded so far."""
        return self._recorder.frames if self._recorder else 0

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of a new snapshot, which is drawn already: film it, and deliver what is due."""
        just_finished = snapshot.status == "finished" and self._snapshot.status != "finished"
        if snapshot.name != self._snapshot.name:
            self.paths = self._default_paths(snapshot.name)
        self._snapshot = snapshot
        if self._video_wanted and snapshot.mesh is not None:
            self._video_wanted = False
            self.record(on=True)
        self._capture()
        if just_finished and (self._delivered is None or snapshot.name == self._delivered.name):
            self._deliver()
            if self._options.video is not None:
                self.record(on=False)

    def turn(self) -> None:
        """Once a frame: film the resting view, which may still be turned, and take note of what was written."""
        resting = self._snapshot.status != "running"
        if resting and time.monotonic() - self._captured_at >= 1 / self._options.fps:
            self._capture()
        for future in [future for future in self._pending if future.done()]:
            self._pending.remove(future)
            self._note(future.result())
        for command in self._asked.copy():
            written = answer(command, self._snapshot)
            if written is None and not self._session.alive:
                written = unanswered(command)
            if written is not None:
                self._asked.remove(command)
                self._note(written)

    def export(self, content: Content) -> None:
        """Write this to its path, from the run as it is now; of a dead engine, the mesh and the points shown last."""
        match content:
            case "mesh" if self._session.alive:
                self._ask(SaveMesh(self.paths.mesh, None if self.paths.trim == "as shown" else self.paths.trim))
            case "mesh":
                self._submit(export_mesh, self.paths.mesh)
            case "cloud":
                self._submit(export_cloud, self.paths.cloud)
            case "field":
                self._ask(SaveField(self.paths.field))
            case "checkpoint":
                self._ask(SaveCheckpoint(self.paths.checkpoint))

    def record(self, *, on: bool) -> None:
        """Start a video of the view, or finish it."""
        if on and self._recorder is None:
            try:
                self._recorder = Recorder(self._render, self.paths.video, fps=self._options.fps)
                self.notice = f"recording to {self.paths.video}"
            except RecordingError as error:
                self._note(Written(self.paths.video, str(error), succeeded=False))
        elif not on and self._recorder is not None:
            recorder, self._recorder = self._recorder, None
            self._pending.append(self._writer.submit(_finished, recorder))

    def finish(self) -> bool:
        """Finish the video and deliver what is newer than what was delivered; wait for all of it.

        Returns:
            Whether everything that the command line asked for was written.
        """
        self.record(on=False)
        last, now = self._delivered, self._snapshot
        if last is None or (now.run == last.run and now.step > last.step):  # not the start shape after a reset
            self._deliver()
        self._writer.shutdown(wait=True)
        self.turn()
        for command in self._asked:
            self._note(await_answer(command, self._session))
        asked_for = (self._options.mesh, self._options.cloud, self._options.field, self._options.video)
        return all(result.succeeded for result in self.results if result.path in asked_for)

    def _deliver(self) -> None:
        self._delivered = self._snapshot
        for path, export in ((self._options.mesh, export_mesh), (self._options.cloud, export_cloud)):
            if path is not None:
                self._submit(export, path)
        if self._options.field is not None:
            self._ask(SaveField(self._options.field))

    def _ask(self, command: Save) -> None:
        self._asked.append(command)
        self._session.send(command)

    def _submit(self, export: Callable[[Snapshot, Path], None], path: Path) -> None:
        self._pending.append(self._writer.submit(attempt, export, self._snapshot, path))

    def _capture(self) -> None:
        if self._recorder is None:
            return
        self._captured_at = time.monotonic()
        try:
            self._recorder.capture()
        except RecordingError as error:
            self._note(Written(self._recorder.path, str(error), succeeded=False))
            self._recorder = None

    def _note(self, written: Written) -> None:
        self.results.append(written)
        self.notice = written.sentence

    def _default_paths(self, name: str) -> Outputs:
        """Those of the command line; for the others, names after the scan in the working folder.

        A checkpoint saved by hand has another name than that of --checkpoint, which goes on changing.
        """
        return Outputs(
            mesh=self._options.mesh or Path(f"{name}_mesh.ply"),
            cloud=self._options.cloud or Path(f"{name}_points.ply"),
            field=self._options.field or Path(f"{name}_field.vti"),
            checkpoint=Path(f"{name}_run.npz"),
            video=self._options.video or Path(f"{name}.mp4"),
        )


def _finished(recorder: Recorder) -> Written:
    try:
        recorder.close()
    except RecordingError as error:
        return Written(recorder.path, str(error), succeeded=False)
    return Written(recorder.path, f"wrote {recorder.path}, {recorder.frames} frames", succeeded=True)

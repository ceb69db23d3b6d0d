"""The run without windows: a progress bar, then the mesh, the oriented points and a video through EGL."""

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tqdm import tqdm

from sap_viewer.checkpoint_keeper import CheckpointKeeper
from sap_viewer.commands import Load, SaveField, Step
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED
from sap_viewer.export import attempt, export_cloud, export_mesh
from sap_viewer.interrupt import Interrupt, deferred_interrupt
from sap_viewer.measures_text import in_words
from sap_viewer.options import Options
from sap_viewer.recorder import Recorder, RecordingError
from sap_viewer.saving import save_now
from sap_viewer.scene import build_scene, slices_wanted
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot
from sap_viewer.status_file import StatusFile
from sap_viewer.view import Up, open_view
from sap_viewer.view_options import ViewOptions

_VIDEO_SECONDS = 10
_SHORTEST_VIDEO_SECONDS = 4
_VIDEO_SIZE = (1280, 720)
_STEPS_PER_REPORT = 5
_POLL_S = 0.003
_BAR = "{percentage:3.0f}%|{bar}| {desc} [{elapsed}<{remaining}]"


def run(session: Session, load: Load, options: Options) -> int:
    """Reconstruct and write what the options ask for.

    Ctrl-C ends the run early, and so does a failure of the engine; what there is by then is written all the same.

    Returns:
        The exit code of the program.

    Raises:
        NoRendererError: a video is asked for, and there is no OpenGL to render it.
    """
    film = (
        Film(options.video, options.drawn, fps=options.fps, up=options.up_axis(options.scan)) if options.video else None
    )
    with deferred_interrupt() as interrupt:
        session.send(slices_wanted(options.drawn))
        session.send(load)
        snapshot = _await(session, interrupt, lambda state: state.run > 0 or (state.message and state.status != "busy"))
        if snapshot.message:
            print(f"sap-viewer: {snapshot.message}", file=sys.stderr)
        if snapshot.run == 0:
            return INTERRUPTED if interrupt.requested else BAD_INPUT if session.alive else FAILED
        if film:
            film.expect(snapshots_of(snapshot.total_steps, fps=options.fps))
            print(f"sap-viewer: filming {snapshot.total_steps} steps", file=sys.stderr)
        keeper = CheckpointKeeper(options.checkpoint, session) if options.checkpoint else None
        snapshot = _follow(session, snapshot, film, keeper, options, interrupt)
        written = _write(session, snapshot, film, keeper, options)
        if snapshot.measures:
            print(f"sap-viewer: {in_words(snapshot.measures)}")
    if interrupt.requested:
        print(f"sap-viewer: interrupted at step {snapshot.step} of {snapshot.total_steps}", file=sys.stderr)
        return INTERRUPTED
    if snapshot.status == "failed":
        print(f"sap-viewer: stopped at step {snapshot.step}: {snapshot.message}", file=sys.stderr)
    return DONE if written and snapshot.status == "finished" else FAILED


def snapshots_of(total_steps: int, *, fps: int) -> int:
    """Those in the video of a whole run: the start and then one every few steps, ten seconds' worth at most."""
    return 1 + math.ceil(total_steps / _stride(total_steps, fps))


class Film:
    """A recording of snapshots; of few, each is shown for longer.

    When the encoder fails, it says so once and lets the run go on.
    """

    def __init__(self, path: Path, drawn: ViewOptions, *, fps: int, up: Up) -> None:
        self.path = path
        self._drawn = drawn
        self.failed = False
        self._view = open_view(windowed=False, size=_VIDEO_SIZE, up=up)
        self._recorder = Recorder(self._view.image, path, fps=fps)
        self._fps = fps
        self._repeats = 1

    def expect(self, snapshots: int) -> None:
        """Show each of them for so long that the video does not flit by."""
        self._repeats = math.ceil(_SHORTEST_VIDEO_SECONDS * self._fps / snapshots)

    def add(self, snapshot: Snapshot) -> None:
        if not self.failed:
            self._view.update(build_scene(snapshot, self._drawn))
            for _ in range(self._repeats):
                self._attempt(self._recorder.capture)

    def finish(self) -> bool:
        """Whether the file is there and whole."""
        if not self.failed:
            self._attempt(self._recorder.close)
        if not self.failed:
            print(f"sap-viewer: wrote {self.path}, {self._recorder.frames} frames")
        return not self.failed

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except RecordingError as error:
            self.failed = True
            print(f"sap-viewer: {error}", file=sys.stderr)


def _follow(
    session: Session,
    snapshot: Snapshot,
    film: Film | None,
    keeper: CheckpointKeeper | None,
    options: Options,
    interrupt: Interrupt,
) -> Snapshot:
    """Step to the end of the schedule; returns the last snapshot."""
    status_file = StatusFile(options.status) if options.status else None
    total = snapshot.total_steps
    stride = _stride(total, options.fps) if film else _STEPS_PER_REPORT
    with tqdm(total=1.0, initial=snapshot.progress, bar_format=_BAR, mininterval=0.5) as bar:
        while snapshot.status not in ("failed", "finished") and not interrupt.requested:
            target = min(snapshot.step + stride, total)
            session.send(Step(target - snapshot.step))
            if film:
                film.add(snapshot)  # renders while the engine computes
            snapshot = _await(session, interrupt, partial(_at_step, target))
            bar.set_description_str(_report(snapshot), refresh=False)
            bar.update(snapshot.progress - bar.n)
            if status_file:
                status_file.update(snapshot)
            if keeper:
                keeper.update(snapshot)
    if film:
        film.add(snapshot)
    if snapshot.status == "finished":
        snapshot = _await(session, interrupt, lambda state: state.measures)
    if status_file:
        status_file.update(snapshot, at_once=True)
    return snapshot


def _at_step(step: int, snapshot: Snapshot) -> bool:
    return snapshot.step >= step or snapshot.status == "finished"


def _await(session: Session, interrupt: Interrupt, reached: Callable[[Snapshot], object]) -> Snapshot:
    """The first snapshot for which the condition holds, or the latest one when the run cannot or shall not go on."""
    while True:
        snapshot = session.snapshot()
        if reached(snapshot) or snapshot.status == "failed" or interrupt.requested:
            return snapshot
        time.sleep(_POLL_S)


def _write(
    session: Session, snapshot: Snapshot, film: Film | None, keeper: CheckpointKeeper | None, options: Options
) -> bool:
    """Write all that was asked for, whatever fails among it; whether nothing did."""
    whole = film.finish() if film else True
    exports = ((options.mesh, export_mesh), (options.cloud, export_cloud))
    results = [keeper.finish() if keeper else None]
    results += [attempt(export, snapshot, path) for path, export in exports if path]
    results += [save_now(SaveField(options.field), session)] if options.field else []
    for written in filter(None, results):
        print(f"sap-viewer: {written.sentence}", file=sys.stdout if written.succeeded else sys.stderr)
        whole &= written.succeeded
    return whole


def _report(snapshot: Snapshot) -> str:
    losses = snapshot.history.losses
    loss = f", loss {losses[-1]:.2e}" if len(losses) else ""
    return f"step {snapshot.step}/{snapshot.total_steps}{loss}"


def _stride(total_steps: int, fps: int) -> int:
    return math.ceil(total_steps / (_VIDEO_SECONDS * fps))

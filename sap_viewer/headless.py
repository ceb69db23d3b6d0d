"""The run without windows: a progress bar, then the mesh, the oriented points and a video through EGL."""

import math
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tqdm import tqdm

from sap_viewer.camera import Camera, read_camera
from sap_viewer.checkpoint_keeper import CheckpointKeeper
from sap_viewer.coloring import values_wanted
from sap_viewer.command_line import command_line, in_words, repeating
from sap_viewer.commands import Load, SaveField, SetSlices, Step
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED, INTERRUPTED
from sap_viewer.export import Written, attempt, export_cloud, export_mesh
from sap_viewer.film import Film, close
from sap_viewer.interrupt import Interrupt, deferred_interrupt
from sap_viewer.measures_text import closeness
from sap_viewer.measures_text import in_words as measures_in_words
from sap_viewer.options import Options
from sap_viewer.recorder import RecordingError
from sap_viewer.recording import Shutter, camera_of, repeats
from sap_viewer.saving import save_now
from sap_viewer.scene import ViewFrame, build_scene, slices_wanted
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot
from sap_viewer.status_file import StatusFile
from sap_viewer.sweep import Sweep
from sap_viewer.view import open_view

_VIDEO_SECONDS = 10
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
    film = Video(options.video, options) if options.video else None
    with deferred_interrupt() as interrupt:
        session.send(slices_wanted(options.drawn))
        session.send(values_wanted(options.drawn))
        session.send(load)
        snapshot = _await(session, interrupt, lambda state: state.run > 0 or (state.message and state.status != "busy"))
        if snapshot.message:
            print(f"sap-viewer: {snapshot.message}", file=sys.stderr)
        if snapshot.run == 0:
            return INTERRUPTED if interrupt.requested else BAD_INPUT if session.alive else FAILED
        if film:
            film.begin(snapshot, (in_words(load.settings),))
            print(f"sap-viewer: filming {snapshot.total_steps} steps", file=sys.stderr)
        keeper = CheckpointKeeper(options.checkpoint, session) if options.checkpoint else None
        status_file = _status_file(options, load)
        snapshot = _follow(session, snapshot, film, keeper, status_file, interrupt)
        written = _write(session, snapshot, film, keeper, options)
        if snapshot.measures:
            print(f"sap-viewer: {measures_in_words(snapshot.measures)}")
        compared = snapshot.comparison
        if compared and compared.at_rest:
            print(f"sap-viewer: against {compared.name}: {closeness(compared.at_rest)}")
    if interrupt.requested:
        print(f"sap-viewer: interrupted at step {snapshot.step} of {snapshot.total_steps}", file=sys.stderr)
        return INTERRUPTED
    if snapshot.status == "failed":
        print(f"sap-viewer: stopped at step {snapshot.step}: {snapshot.message}", file=sys.stderr)
    return DONE if written and snapshot.status == "finished" else FAILED


def snapshots_of(total_steps: int, *, fps: int) -> int:
    """Those in the video of a whole run: the start and then one every few steps, ten seconds' worth at most."""
    return 1 + math.ceil(total_steps / _stride(total_steps, fps))


class Video:
    """A recording of snapshots; of few, each is shown for longer.

    When the encoder fails, it says so once and lets the run go on.
    """

    def __init__(self, path: Path, options: Options) -> None:
        self._options = options
        self._recording = options.recording
        self._up = options.up_axis(options.scan)
        self._view = open_view(windowed=False, up=self._up)
        self._film = Film(self._view, path, fps=self._recording.fps, size=self._recording.video_size)
        self._start: Camera | None = None
        self._shutter = Shutter(self._recording)
        self._sweep = Sweep()
        self._repeats = 1
        self._shot = 0
        self.failed = False

    def stride(self, total_steps: int) -> int:
        """How many steps lie between two frames of a run."""
        by_time = 1 if self._recording.video_seconds is not None else None
        return self._recording.video_steps or by_time or _stride(total_steps, self._recording.fps)

    def slices_wanted(self) -> SetSlices:
        """Those of the next frame."""
        return slices_wanted(self._sweep.moved(self._options.drawn, now=self._shot / self._recording.fps))

    def begin(self, snapshot: Snapshot, lines: tuple[str, ...]) -> None:
        """Show each snapshot so long that the video does not flit by, unless the options say how often one comes."""
        recording = self._recording
        if recording.video_steps is None and recording.video_seconds is None:
            self._repeats = repeats(snapshots_of(snapshot.total_steps, fps=recording.fps), fps=recording.fps)
        self._start = self._view.camera
        if self._options.camera is not None and snapshot.bounds is not None:
            self._start = read_camera(self._options.camera).in_view(ViewFrame.of(snapshot.bounds))
        if recording.video_title:
            self._attempt(lambda: self._film.title(snapshot.name, lines))

    def add(self, snapshot: Snapshot, *, last: bool = False) -> None:
        """Film this state, if a frame is due; the last one is."""
        assert self._start is not None, "begin comes first"
        if self.failed or not (self._shutter.due(snapshot, new=True, now=time.monotonic()) or last):
            return
        scene = build_scene(snapshot, self._options.drawn)
        for _ in range(self._repeats):
            camera = camera_of(self._shot, self._recording, start=self._start, now=self._start, up=self._up)
            self._attempt(partial(self._film.shoot, scene, camera))
            self._shot += 1

    def finish(self) -> Written | None:
        """What came of the file; None where its failure has been told."""
        return None if self.failed else close(self._film.recorder)

    def _attempt(self, action: Callable[[], None]) -> None:
        if self.failed:
            return
        try:
            action()
        except RecordingError as error:
            self.failed = True
            print(f"sap-viewer: {error}", file=sys.stderr)


def _follow(
    session: Session,
    snapshot: Snapshot,
    film: Video | None,
    keeper: CheckpointKeeper | None,
    status_file: StatusFile | None,
    interrupt: Interrupt,
) -> Snapshot:
    """Step to the end of the schedule; returns the last snapshot."""
    total = snapshot.total_steps
    stride = film.stride(total) if film else _STEPS_PER_REPORT
    with tqdm(total=1.0, initial=snapshot.progress, bar_format=_BAR, mininterval=0.5) as bar:
        while snapshot.status not in ("failed", "finished") and not interrupt.requested:
            target = min(snapshot.step + stride, total)
            if film:
                session.send(film.slices_wanted())
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
        film.add(snapshot, last=True)
    if snapshot.status == "finished":
        snapshot = _await(session, interrupt, lambda state: state.measures)
    if status_file:
        status_file.update(snapshot, at_once=True)
    return snapshot


def _status_file(options: Options, load: Load) -> StatusFile | None:
    if options.status is None:
        return None
    return StatusFile(options.status, repeat=lambda snapshot: command_line(repeating(options, load, snapshot)))


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
    session: Session, snapshot: Snapshot, film: Video | None, keeper: CheckpointKeeper | None, options: Options
) -> bool:
    """Write all that was asked for, whatever fails among it; whether nothing did."""
    whole = film is None or not film.failed
    exports = ((options.mesh, export_mesh), (options.cloud, export_cloud))
    results = [film.finish() if film else None, keeper.finish() if keeper else None]
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

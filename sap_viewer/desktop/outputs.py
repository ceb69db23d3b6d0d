"""What a live session writes: exports, pictures, the video, and what the command line asked for."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sap_core.validate.error import InputError
from sap_core.validate.files import check_output
from sap_viewer.command_line import in_words
from sap_viewer.commands import Save, SaveCheckpoint, SaveField, SaveMesh
from sap_viewer.desktop.filming import Filming, Stage, Title
from sap_viewer.desktop.messages import Content, Outputs
from sap_viewer.desktop.replay import Replay
from sap_viewer.moment import Moment
from sap_viewer.options import Options
from sap_viewer.output.export import Written, attempt, export_cloud, export_mesh, write_picture, written
from sap_viewer.output.recorder import VIDEO_SUFFIXES, RecordingError
from sap_viewer.output.recording import check_recording
from sap_viewer.output.saving import answer, await_answer, unanswered
from sap_viewer.output.studio import Filmed, Studio, TakePicture
from sap_viewer.scene.camera import read_camera, write_camera
from sap_viewer.scene.scene import Scene, ViewFrame, build_scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot

_PATIENCE_S = 60.0  # for what the studio owes at the end
_POLL_S = 0.01


class OutputWriter:
    """Exports from a thread or by the engine, so that the view stays smooth; films the view.

    Attributes:
        paths: where the next export or recording goes.
        recording: how the next video is recorded.
        notice: one sentence about the last thing written, or why it could not be.
        results: what came of everything written so far.
    """

    def __init__(self, session: Session, stage: Stage, options: Options) -> None:
        self._session = session
        self._stage = stage
        self._options = options
        self._snapshot = Snapshot()
        self._scene = Scene()
        self._shown = Snapshot(), ViewOptions()
        self._viewed: Snapshot | None = None
        self._studio = Studio()
        self._film: Filming | Replay | None = None
        self._video_wanted = options.video is not None  # from the first mesh to the end of the schedule
        self._writer = ThreadPoolExecutor(max_workers=1)
        self._pending: list[Future[Written]] = []
        self._asked: list[Save] = []  # of the engine, which has not answered yet
        self._ordered: list[Path] = []  # from the studio, which has not delivered yet
        self._delivered: Snapshot | None = None  # what the files of the command line hold
        self.paths = self._default_paths("scan")
        self.recording = options.recording
        self.notice = ""
        self.results: list[Written] = []

    @property
    def film(self) -> Filming | Replay | None:
        """The video that is being recorded."""
        return self._film

    def show(self, scene: Scene, shown: Snapshot, options: ViewOptions, *, viewed: Snapshot | None) -> None:
        """Take note of what the view draws, of which state, and how; ``viewed`` is one that it looks back at."""
        self._scene, self._shown, self._viewed = scene, (shown, options), viewed

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of a new snapshot, which is drawn already: film it, and deliver what is due."""
        just_finished = _is_done(snapshot) and not _is_done(self._snapshot)
        if snapshot.name != self._snapshot.name:
            self.paths = self._default_paths(snapshot.name)
        self._snapshot = snapshot
        if self._video_wanted and snapshot.mesh is not None:
            self._video_wanted = False
            self.record(on=True)
        self._capture(new=True, last=just_finished)
        if just_finished and (self._delivered is None or snapshot.name == self._delivered.name):
            self._deliver()
            if self._options.video is not None and isinstance(self._film, Filming):
                self.record(on=False)

    def turn(self) -> None:
        """Once a frame: film the view, which may still be turned, and take note of what was written."""
        self._capture(new=False)
        if isinstance(self._film, Replay) and self._film.complete:
            self.record(on=False)
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
        self._hear_studio()

    def export(self, content: Content) -> None:
        """Write this to its path: mesh and points as they are looked back at, else all from the run as it is now.

        Of a dead engine there are the mesh and the points that it showed last.
        """
        paths = self.paths
        match content:
            case "mesh" if self._session.alive and self._viewed is None:
                self._ask(SaveMesh(paths.mesh, None if paths.trim == "as shown" else paths.trim))
            case "mesh":
                self._submit(export_mesh, paths.mesh, self._viewed or self._snapshot)
            case "cloud":
                self._submit(export_cloud, paths.cloud, self._viewed or self._snapshot)
            case "field":
                self._ask(SaveField(paths.field, self._options.field_resolution))
            case "checkpoint":
                self._ask(SaveCheckpoint(paths.checkpoint))
            case "camera":
                self._note(written(self._write_camera, paths.camera, f"wrote {paths.camera}"))
            case "picture":
                self._take_picture()

    def see_from(self, path: Path) -> None:
        """Let the window see the scan from the camera in this file."""
        bounds = self._snapshot.bounds
        try:
            camera = read_camera(path)
            if bounds is not None:
                self._stage.camera = camera.in_view(ViewFrame.of(bounds))
            self.notice = f"the view is that of {path}"
        except InputError as error:
            self.notice = str(error)

    def record(self, *, on: bool) -> None:
        """Start a video of the view, or finish it."""
        if on and self._film is None:
            path, up = self.paths.video, self._options.up_axis(self._options.scan)
            try:
                check_recording(self.recording)
                check_output(path, suffixes=VIDEO_SUFFIXES, kind="video")
                self._film = Filming(path, self.recording, self._stage, self._studio, title=self._title(), up=up)
                self.notice = f"recording to {path}"
            except (RecordingError, InputError) as error:
                self._note(Written(path, str(error), succeeded=False))
        elif not on and self._film is not None:
            film, self._film = self._film, None
            future = film.finish(self._writer)
            if future is None:
                self._ordered.append(film.path)
            else:
                self._pending.append(future)

    def replay(self, moments: Sequence[Moment], options: ViewOptions) -> None:
        """Make a video of these earlier states, drawn with these options."""
        if self._film is not None or not moments:
            return
        path, up = self.paths.video, self._options.up_axis(self._options.scan)
        try:
            check_recording(self.recording)
            check_output(path, suffixes=VIDEO_SUFFIXES, kind="video")
        except InputError as error:
            self._note(Written(path, str(error), succeeded=False))
            return
        self._film = Replay(
            path, self.recording, moments, options, self._stage, self._studio, title=self._title(), up=up
        )
        self.notice = f"making {path} of {len(moments):,} states"

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
        deadline = time.monotonic() + _PATIENCE_S
        while self._ordered and time.monotonic() < deadline:
            self._hear_studio()
            time.sleep(_POLL_S)
        self._studio.close()
        options = self._options
        asked_for = (options.mesh, options.cloud, options.field, options.video, options.picture)
        return all(result.succeeded for result in self.results if result.path in asked_for)

    def _deliver(self) -> None:
        self._delivered = self._snapshot
        mesh, cloud = self._options.mesh, self._options.cloud
        if mesh is not None and self._snapshot.coarse and self._session.alive and self._snapshot.status != "failed":
            self._ask(SaveMesh(mesh))
        elif mesh is not None:
            self._submit(export_mesh, mesh, self._snapshot)
        if cloud is not None:
            self._submit(export_cloud, cloud, self._snapshot)
        if self._options.field is not None:
            self._ask(SaveField(self._options.field, self._options.field_resolution))
        if self._options.picture is not None:
            self._draw_picture(self._options.picture, self._options.picture_size or self._stage.size)

    def _ask(self, command: Save) -> None:
        self._asked.append(command)
        self._session.send(command)

    def _submit(self, export: Callable[[Snapshot, Path], None], path: Path, snapshot: Snapshot) -> None:
        self._pending.append(self._writer.submit(attempt, export, snapshot, path))

    def _write_camera(self) -> None:
        if self._snapshot.bounds is None:
            raise InputError("there is no scan yet that the camera could see; open one")
        write_camera(self._stage.camera.in_scan(ViewFrame.of(self._snapshot.bounds)), self.paths.camera)

    def _take_picture(self) -> None:
        """At the window's own size from the window; a larger one is drawn larger, by the studio."""
        paths = self.paths
        if paths.scale == 1:
            pixels = self._stage.image(text=paths.text)
            height, width = pixels.shape[:2]
            sentence = f"wrote {paths.picture}, {width} x {height} pixels"
            write = self._writer.submit(written, lambda: write_picture(pixels, paths.picture), paths.picture, sentence)
            self._pending.append(write)
            return
        width, height = self._stage.size
        self._draw_picture(paths.picture, (width * paths.scale, height * paths.scale), text=paths.text)

    def _draw_picture(self, path: Path, size: tuple[int, int], *, text: bool = False) -> None:
        self._ordered.append(path)
        scale = size[1] / self._stage.size[1]
        self._studio.take(self._scene, TakePicture(path, self._stage.camera, size, scale, text))
        self.notice = f"drawing {path}"

    def _capture(self, *, new: bool, last: bool = False) -> None:
        if self._film is None:
            return
        try:
            self._film.follow(self._snapshot, self._filmed(), new=new, now=time.monotonic(), last=last)
        except RecordingError as error:
            self._note(Written(self._film.path, str(error), succeeded=False))
            self._film = None

    def with_filmed_layers(self, options: ViewOptions) -> ViewOptions:
        """The options of the view with the layers that only a video shows, while one is recorded."""
        return options if self._film is None else options.switched(show=self.recording.video_layers, hide=())

    def _filmed(self) -> Scene:
        """What the view draws, or of it the layers that a video is to have."""
        layers = self.recording.video_layers
        if not layers:
            return self._scene
        shown, options = self._shown
        return build_scene(shown, options.only(layers))

    def _hear_studio(self) -> None:
        films = self._film is not None and self._film.elsewhere
        alive = self._studio.alive
        reason = "what draws it has ended"
        for reply in self._studio.receive():
            if isinstance(reply, Filmed):
                if self._film is not None:
                    self._film.hear(reply)
                continue
            if reply.path == Path():
                reason = reply.sentence
                continue
            self._note(reply)
            if reply.path in self._ordered:
                self._ordered.remove(reply.path)
            elif films and self._film is not None and reply.path == self._film.path:
                self._film = None
        if not alive and (self._ordered or films):
            owed = [*self._ordered, *([self._film.path] if films and self._film is not None else [])]
            for path in owed:
                self._note(Written(path, f"cannot write {path}: {reason}", succeeded=False))
            self._ordered.clear()
            self._film = None if films else self._film

    def _title(self) -> Title:
        loaded = self._session.loaded
        return self._snapshot.name, () if loaded is None else (in_words(loaded.settings),)

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
            picture=self._options.picture or Path(f"{name}.png"),
            camera=self._options.camera or Path(f"{name}_camera.json"),
            checkpoint=Path(f"{name}_run.npz"),
            video=self._options.video or Path(f"{name}.mp4"),
        )


def _is_done(snapshot: Snapshot) -> bool:
    """The run is at its end, and its whole mesh is there."""
    return snapshot.status == "finished" and not snapshot.awaits_whole_mesh

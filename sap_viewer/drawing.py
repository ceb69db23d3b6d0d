"""What a run without windows draws: a video on the way, and a picture at its end."""

import math
import sys
import time
from collections.abc import Callable
from functools import partial

from sap_viewer.commands import SetSlices
from sap_viewer.options import Options
from sap_viewer.output.export import Written, write_picture, written
from sap_viewer.output.film import DEFAULT_SIZE, Film, close
from sap_viewer.output.recorder import RecordingError
from sap_viewer.output.recording import Shutter, camera_of, repeats
from sap_viewer.scene.camera import Camera, read_camera
from sap_viewer.scene.scene import ViewFrame, build_scene, slices_wanted
from sap_viewer.scene.sweep import Sweep
from sap_viewer.snapshot import Snapshot
from sap_viewer.view import open_view

_VIDEO_SECONDS = 10


class Drawing:
    """Follows a run off-screen. Of few snapshots, each is shown for longer.

    When the encoder fails, it says so once and lets the run go on.

    Attributes:
        failed: whether it did.

    Raises:
        NoRendererError: there is no OpenGL.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._recording = recording = options.recording
        self._up = options.up_axis(options.scan)
        self._view = open_view(windowed=False, size=recording.video_size or DEFAULT_SIZE, up=self._up)
        self._camera = self._view.camera
        self._given: Camera | None = None
        self._film = (
            Film(self._view, options.video, fps=recording.fps, size=recording.video_size) if options.video else None
        )
        self._shutter = Shutter(recording)
        self._sweep = Sweep()
        self._repeats = 1
        self._shot = 0
        self.failed = False

    def stride(self, total_steps: int) -> int | None:
        """How many steps lie between two frames of a run; None without a video."""
        if self._film is None:
            return None
        by_time = 1 if self._recording.video_seconds is not None else None
        return self._recording.video_steps or by_time or _stride(total_steps, self._recording.fps)

    def slices_wanted(self) -> SetSlices:
        """Those of the next frame."""
        layers = self._recording.video_layers
        drawn = self._options.drawn.switched(show=layers)  # besides those of the picture at the end
        return slices_wanted(self._sweep.moved(drawn, now=self._shot / self._recording.fps))

    def begin(self, snapshot: Snapshot, lines: tuple[str, ...]) -> None:
        """Take up the place of the scan; a title has these lines."""
        recording = self._recording
        if recording.video_steps is None and recording.video_seconds is None:
            self._repeats = repeats(snapshots_of(snapshot.total_steps, fps=recording.fps), fps=recording.fps)
        if self._options.camera is not None and snapshot.bounds is not None:
            self._camera = self._given = read_camera(self._options.camera).in_view(ViewFrame.of(snapshot.bounds))
        if self._film is not None:
            print(f"sap-viewer: filming {snapshot.total_steps} steps", file=sys.stderr)
            if recording.video_title:
                self._attempt(partial(self._film.title, snapshot.name, lines))

    def add(self, snapshot: Snapshot, *, last: bool = False) -> None:
        """Film this state, if a frame is due; the last one is."""
        film = self._film
        if film is None or not (self._shutter.due(snapshot, new=True, now=time.monotonic()) or last):
            return
        scene = build_scene(snapshot, self._options.drawn.only(self._recording.video_layers))
        for _ in range(self._repeats):
            self._attempt(partial(film.shoot, scene, self._seen_from(self._shot)))
            self._shot += 1

    def finish(self, snapshot: Snapshot) -> list[Written]:
        """What came of the files, but for a video whose failure has been told."""
        results = [] if self._film is None or self.failed else [close(self._film.recorder)]
        path = self._options.picture
        if path is not None:
            width, height = size = self._options.picture_size or DEFAULT_SIZE
            self._view.resize(size, scale=max(1.0, height / DEFAULT_SIZE[1]))
            self._view.update(build_scene(snapshot, self._options.drawn))
            self._view.home(self._up)
            pixels = self._view.image(camera=self._given)
            sentence = f"wrote {path}, {width} x {height} pixels"
            results.append(written(lambda: write_picture(pixels, path), path, sentence))
        return results

    def _seen_from(self, frame: int) -> Camera:
        return camera_of(frame, self._recording, start=self._camera, now=self._camera, up=self._up)

    def _attempt(self, action: Callable[[], None]) -> None:
        if self.failed:
            return
        try:
            action()
        except RecordingError as error:
            self.failed = True
            print(f"sap-viewer: {error}", file=sys.stderr)


def snapshots_of(total_steps: int, *, fps: int) -> int:
    """Those in the video of a whole run: the start and then one every few steps, ten seconds' worth at most."""
    return 1 + math.ceil(total_steps / _stride(total_steps, fps))


def _stride(total_steps: int, fps: int) -> int:
    return math.ceil(total_steps / (_VIDEO_SECONDS * fps))

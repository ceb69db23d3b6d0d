"""Videos of a live run: of the window as it is, or of another size or other layers from the studio."""

from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sap_viewer.output.export import Written
from sap_viewer.output.film import close
from sap_viewer.output.recorder import Recorder
from sap_viewer.output.recording import Recording, Shutter, camera_of
from sap_viewer.output.studio import Filmed, Recalled, StartFilm, Studio
from sap_viewer.output.title import SECONDS, title_card
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene
from sap_viewer.snapshot import Snapshot

Title = tuple[str, tuple[str, ...]]  # the name of the scan, and lines below it
_UNDER_WAY = 2  # frames that the studio may owe; more would let it fall behind the window


class Stage(Protocol):
    """What is filmed: the window's view."""

    camera: Camera  # from where the scene is seen, view frame

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the window."""

    def image(self, *, camera: Camera | None = None, text: bool = False) -> NDArray[np.uint8]:
        """A picture of it."""


class _Reel(Protocol):
    """Takes frames, here or elsewhere."""

    frames: int
    bytes: int

    @property
    def ready(self) -> bool:
        """Whether it keeps up."""

    def shoot(self, scene: Scene, camera: Camera | None) -> None:
        """Add a frame, seen from a camera or as the window is.

        Raises:
            RecordingError: it has failed.
        """

    def finish(self, executor: Executor) -> Future[Written] | None:
        """End the video; None where the studio tells what came of it."""


class Filming:
    """One video: which frame is due, and from where it is seen.

    Attributes:
        path: of the file.
        fps: of the video.
    """

    def __init__(
        self, path: Path, recording: Recording, stage: Stage, studio: Studio, *, title: Title, up: str
    ) -> None:
        """
        Raises:
            RecordingError: the path is none of a video.
        """
        self.path = path
        self.fps = recording.fps
        self._recording = recording
        self._stage = stage
        self._up = up
        self._start = stage.camera
        self._shutter = Shutter(recording)
        self._shot = 0
        shown = title if recording.video_title else None
        as_the_window = recording.video_size is None and not recording.video_layers
        self._reel: _Reel = (
            _WindowReel(stage, path, recording.fps, shown)
            if as_the_window
            else StudioReel(studio, path, recording.fps, recording.video_size or even(stage.size), shown)
        )

    @property
    def frames(self) -> int:
        """In the video so far."""
        return self._reel.frames

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        return self._reel.bytes

    @property
    def elsewhere(self) -> bool:
        """Whether the studio films."""
        return isinstance(self._reel, StudioReel)

    def follow(self, snapshot: Snapshot, scene: Scene, *, new: bool, now: float, last: bool = False) -> None:
        """Add a frame if one is due, or if this is the last state of a run.

        Raises:
            RecordingError: the video cannot be written; it is over.
        """
        if last or (self._reel.ready and self._shutter.due(snapshot, new=new, now=now)):
            self._reel.shoot(scene, self._camera())
            self._shot += 1

    def hear(self, progress: Filmed) -> None:
        """The studio has added a frame."""
        self._reel.frames, self._reel.bytes = progress.frames, progress.bytes

    def finish(self, executor: Executor) -> Future[Written] | None:
        """End the video; None where the studio tells what came of it."""
        return self._reel.finish(executor)

    def _camera(self) -> Camera | None:
        if self._recording.video_camera == "view" and not self.elsewhere:
            return None
        return camera_of(self._shot, self._recording, start=self._start, now=self._stage.camera, up=self._up)


def even(size: tuple[int, int]) -> tuple[int, int]:
    """The width and height without a last odd pixel, which a video cannot have."""
    width, height = size
    return width - width % 2, height - height % 2


class _WindowReel:
    ready = True

    def __init__(self, stage: Stage, path: Path, fps: int, title: Title | None) -> None:
        self._stage = stage
        self._title = title
        self._stills = round(SECONDS * fps)
        self._recorder = Recorder(stage.image, path, fps=fps)
        self.frames = self.bytes = 0

    def shoot(self, scene: Scene, camera: Camera | None) -> None:
        picture = self._stage.image(camera=camera)
        if self._title is not None:
            height, width = picture.shape[:2]
            card = title_card(*self._title, (width, height))
            self._title = None
            for _ in range(self._stills):
                self._recorder.add(card)
        self._recorder.add(picture)
        self.frames, self.bytes = self._recorder.frames, self._recorder.bytes

    def finish(self, executor: Executor) -> Future[Written]:
        return executor.submit(close, self._recorder)


class StudioReel:
    """Frames for the studio, whose answers are put into ``frames`` and ``bytes``."""

    def __init__(self, studio: Studio, path: Path, fps: int, size: tuple[int, int], title: Title | None) -> None:
        self._studio = studio
        self._shot = 0
        self.frames = self.bytes = 0
        self.stills = round(SECONDS * fps) if title else 0
        studio.start(StartFilm(path, fps, size, title))

    @property
    def ready(self) -> bool:
        """Whether it keeps up."""
        return self._shot - max(0, self.frames - self.stills) < _UNDER_WAY

    def shoot(self, scene: Scene | Recalled, camera: Camera | None) -> None:
        """Have a frame added."""
        assert camera is not None, "the studio has no window whose camera it could take"
        self._studio.shoot(scene, camera)
        self._shot += 1

    def finish(self, executor: Executor) -> None:
        """Have the video ended; the studio tells what came of it."""
        self._studio.finish()

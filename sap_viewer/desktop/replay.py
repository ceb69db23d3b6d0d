"""A video after the fact: of the states of a run that were kept."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path

from sap_viewer.desktop.filming import Stage, StudioReel, Title, even
from sap_viewer.moment import Moment
from sap_viewer.output.recording import Recording, camera_of, repeats
from sap_viewer.output.studio import Filmed, Recalled, Studio
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.snapshot import Snapshot


class Replay:
    """One video of earlier states, made by the studio as fast as it can while the run goes on.

    Attributes:
        path: of the file.
        total: frames that it will have.
        complete: whether the studio has all of them.
    """

    elsewhere = True

    def __init__(
        self,
        path: Path,
        recording: Recording,
        moments: Sequence[Moment],
        options: ViewOptions,
        stage: Stage,
        studio: Studio,
        *,
        title: Title,
        up: str,
    ) -> None:
        """
        Args:
            recording: frames go by steps or by states, for no times were kept.
            moments: at least one.
            options: what is drawn of them.
        """
        self.path = path
        self._recording = recording
        self._options = options.only(recording.video_layers)
        self._stage = stage
        self._up = up
        self._start = stage.camera
        size = recording.video_size or even(stage.size)
        self._reel = StudioReel(studio, path, recording.fps, size, title if recording.video_title else None)
        shown = _apart(moments, recording.video_steps or 1)
        each = 1 if recording.video_steps else repeats(len(shown), fps=recording.fps)
        self._frames: Iterator[tuple[int, Moment]] = enumerate(moment for moment in shown for _ in range(each))
        self.total = len(shown) * each + self._reel.stills
        self.complete = False

    @property
    def frames(self) -> int:
        """In the video so far."""
        return self._reel.frames

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        return self._reel.bytes

    def follow(self, snapshot: Snapshot, scene: Scene, *, new: bool, now: float, last: bool = False) -> None:
        """Add what the studio is ready for, whatever goes on now."""
        while self._reel.ready and not self.complete:
            following = next(self._frames, None)
            if following is None:
                self.complete = True
                return
            number, moment = following
            self._reel.shoot(Recalled(moment, self._options), self._camera(number))

    def hear(self, progress: Filmed) -> None:
        """The studio has added a frame."""
        self._reel.frames, self._reel.bytes = progress.frames, progress.bytes

    def finish(self, executor: Executor) -> None:
        """End the video; the studio tells what came of it."""
        self._reel.finish(executor)

    def _camera(self, number: int) -> Camera:
        return camera_of(number, self._recording, start=self._start, now=self._stage.camera, up=self._up)


def _apart(moments: Sequence[Moment], steps: int) -> list[Moment]:
    """Those that lie so many steps apart, and the last."""
    *others, last = moments
    shown: list[Moment] = []
    for moment in others:
        if not shown or moment.step - shown[-1].step >= steps:
            shown.append(moment)
    return [*shown, last]

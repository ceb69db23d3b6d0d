"""Which frames a video of earlier states has; the test plays the studio."""

from dataclasses import replace
from pathlib import Path

import pytest

from sap_viewer.desktop.replay import Replay
from sap_viewer.moment import Moment
from sap_viewer.output.recording import Recording
from sap_viewer.output.studio import Filmed, FinishFilm, Order, Recalled, StartFilm
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.snapshot import Snapshot
from tests.snapshots import ball_snapshot
from tests.test_outputs import FakeStage

OPTIONS = ViewOptions(show_points=False)
MOMENTS = [Moment.of(replace(ball_snapshot(), step=step)) for step in (0, 1, 2, 4, 8, 9)]


class NotingStudio:
    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.shots: list[tuple[int, Camera]] = []

    def start(self, film: StartFilm) -> None:
        self.orders.append(film)

    def finish(self) -> None:
        self.orders.append(FinishFilm())

    def shoot(self, subject: Scene | Recalled, camera: Camera) -> None:
        assert isinstance(subject, Recalled)
        assert subject.options == OPTIONS
        self.shots.append((subject.moment.step, camera))


def played(recording: Recording) -> tuple[Replay, NotingStudio]:
    """A video to its end, of a studio that answers at once."""
    studio = NotingStudio()
    replay = Replay(
        Path("run.mp4"),
        recording,
        MOMENTS,
        OPTIONS,
        FakeStage(),
        studio,  # type: ignore[arg-type]
        title=("ball", ()),
        up="y",
    )
    turns = 0
    while not replay.complete:
        before = len(studio.shots)
        replay.follow(Snapshot(), Scene(), new=False, now=0.0)
        assert len(studio.shots) - before <= 2
        stills = 2 * recording.fps if recording.video_title else 0
        replay.hear(Filmed(stills + len(studio.shots), 1_000))
        turns += 1
        assert turns < 1_000
    return replay, studio


def test_each_state_is_shown_for_so_long_that_the_video_does_not_flit_by() -> None:
    replay, studio = played(Recording(fps=10))
    assert [step for step, _ in studio.shots] == [step for step in (0, 1, 2, 4, 8, 9) for _ in range(7)]
    assert (replay.total, replay.frames) == (42, 42)
    assert studio.orders == [StartFilm(Path("run.mp4"), 10, (64, 48))]
    replay.finish(None)  # type: ignore[arg-type]  # it is the studio that does
    assert studio.orders[-1] == FinishFilm()


def test_frames_by_steps_and_a_turntable() -> None:
    recording = Recording("turntable", 1.0, video_steps=3, fps=2, video_size=(640, 360), video_title=True)
    replay, studio = played(recording)
    assert [step for step, _ in studio.shots] == [0, 4, 8, 9]
    start = FakeStage.camera
    for number, (_, camera) in enumerate(studio.shots):
        assert camera.position == pytest.approx(start.turned(180 * number, around=(0.0, 1.0, 0.0)).position)
    assert replay.total == 4 + 4
    assert studio.orders == [StartFilm(Path("run.mp4"), 2, (640, 360), ("ball", ()))]

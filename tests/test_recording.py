"""Which moments become frames, and from where they are seen."""

from dataclasses import replace

import numpy as np
import pytest

from sap_core.validate.error import InputError
from sap_viewer.output.recording import Recording, Shutter, camera_of, check_recording
from sap_viewer.scene.camera import Camera
from sap_viewer.snapshot import Snapshot

START = Camera((0.0, 0.5, 2.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
NOW = replace(START, field_of_view=60.0)
RUNNING = Snapshot(run=1, status="running")


def steps_shot(recording: Recording, steps: range, *, every: float = 0.1) -> list[int]:
    """The steps that become frames, of a run that takes one every so many seconds."""
    shutter = Shutter(recording)
    return [step for step in steps if shutter.due(replace(RUNNING, step=step), new=True, now=step * every)]


def test_each_update_is_a_frame_and_a_resting_run_is_filmed_in_real_time() -> None:
    assert steps_shot(Recording(), range(5)) == [0, 1, 2, 3, 4]
    shutter = Shutter(Recording(fps=10))
    assert shutter.due(RUNNING, new=True, now=0.0)
    assert not shutter.due(RUNNING, new=False, now=5.0)
    paused = replace(RUNNING, status="paused")
    turns = np.arange(5.0, 6.0, 0.01)
    assert sum(shutter.due(paused, new=False, now=now) for now in turns) == pytest.approx(10, abs=1)


def test_frames_go_by_steps_or_by_seconds() -> None:
    assert steps_shot(Recording(video_steps=3), range(10)) == [0, 3, 6, 9]
    assert steps_shot(Recording(video_steps=3), range(0, 20, 2)) == [0, 4, 8, 12, 16]  # some snapshots are skipped
    assert steps_shot(Recording(video_seconds=0.35), range(10)) == [0, 4, 8]
    shutter = Shutter(Recording(video_steps=5))
    assert shutter.due(replace(RUNNING, step=7), new=True, now=0.0)
    assert not shutter.due(replace(RUNNING, step=7, status="paused"), new=False, now=99.0)
    assert shutter.due(replace(RUNNING, step=7, run=2), new=True, now=99.0)


def test_the_camera_follows_stays_or_turns() -> None:
    def seen_from(frame: int, path: str) -> Camera:
        recording = Recording(video_camera=path, video_turn=2.0, fps=10)  # type: ignore[arg-type]
        return camera_of(frame, recording, start=START, now=NOW, up="y")

    assert seen_from(3, "view") == NOW
    assert seen_from(3, "fixed") == START
    assert seen_from(0, "turntable") == START
    assert np.allclose(seen_from(5, "turntable").position, (2.0, 0.5, 0.0))
    assert np.allclose(seen_from(20, "turntable").position, START.position)


@pytest.mark.parametrize(
    ("recording", "sentence"),
    [
        (Recording(fps=0), "fps must be a whole number from 1 to 120"),
        (Recording(video_size=(1921, 1080)), "must be even numbers from 16 to 7680, got 1921 and 1080"),
        (Recording(video_size=(1920, 8)), "even numbers"),
        (Recording(video_turn=0.0), "video_turn must be a number from 0.5"),
        (Recording(video_steps=0), "video_steps must be a whole number from 1"),
        (Recording(video_steps=5, video_seconds=1.0), "give one of the two"),
        (Recording(video_camera="drone"), "video_camera must be view, fixed or turntable, got drone"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_recorded_is_refused(recording: Recording, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        check_recording(recording)


def test_the_usual_is_accepted() -> None:
    for recording in (Recording(), Recording(video_size=(1920, 1080), video_steps=2, video_title=True)):
        check_recording(recording)

"""How a video is recorded: from where, how often a frame, how large. One description for all front ends."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from typing_extensions import Doc

from sap_core.config import Span
from sap_core.validate.error import InputError
from sap_core.validate.settings import check_settings
from sap_viewer.scene.camera import Camera, Vector
from sap_viewer.scene.view_options import Solid
from sap_viewer.snapshot import Snapshot

CameraPath = Literal["view", "fixed", "turntable"]
CAMERA_PATHS: tuple[CameraPath, ...] = get_args(CameraPath)
SHORTEST_SECONDS = 4  # of a video of few states
SMALLEST, LARGEST = 16, 7680  # pixels along a side
AXES: dict[str, Vector] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


@dataclass(frozen=True)
class Recording:
    """How a video is recorded. The names of the fields are those of the options of the command line."""

    video_camera: Annotated[
        CameraPath,
        Doc(
            "From where a video is seen: as the window is at each moment, from where it is at the start, or turning "
            "around the scan."
        ),
    ] = "view"
    video_turn: Annotated[
        float, Doc("Time for one turn of a video's turntable."), Span(0.5, 600.0, unit="seconds of video")
    ] = 10.0
    video_steps: Annotated[
        int | None,
        Doc("Steps between two frames of a video. Unless this or --video-seconds is set, each update is a frame."),
        Span(1, 100_000, unit="steps"),
    ] = None
    video_seconds: Annotated[
        float | None, Doc("Seconds between two frames of a video."), Span(0.02, 3600.0, unit="seconds")
    ] = None
    fps: Annotated[int, Doc("Frames per second of the video."), Span(1, 120, unit="frames per second")] = 30
    video_size: Annotated[
        tuple[int, int] | None,
        Doc("Width and height of a video in pixels; unless set, those of the window, or 1280 720 without windows."),
    ] = None
    video_layers: Annotated[
        tuple[Solid, ...],
        Doc("Layers that a video draws, and no others; unless set, those of the window or of --show and --hide."),
    ] = ()
    video_title: Annotated[bool, Doc("Begin a video with a still that names the scan and the settings.")] = False


def check_recording(recording: Recording) -> None:
    """Refuse what would fail when the first frame comes.

    Raises:
        InputError: a value is out of range, or two of them exclude each other.
    """
    check_settings(recording)
    if recording.video_steps is not None and recording.video_seconds is not None:
        raise InputError("a frame comes every so many steps or every so many seconds: give one of the two")
    if recording.video_size is not None:
        check_size(recording.video_size, kind="video", even=True)


def check_size(size: tuple[int, int], *, kind: str, even: bool = False) -> None:
    """Refuse a width and height in pixels that cannot be drawn or, of a video, not be encoded.

    Raises:
        InputError: one of them is out of range, or odd where they have to be even.
    """
    if not all(SMALLEST <= side <= LARGEST and not (even and side % 2) for side in size):
        numbers = "even numbers" if even else "numbers"
        raise InputError(
            f"a {kind}'s width and height must be {numbers} from {SMALLEST} to {LARGEST}, got {size[0]} and {size[1]}; "
            "1920 and 1080 are usual"
        )


def camera_of(frame: int, recording: Recording, *, start: Camera, now: Camera, up: str) -> Camera:
    """From where a frame is seen, view frame.

    Args:
        frame: its number, from 0.
        start: the camera when the recording began; now: that of the window.
        up: "x", "y" or "z", the axis of a turntable.
    """
    match recording.video_camera:
        case "view":
            return now
        case "fixed":
            return start
        case "turntable":
            return start.turned(360 * frame / (recording.video_turn * recording.fps), around=AXES[up])


def repeats(states: int, *, fps: int) -> int:
    """Frames for which each of so many states is shown, so that a video of few does not flit by."""
    return math.ceil(SHORTEST_SECONDS * fps / states)


class Shutter:
    """Tells when a frame is due."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._run: int | None = None
        self._step = 0
        self._at = -float("inf")

    def due(self, snapshot: Snapshot, *, new: bool, now: float) -> bool:
        """Whether this moment becomes a frame, which it is then taken for.

        Args:
            new: whether the snapshot has just come. A run at rest is filmed in real time, unless frames go by steps.
            now: in seconds.
        """
        recording = self._recording
        if recording.video_steps is not None:
            due = new and (snapshot.run != self._run or abs(snapshot.step - self._step) >= recording.video_steps)
        elif recording.video_seconds is not None:
            due = now - self._at >= recording.video_seconds
        else:
            due = new or (snapshot.status != "running" and now - self._at >= 1 / recording.fps)
        if due:
            self._run, self._step, self._at = snapshot.run, snapshot.step, now
        return due

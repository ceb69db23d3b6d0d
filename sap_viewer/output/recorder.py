"""Frames to a video file. Where the frames come from is no concern of this file."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from sap_core.whole_file import temporary_beside

Frame = NDArray[np.uint8]  # (H, W, 3)

_OUTPUT = {
    ".mp4": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
    # A palette for each frame: one for all would keep the whole video in memory until its end. Each frame in full,
    # since ffmpeg finds what has changed by comparing colour numbers, which the palettes of two frames do not share.
    ".gif": [
        *("-vf", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1"),
        *("-gifflags", "-offsetting-transdiff"),
    ],
}
_FASTEST_GIF = 50  # frames per second; viewers slow down what is faster
VIDEO_SUFFIXES = tuple(_OUTPUT)


class RecordingError(RuntimeError):
    """The video cannot be written; the message is one sentence for the user. An older file is still there."""


class Recorder:
    """Records what ``render`` returns, one frame for each ``capture``, into one file.

    The file appears when the recording is closed, whole. After an error the recording is over and leaves no file.

    Attributes:
        path: of the file.
        frames: captured so far.
    """

    def __init__(self, render: Callable[[], Frame], path: Path, *, fps: int) -> None:
        """
        Args:
            render: returns the picture of this moment. The first one decides the size of the video, less a row or
                column where that is odd; later ones of another size are fitted into it.
            path: ends in one of ``VIDEO_SUFFIXES``.
            fps: frames per second; a GIF has 50 at most.

        Raises:
            RecordingError: the suffix is another one.
        """
        if path.suffix.lower() not in VIDEO_SUFFIXES:
            raise RecordingError(f"cannot record to {path}: its name must end in {' or '.join(VIDEO_SUFFIXES)}")
        self.frames = 0
        self._render = render
        self.path = path
        self._fps = fps
        self._encoder: _Encoder | None = None

    def capture(self) -> None:
        """Render one frame and add it.

        Raises:
            RecordingError: the encoder does not start or has failed.
        """
        self.add(self._render())

    def add(self, picture: Frame) -> None:
        """Add a frame that was rendered elsewhere.

        Raises:
            RecordingError: as ``capture`` says.
        """
        if self._encoder is None:
            height, width = (side - side % 2 for side in picture.shape[:2])  # H.264 halves them for colours
            self._encoder = _Encoder(self.path, size=(width, height), fps=self._fps)
        self._encoder.write(picture)
        self.frames += 1

    @property
    def bytes(self) -> int:
        """Size of the file so far."""
        return self._encoder.bytes if self._encoder else 0

    def close(self) -> None:
        """Finish the file. Without any frame there is none.

        Raises:
            RecordingError: the encoder has failed, or the file cannot be put in place.
        """
        if self._encoder is not None:
            self._encoder.finish()

    def abort(self) -> None:
        """End the recording without a file."""
        if self._encoder is not None:
            self._encoder.kill()


class _Encoder:
    """An ffmpeg process that reads raw pictures."""

    def __init__(self, path: Path, *, size: tuple[int, int], fps: int) -> None:
        suffix = path.suffix.lower()
        rate = min(fps, _FASTEST_GIF) if suffix == ".gif" else fps
        self._path = path
        self._temporary = temporary_beside(path.resolve())
        self._size = size
        pictures = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}", "-r", str(rate), "-i", "-"]
        try:
            ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
            self._process = subprocess.Popen(
                [ffmpeg, "-v", "error", *pictures, *_OUTPUT[suffix], str(self._temporary)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in the terminal must not end it before its file is whole
            )
        except (OSError, RuntimeError) as error:
            raise self._failure(f"ffmpeg does not start, {error}") from error

    def write(self, picture: Frame) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(_fit(picture, self._size).tobytes())
        except OSError as error:
            self._wait()
            raise self._failure(str(error)) from error

    @property
    def bytes(self) -> int:
        try:
            return self._temporary.stat().st_size
        except FileNotFoundError:
            return 0

    def finish(self) -> None:
        self._wait()
        try:
            os.replace(self._temporary, self._path.resolve())
        except OSError as error:
            raise self._failure(str(error)) from error

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._temporary.unlink(missing_ok=True)

    def _wait(self) -> None:
        """Let ffmpeg end; what it complained of last is the reason when it failed."""
        _, log = self._process.communicate()
        if self._process.returncode:
            complaints = log.decode(errors="replace").strip().splitlines()
            raise self._failure(complaints[-1] if complaints else f"ffmpeg ended with code {self._process.returncode}")

    def _failure(self, reason: str) -> RecordingError:
        self._temporary.unlink(missing_ok=True)
        return RecordingError(f"cannot record to {self._path}: {reason}")


def _fit(picture: Frame, size: tuple[int, int]) -> Frame:
    """The picture cropped by a pixel, or scaled and padded, to width and height."""
    width, height = size
    if picture.shape[0] - height in (0, 1) and picture.shape[1] - width in (0, 1):
        return picture[:height, :width]
    margin = tuple(int(channel) for channel in picture[0, 0])
    return np.asarray(ImageOps.pad(Image.fromarray(picture), size, color=margin))

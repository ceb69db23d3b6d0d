"""Videos are decoded again to see what is in them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from sap_viewer.output.recorder import VIDEO_SUFFIXES, Recorder, RecordingError

COLORS = np.array([[230, 40, 40], [40, 200, 40], [40, 40, 230], [220, 220, 60]], np.uint8)
OLDER = b"an older file"


class Painter:
    """Renders one plain colour after the other."""

    def __init__(self, *sizes: tuple[int, int]) -> None:
        self._pictures = pictures(*sizes)

    def __call__(self) -> NDArray[np.uint8]:
        return next(self._pictures)


def pictures(*sizes: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """Pictures (height, width) of the colours in turn; the last size stays."""
    count = 0
    while True:
        yield np.full((*sizes[min(count, len(sizes) - 1)], 3), COLORS[count % len(COLORS)])
        count += 1


def noise() -> NDArray[np.uint8]:
    """What no codec can make small."""
    return np.random.default_rng().integers(0, 255, (240, 320, 3), np.uint8)


def decoded(path: Path) -> NDArray[np.uint8]:
    """(frames, H, W, 3)."""
    if path.suffix == ".gif":
        return iio.imread(path, plugin="pillow", mode="RGB")
    return iio.imread(path, plugin="FFMPEG")


@pytest.mark.parametrize("suffix", [*VIDEO_SUFFIXES, ".MP4"])
def test_the_file_holds_the_frames_in_order(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"run{suffix}"
    recorder = Recorder(Painter((64, 96)), path, fps=30)
    for count in range(1, 7):
        recorder.capture()
        assert recorder.frames == count
    assert not path.exists()
    recorder.close()
    frames = decoded(path)
    assert frames.shape == (6, 64, 96, 3)
    for count, frame in enumerate(frames):
        assert np.abs(frame.astype(int) - COLORS[count % 4]).max() < 12
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_video_is_h264_of_even_size_at_the_rate_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    recorder = Recorder(Painter((63, 95)), path, fps=24)
    for _ in range(12):
        recorder.capture()
    recorder.close()
    facts = iio.immeta(path, plugin="FFMPEG")
    assert facts["codec"] == "h264"
    assert facts["pix_fmt"].startswith("yuv420p")
    assert facts["size"] == (94, 62)
    assert facts["fps"] == 24
    assert facts["duration"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("fps", [10, 30, 120])
def test_a_gif_keeps_every_frame(tmp_path: Path, fps: int) -> None:
    path = tmp_path / "run.gif"
    recorder = Recorder(Painter((40, 40)), path, fps=fps)
    for _ in range(20):
        recorder.capture()
    recorder.close()
    assert len(decoded(path)) == 20
    assert iio.immeta(path)["duration"] == pytest.approx(1000 / min(fps, 50), abs=10)  # hundredths of a second


@pytest.mark.parametrize("later", [(128, 192), (64, 192), (32, 20)])
def test_later_sizes_are_fitted_into_the_first(tmp_path: Path, later: tuple[int, int]) -> None:
    path = tmp_path / "run.mp4"
    recorder = Recorder(Painter((64, 96), later), path, fps=30)
    for _ in range(4):
        recorder.capture()
    recorder.close()
    frames = decoded(path)
    assert frames.shape == (4, 64, 96, 3)
    assert np.abs(frames[-1].astype(int) - COLORS[3]).max() < 12


def test_an_older_file_is_replaced_only_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    path.write_bytes(OLDER)
    recorder = Recorder(Painter((64, 64)), path, fps=30)
    recorder.capture()
    assert path.read_bytes() == OLDER
    recorder.close()
    assert len(decoded(path)) == 1


def test_without_frames_there_is_no_file(tmp_path: Path) -> None:
    Recorder(Painter((64, 64)), tmp_path / "run.mp4", fps=30).close()
    assert list(tmp_path.iterdir()) == []


def test_an_aborted_recording_leaves_nothing(tmp_path: Path) -> None:
    recorder = Recorder(noise, tmp_path / "run.mp4", fps=30)
    deadline = time.monotonic() + 10
    while not list(tmp_path.iterdir()):
        assert time.monotonic() < deadline
        recorder.capture()
    recorder.abort()
    assert list(tmp_path.iterdir()) == []


# --- failures ---


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"cannot record to .*run\.avi: its name must end in \.mp4 or \.gif"):
        Recorder(Painter((64, 64)), tmp_path / "run.avi", fps=30)


def record(path: Path, *, frames: int = 30) -> None:
    """A whole recording of noise."""
    recorder = Recorder(noise, path, fps=30)
    for _ in range(frames):
        recorder.capture()
    recorder.close()


def record_until_it_fails(path: Path) -> str:
    path.write_bytes(OLDER)
    with pytest.raises(RecordingError) as caught:
        record(path)
    assert path.read_bytes() == OLDER
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    return str(caught.value)


def encoder(tmp_path: Path, script: str) -> str:
    """A stand-in for ffmpeg."""
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    return folder / "run.mp4"


def test_a_missing_encoder_is_named(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    assert "ffmpeg does not start" in record_until_it_fails(video)


def test_the_last_words_of_a_dying_encoder_are_the_reason(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", encoder(tmp_path, "echo trouble >&2; echo no codec >&2; exit 3"))
    assert record_until_it_fails(video) == f"cannot record to {video}: no codec"
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", encoder(tmp_path, "exit 3"))
    assert record_until_it_fails(video) == f"cannot record to {video}: ffmpeg ended with code 3"


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_a_full_disk_costs_neither_the_program_nor_the_older_file(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    limited = encoder(tmp_path, f'trap "" XFSZ; ulimit -f 256; exec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"')
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", limited)
    reason = record_until_it_fails(video.with_suffix(suffix))
    assert reason.startswith("cannot record to ")
    assert "\n" not in reason


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file or directory"):
        record(tmp_path / "nowhere" / "run.mp4")


INTERRUPTED = """
import signal, sys, time
from pathlib import Path
from sap_viewer.output.recorder import Recorder
from tests.test_recorder import Painter

asked = []
signal.signal(signal.SIGINT, lambda *_: asked.append(True))
recorder = Recorder(Painter((64, 64)), Path(sys.argv[1]), fps=30)
recorder.capture()
print("recording", flush=True)
while not asked:
    time.sleep(0.01)
recorder.capture()
recorder.close()
"""


def test_ctrl_c_in_the_terminal_does_not_reach_the_encoder(tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    command = [sys.executable, "-c", INTERRUPTED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "recording\n"
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        process.communicate(timeout=10)
        assert process.returncode == 0
    assert len(decoded(path)) == 2

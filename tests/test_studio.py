"""Pictures and videos from the process that draws them off-screen, opened by other programs' readers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sap_viewer.moment import Moment
from sap_viewer.output.export import Written
from sap_viewer.output.studio import Filmed, Recalled, StartFilm, Studio, TakePicture
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.view_options import ViewOptions
from tests import display_driver as person
from tests.conftest import missing
from tests.snapshots import ball_snapshot

CAMERA = Camera((0.0, 0.5, 2.2), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
SCENE = build_scene(ball_snapshot(), ViewOptions())
MESH = build_scene(ball_snapshot(), ViewOptions(show_points=False, show_normals=False, slice_z=False))


@pytest.fixture
def studio() -> Iterator[Studio]:
    studio = Studio()
    yield studio
    studio.close()


def replies(studio: Studio, count: int) -> list[Written | Filmed]:
    arrived: list[Written | Filmed] = []

    def look() -> list[Written | Filmed] | None:
        arrived.extend(studio.receive())
        return arrived if len(arrived) >= count or not studio.alive else None

    person.wait_for(look, f"{count} replies", timeout=60.0)
    if arrived and isinstance(arrived[0], Written) and "no OpenGL" in arrived[0].sentence:
        missing(arrived[0].sentence)
    return arrived


def picture(studio: Studio, path: Path, **changes: object) -> NDArray[np.uint8]:
    studio.take(SCENE, replace(TakePicture(path, CAMERA, (320, 200)), **changes))  # type: ignore[arg-type]
    (written,) = replies(studio, 1)
    assert isinstance(written, Written)
    assert written.succeeded, written.sentence
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_larger_picture_is_drawn_and_not_stretched(studio: Studio, tmp_path: Path) -> None:
    once = picture(studio, tmp_path / "once.png")
    fourfold = picture(studio, tmp_path / "fourfold.png", size=(1280, 800))
    assert (once.shape, fourfold.shape) == ((200, 320, 3), (800, 1280, 3))
    shrunk = np.asarray(Image.fromarray(fourfold).resize((320, 200), Image.Resampling.BOX)).astype(int)
    assert np.abs(shrunk - once).mean() < 3
    stretched = np.asarray(Image.fromarray(once).resize((1280, 800), Image.Resampling.BICUBIC)).astype(int)
    sharp, soft = (np.abs(np.diff(values.astype(int), axis=1)).max() for values in (fourfold, stretched))
    assert sharp > 1.3 * soft
    text = picture(studio, tmp_path / "text.jpg", size=(640, 400), scale=2.0, text=True)
    without = picture(studio, tmp_path / "without.png", size=(640, 400))
    assert (np.abs(text.astype(int) - without).max(-1) > 40)[:140, :320].mean() > 0.02  # the caption's corner


def test_a_video_has_its_size_whatever_is_drawn_beside_it(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    studio.start(StartFilm(path, 10, (480, 270), title=("ball", ("--preset fast",))))
    for number in range(4):
        studio.shoot(MESH, CAMERA.turned(90 * number, around=(0.0, 1.0, 0.0)))
    studio.take(SCENE, TakePicture(tmp_path / "between.png", CAMERA, (200, 100)))
    studio.shoot(MESH, CAMERA)
    studio.finish()
    *progress, picture, last, finished = replies(studio, 7)
    assert [reply.frames for reply in (*progress, last) if isinstance(reply, Filmed)] == [21, 22, 23, 24, 25]
    assert isinstance(picture, Written)
    assert finished == Written(path, f"wrote {path}, 25 frames", succeeded=True)
    frames = iio.imread(path, plugin="FFMPEG")
    assert frames.shape == (25, 270, 480, 3)
    assert iio.immeta(path, plugin="FFMPEG")["fps"] == 10
    assert np.abs(frames[0].astype(int) - frames[19]).max() < 20  # the title stays for two seconds
    assert np.abs(frames[20].astype(int) - frames[19]).mean() > 5
    assert np.abs(frames[24].astype(int) - frames[20]).mean() < 1


def test_an_earlier_state_is_drawn_from_what_was_kept(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "run.mp4"
    ball = ball_snapshot()
    studio.start(StartFilm(path, 10, (320, 200)))
    for subject in (build_scene(ball, ViewOptions()), Recalled(Moment.of(ball), ViewOptions())):
        studio.shoot(subject, CAMERA)
    studio.finish()
    replies(studio, 3)
    now, then = iio.imread(path, plugin="FFMPEG").astype(int)
    assert np.abs(now - then).mean() < 1
    assert now.std() > 5


def test_a_full_disk_ends_the_video_and_leaves_the_older_one(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = tmp_path / "ffmpeg"
    limited.write_text(f'#!/bin/sh\ntrap "" XFSZ; ulimit -f 8; exec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n')
    limited.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(limited))
    path = tmp_path / "run.gif"
    path.write_bytes(b"an older file")
    studio.start(StartFilm(path, 10, (320, 200)))
    for number in range(12):
        studio.shoot(SCENE, CAMERA.turned(30 * number, around=(0.0, 1.0, 0.0)))
    studio.finish()
    answers: list[Written] = []
    while not answers:
        answers += [reply for reply in replies(studio, 1) if isinstance(reply, Written)]
    assert not answers[0].succeeded
    assert answers[0].sentence.startswith(f"cannot record to {path}: ")
    assert path.read_bytes() == b"an older file"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["ffmpeg", "run.gif"]


def test_what_fails_is_a_sentence_and_the_next_order_is_served(studio: Studio, tmp_path: Path) -> None:
    gone = tmp_path / "nowhere" / "run.mp4"
    studio.start(StartFilm(gone, 10, (64, 64)))
    for _ in range(3):
        studio.shoot(MESH, CAMERA)
    studio.finish()
    studio.take(MESH, TakePicture(tmp_path / "nowhere" / "a.png", CAMERA, (64, 64)))
    answers = []
    while not answers or answers[-1].path == gone:
        answers += [reply for reply in replies(studio, 1) if isinstance(reply, Written)]
    assert [answer.path for answer in answers] == [gone, tmp_path / "nowhere" / "a.png"]
    assert not any(answer.succeeded for answer in answers)
    assert "there is no folder" in answers[1].sentence
    assert picture(studio, tmp_path / "a.png").shape == (200, 320, 3)

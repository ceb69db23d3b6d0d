"""What a live session writes, without its windows; the test plays the engine."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from sap_core.io import read_mesh
from sap_viewer.commands import Command, Save, SaveCheckpoint, SaveField, SaveMesh
from sap_viewer.desktop.outputs import OutputWriter
from sap_viewer.options import Options
from sap_viewer.output.recording import Recording
from sap_viewer.output.studio import Recalled, Studio
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene, build_scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.snapshot import Saved, Snapshot
from tests import display_driver as person
from tests.snapshots import ball_snapshot

BALL = ball_snapshot()


class FakeSession:
    """An engine that answers when it is told to, or at once."""

    def __init__(self, *, answers_at_once: bool = False) -> None:
        self.alive = True
        self.asked: list[Save] = []
        self.shown = BALL
        self._at_once = answers_at_once

    loaded = None
    loading = waiting = False

    def send(self, command: Command) -> None:
        assert isinstance(command, Save)
        self.asked.append(command)
        if self._at_once:
            self.answered()

    def snapshot(self) -> Snapshot:
        return self.shown

    def answered(self, failure: str = "") -> Snapshot:
        self.shown = replace(BALL, saved=tuple(Saved(command, 7, failure) for command in self.asked))
        return self.shown


class FakeStage:
    """A window that shows one colour."""

    camera = Camera((0.0, 0.0, 3.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    size = (64, 48)

    def image(self, *, camera: Camera | None = None, text: bool = False) -> NDArray[np.uint8]:
        return np.full((48, 64, 3), 200, np.uint8)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def writer(session: FakeSession, options: Options | None = None) -> OutputWriter:
    outputs = OutputWriter(session, FakeStage(), options or Options())
    outputs.follow(BALL)
    return outputs


def test_the_engine_writes_what_only_it_has() -> None:
    session = FakeSession()
    outputs = writer(session)
    outputs.paths = replace(outputs.paths, mesh=Path("cut.obj"), trim="auto")
    for content in ("mesh", "field", "checkpoint"):
        outputs.export(content)
    mesh, field, checkpoint = session.asked
    assert isinstance(mesh, SaveMesh)
    assert isinstance(field, SaveField)
    assert isinstance(checkpoint, SaveCheckpoint)
    assert (mesh.path, mesh.trim) == (Path("cut.obj"), "auto")
    assert (field.path, checkpoint.path) == (Path("ball_field.vti"), Path("ball_run.npz"))
    outputs.turn()
    assert outputs.results == []
    outputs.follow(session.answered())
    outputs.turn()
    outputs.turn()
    assert [result.path for result in outputs.results] == [mesh.path, field.path, checkpoint.path]
    assert outputs.notice == "wrote ball_run.npz at step 7"


def test_a_finished_run_is_delivered_once_its_whole_mesh_is_there(folder: Path) -> None:
    session = FakeSession()
    outputs = writer(session, Options(mesh=Path("end.ply")))
    outputs.follow(replace(BALL, status="finished", coarse=True))
    outputs.turn()
    assert session.asked == []
    assert not list(folder.iterdir())
    outputs.follow(replace(BALL, status="finished"))
    assert outputs.finish()
    assert session.asked == []
    assert len(read_mesh(folder / "end.ply").faces) == len(BALL.mesh.faces)


def test_the_mesh_of_a_run_that_ends_on_the_way_is_written_whole_by_the_engine() -> None:
    session = FakeSession(answers_at_once=True)
    outputs = writer(session, Options(mesh=Path("end.ply")))
    outputs.follow(replace(BALL, coarse=True))
    assert outputs.finish()
    (asked,) = session.asked
    assert (asked.path, type(asked)) == (Path("end.ply"), SaveMesh)


def test_of_a_dead_engine_the_last_mesh_and_points_are_written(folder: Path) -> None:
    session = FakeSession()
    outputs = writer(session)
    outputs.export("field")
    session.alive = False
    for content in ("mesh", "cloud"):
        outputs.export(content)
    assert outputs.finish()
    assert {result.path.name: result.succeeded for result in outputs.results} == {
        "ball_field.vti": False,
        "ball_mesh.ply": True,
        "ball_points.ply": True,
    }
    assert BALL.mesh is not None
    assert np.array_equal(read_mesh(folder / "ball_mesh.ply").vertices, BALL.mesh.vertices)


def test_what_the_command_line_asked_for_counts_at_the_end() -> None:
    session = FakeSession()
    outputs = writer(session, Options(field=Path("wanted.npz")))
    outputs.export("checkpoint")
    outputs.follow(replace(BALL, status="finished"))
    session.answered("cannot write wanted.npz: No space left on device")
    assert not outputs.finish()
    assert [command.path.name for command in session.asked] == ["ball_run.npz", "wanted.npz"]
    assert all(not result.succeeded for result in outputs.results)


def test_a_studio_that_dies_ends_the_video_and_another_one_draws(folder: Path) -> None:
    outputs = writer(FakeSession())
    outputs.recording = Recording(video_size=(320, 240))
    outputs.record(on=True)
    outputs.follow(BALL)
    assert outputs.film is not None
    (studio,) = (
        child for child in psutil.Process().children() if "sap_viewer.output.studio_process" in child.cmdline()
    )
    studio.kill()

    def over() -> bool | None:
        outputs.turn()
        return outputs.film is None or None

    person.wait_for(over, "the end of the video")
    assert outputs.notice == "cannot write ball.mp4: what draws it has ended"
    outputs.paths = replace(outputs.paths, scale=2)
    outputs.export("picture")
    outputs.finish()
    assert outputs.results[-1].path == Path("ball.png")
    if outputs.results[-1].succeeded:  # there is OpenGL
        with Image.open(folder / "ball.png") as picture:
            assert picture.size == (128, 96)


def test_a_video_may_have_other_layers_than_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = writer(FakeSession())
    shot: list[Scene | Recalled] = []
    monkeypatch.setattr(Studio, "start", lambda *_: None)
    monkeypatch.setattr(Studio, "shoot", lambda _, subject, camera: shot.append(subject))
    options = ViewOptions(show_normals=False)
    outputs.show(build_scene(BALL, options), BALL, options, viewed=None)
    outputs.recording = Recording(video_layers=("mesh",))
    outputs.record(on=True)
    outputs.follow(replace(BALL, step=1))
    (scene,) = shot
    assert isinstance(scene, Scene)
    assert scene.mesh is not None
    assert (scene.points, scene.normals, scene.slices) == (None, None, ())


def test_what_cannot_be_recorded_is_said_at_once(folder: Path) -> None:
    outputs = writer(FakeSession())
    for recording, path, reason in (
        (Recording(fps=0), "run.mp4", "fps must be"),
        (Recording(video_size=(321, 240)), "run.mp4", "even numbers"),
        (Recording(), "nowhere/run.mp4", "there is no folder nowhere"),
        (Recording(), "run.avi", "its name must end in"),
    ):
        outputs.recording = recording
        outputs.paths = replace(outputs.paths, video=Path(path))
        outputs.record(on=True)
        assert outputs.film is None
        assert reason in outputs.notice
    assert list(folder.iterdir()) == []


def test_layers_that_only_a_video_shows_are_asked_for_while_it_is_recorded(tmp_path: Path) -> None:
    written = writer(FakeSession())
    written.recording = Recording(video_layers=("mesh", "slice-y"))
    window = ViewOptions(slice_y=False, slice_z=True)
    assert written.with_filmed_layers(window) == window
    written.follow(BALL)
    written.paths = replace(written.paths, video=tmp_path / "run.mp4")
    written.record(on=True)
    asked = written.with_filmed_layers(window)
    assert asked.slice_y
    assert asked.slice_z
    written.finish()

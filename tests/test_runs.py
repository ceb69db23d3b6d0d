"""Questions before work is lost, with a session that only takes notes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_core.changes import changed
from sap_core.checkpoint import write_checkpoint
from sap_core.config import Parameters, Settings
from sap_core.crop import Crop, Sphere
from sap_core.geometry import PointCloud
from sap_core.reconstruction import Reconstruction
from sap_viewer.commands import Command, Load, Reset, Restore, SaveCheckpoint, SaveField, SaveMesh
from sap_viewer.desktop.runs import Runs
from sap_viewer.desktop.unsaved import TRIVIAL_S, UnsavedWork
from sap_viewer.options import Options
from sap_viewer.output.export import Written
from sap_viewer.snapshot import Prediction, Saved, Snapshot
from tests.shapes import torus
from tests.snapshots import ball_snapshot

RUNNING = Snapshot(run=1, load=1, name="cow", status="running")
COW = Load(PointCloud(np.eye(3)), Settings(preset="fast", sigma=3.0), "cow", start=True)
KITTEN, DOG = Path("kitten.xyz"), Path("dog.stl")


class NotingSession:
    alive = True
    loading = waiting = False

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.loaded: Load | None = COW

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def snapshot(self) -> Snapshot:
        return RUNNING

    def restart(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def session() -> NotingSession:
    return NotingSession()


@pytest.fixture
def runs(session: NotingSession) -> Runs:
    runs = Runs(session, Options(settings=COW.settings, scan=Path("cow.ply")), UnsavedWork())
    runs.follow(RUNNING)
    return runs


def worked(runs: Runs, seconds: float) -> None:
    for now in (0.0, 0.0, seconds):
        runs.work.follow(RUNNING, now=now)


def test_what_took_no_time_is_replaced_without_a_question(runs: Runs, session: NotingSession) -> None:
    worked(runs, TRIVIAL_S / 2)
    runs.open([KITTEN])
    runs.reset()
    assert session.sent == [Load(KITTEN, COW.settings, "kitten", start=True), Reset()]
    assert runs.question is None


def test_a_branch_lets_go_of_what_came_after_and_asks_so(runs: Runs, session: NotingSession) -> None:
    restore = Restore(np.zeros((1, 3)), np.ones((1, 3)), 12)
    runs.branch(restore, lambda: session.send(restore))
    assert session.sent == [restore]
    worked(runs, 34.0)
    runs.branch(restore, lambda: session.send(restore))
    assert "Branch from step 12?" in runs.question.text
    runs.answer(accepted=True)
    assert session.sent == [restore, restore]


@pytest.mark.parametrize("act", [lambda runs: runs.open([KITTEN]), Runs.reset, Runs.reload])
def test_work_is_lost_after_a_yes_alone(act: object, runs: Runs, session: NotingSession) -> None:
    worked(runs, 34.0)
    for accepted in (False, True):
        act(runs)
        assert "cow has worked for 34 s" in runs.question.text
        assert session.sent == []
        runs.answer(accepted=accepted, number=runs.question.number)
        assert runs.question is None
    assert len(session.sent) == 1


def test_an_answer_counts_once_and_for_its_own_question(runs: Runs, session: NotingSession) -> None:
    worked(runs, 34.0)
    runs.reset()
    first = runs.question.number
    runs.open([KITTEN])
    runs.answer(accepted=True, number=first)
    assert session.sent == []
    runs.answer(accepted=True)  # by a key, to what is asked now
    runs.answer(accepted=True)
    assert [type(command) for command in session.sent] == [Load]


def test_of_several_files_the_first_is_the_scan(runs: Runs, session: NotingSession) -> None:
    runs.open([KITTEN, Path("notes.txt"), Path("cow.las")])
    assert [command.source for command in session.sent] == [KITTEN]
    assert runs.notice == "of 3 files kitten.xyz is opened; left out: notes.txt, cow.las"
    assert runs.question is None
    runs.open([DOG])
    assert runs.notice == ""


def test_a_mesh_dropped_with_a_scan_may_become_its_reference(runs: Runs, session: NotingSession) -> None:
    for accepted in (False, True):
        runs.open([KITTEN, DOG, Path("cat.ply")])
        assert "left out: cat.ply" in runs.notice
        assert "Take dog.stl as its reference" in runs.question.text
        runs.answer(accepted=accepted)
    first, second, reference = session.sent
    assert first.source == second.source == KITTEN
    assert (reference.source, reference.name) == (DOG, "dog.stl")


def test_a_preset_holds_from_the_next_scan_or_reset_on(runs: Runs, session: NotingSession) -> None:
    runs.choose("best")
    assert session.sent == []
    runs.reset()
    runs.reload()
    runs.open([KITTEN])
    settings = replace(COW.settings, preset="best")
    assert session.sent == [
        replace(COW, settings=settings, start=False),
        replace(COW, settings=settings),
        Load(KITTEN, settings, "kitten", start=True),
    ]


def test_a_run_starts_over_from_a_prediction_with_its_settings_and_back_again(
    runs: Runs, session: NotingSession
) -> None:
    runs.continue_from_prediction()
    assert session.sent == []  # there is none
    ball = ball_snapshot()
    prediction = Prediction(ball.mesh, ball.cloud, 0.3, weights="own.pt")
    crops = (Crop(Sphere((0.0, 0.0, 0.0), 1.0)),)
    seen = replace(RUNNING, prediction=prediction, requested=Parameters(lr=0.01), crops=crops)
    runs.follow(seen)
    session.loaded = replace(COW, settings=replace(COW.settings, flip=True))
    worked(runs, TRIVIAL_S + 5)
    runs.continue_from_prediction()
    assert session.sent == []
    assert runs.question.text.startswith("Continue from the prediction? The run of cow has worked")
    runs.answer(accepted=True)
    learned = replace(COW.settings, init="learned", weights="own.pt")
    (continued,) = session.sent
    assert continued == replace(COW, settings=learned, changes=continued.changes, crops=crops)
    assert changed(Parameters(sigma=5.0), continued.changes) == Parameters(lr=0.01)
    session.loaded, runs.work = continued, UnsavedWork()
    runs.reload()
    assert session.sent[-1] == replace(COW, crops=crops)


def test_a_checkpoint_continues_the_scan_shown(runs: Runs, session: NotingSession, tmp_path: Path) -> None:
    reconstruction = Reconstruction(torus(500), Settings(resolution=32, points=1_000, steps=3))
    checkpoint = reconstruction.checkpoint()
    write_checkpoint(checkpoint, tmp_path / "run.npz")
    runs.resume(tmp_path / "run.npz")
    (load,) = session.sent
    assert isinstance(load, Load)
    assert (load.source, load.settings, load.start) == (COW.source, checkpoint.settings, False)
    assert load.checkpoint is not None
    assert load.checkpoint.step == 0
    (tmp_path / "run.npz").write_bytes(b"damaged")
    runs.resume(tmp_path / "run.npz")
    assert "run.npz is damaged" in runs.notice
    session.loaded = None
    runs.resume(tmp_path / "run.npz")
    assert "open the scan first" in runs.notice
    assert len(session.sent) == 1


def test_the_file_of_the_scan_is_known(runs: Runs, session: NotingSession) -> None:
    assert runs.scan == Path("cow.ply")  # of the command line, which was read before the windows opened
    session.loaded = replace(COW, source=KITTEN)
    assert runs.scan == KITTEN


def test_only_a_running_engine_works() -> None:
    work = UnsavedWork()
    for now, status in enumerate(("busy", "paused", "running", "running", "paused", "finished")):
        work.follow(replace(RUNNING, status=status), now=float(now))
    assert work.seconds == 2.0


def test_a_file_or_another_run_ends_the_count() -> None:
    work = UnsavedWork()
    written = Saved(SaveMesh(Path("cow.obj")), step=3)
    full = Saved(SaveCheckpoint(Path("run.npz")), step=4, failure="the disk is full")
    field = Saved(SaveField(Path("field.vti")), step=4)
    for kept in ((), (written,), (written,), (written, full, field)):
        for now in (0.0, 30.0):
            work.follow(replace(RUNNING, saved=kept), now=now)
        if not kept:
            assert work.seconds == 30.0
    assert work.seconds > 0.0
    results = [Written(Path("cow.ply"), "", succeeded=False), Written(Path("cow.mp4"), "", succeeded=True)]
    work.hear(results)
    assert work.seconds > 0.0
    results.append(Written(Path("cow.PLY"), "", succeeded=True))
    work.hear(results)
    assert work.seconds == 0.0
    work.follow(RUNNING, now=60.0)
    work.hear(results)  # nothing new
    assert work.seconds == 30.0
    work.follow(replace(RUNNING, run=2), now=90.0)
    assert work.seconds == 0.0

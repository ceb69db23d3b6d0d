"""A run that was steered between its steps is repeated by its command line, to the same bits on the CPU."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_core.changes import Change
from sap_core.checkpoint import read_checkpoint
from sap_core.config import Settings
from sap_core.geometry import Mesh, PointCloud
from sap_core.io import write_cloud
from sap_viewer import cli, commands
from sap_viewer.command_line import command_line, repeating
from sap_viewer.engine.engine import Engine
from sap_viewer.moment import Moment
from sap_viewer.options import Options
from sap_viewer.snapshot import Snapshot
from tests.shapes import torus
from tests.test_command_line import parsed

BRIEF = Settings(resolution=32, steps=12, points=1_500, init="sphere", device="cpu")
SETTLING = Settings(preset="best", resolution=32, sigma=8.0, lr=1e-5, points=1_500, init="sphere", device="cpu")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    write_cloud(PointCloud(torus(1_500).points), tmp_path / "scan.ply")
    return tmp_path / "scan.ply"


class Person:
    """Somebody who steers a run."""

    def __init__(self, load: commands.Load) -> None:
        self.load = load
        self.engine = Engine()
        self.engine.handle(load)

    def do(self, *asked: commands.Command) -> None:
        for command in asked:
            self.engine.handle(command)

    def steps(self, count: int) -> None:
        self.do(commands.Step(count))
        self.run()

    def run(self) -> None:
        while self.engine.running:
            self.engine.advance()

    def go(self) -> None:
        self.do(commands.Start())
        self.run()

    def set(self, **parameters: float | None) -> None:
        self.do(commands.SetParameters(replace(self.now.requested, **parameters)))

    def look_back(self) -> commands.Restore:
        """What the timeline gives back of this state."""
        seen = Moment.of(self.now).snapshot()
        assert seen.cloud is not None
        assert seen.cloud.normals is not None
        return commands.Restore(seen.cloud.points, seen.cloud.normals, seen.step, seen.requested, seen.changes)

    @property
    def now(self) -> Snapshot:
        return self.engine.snapshot()


def repeated(person: Person, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The run that the command line makes, as far as it goes by itself."""
    line = command_line(repeating(Options(), person.load, person.now))
    options = parsed(line, monkeypatch)
    cli.check_options(options)
    load = cli._load(options)
    assert load is not None
    engine = Engine()
    engine.handle(replace(load, start=True))
    while engine.running:
        engine.advance()
    assert engine.snapshot().changes == person.now.changes, shlex.split(line)
    return engine


def assert_equal(mine: Mesh | None, yours: Mesh | None) -> None:
    assert mine is not None
    assert yours is not None
    assert np.array_equal(mine.vertices, yours.vertices)
    assert np.array_equal(mine.faces, yours.faces)


def settings_and_points(person: Person) -> None:
    person.set(lr=0.02, sigma=3.0)
    person.steps(3)
    person.set(points=1_000)
    person.steps(1)
    person.do(commands.Resample())
    person.set(resolution=48, lr=None)
    person.steps(2)
    person.do(commands.Reorient(), commands.Flip())
    person.set(points=2_000, resample_every=2)
    person.go()


def branches(person: Person) -> None:
    person.steps(2)
    person.do(commands.Flip())
    flipped = person.look_back()
    person.do(commands.Flip())
    person.set(resample_every=2)
    person.steps(5)
    person.do(flipped)
    person.set(points=1_000)
    person.steps(4)
    person.set(points=None)
    person.steps(2)
    person.do(replace(person.look_back(), points=person.now.cloud.points, normals=person.now.cloud.normals))
    person.go()


def on_past_the_end(person: Person) -> None:
    person.go()
    person.do(commands.Flip(), commands.Flip())
    person.steps(2)
    person.steps(3)
    person.set(sigma=4.0)
    person.steps(2)
    person.do(commands.Flip())


def starts_over(person: Person) -> None:
    person.set(lr=0.05, points=1_000)
    person.steps(3)
    person.do(commands.Flip(), commands.Reset())
    person.set(sigma=3.0)
    person.set(sigma=None)
    person.go()


def branches_where_detail_is_brought_out(person: Person) -> None:
    person.steps(16)
    before = person.look_back()
    person.steps(1)
    person.do(person.look_back())
    person.steps(1)
    person.do(commands.Flip(), before)
    person.steps(1)
    person.do(person.look_back())
    person.go()
    person.steps(1)


@pytest.mark.parametrize("steer", [settings_and_points, branches, on_past_the_end, starts_over])
def test_the_command_line_repeats_a_run_to_the_same_bits(
    steer: Callable[[Person], None], scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(commands.Load(scan, BRIEF, "scan"))
    steer(person)
    again = repeated(person, monkeypatch).snapshot()
    assert person.now.step == again.step >= 12
    assert again.status == "finished"
    assert_equal(again.mesh, person.now.mesh)


def test_the_command_line_repeats_branches_in_a_refinement(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(commands.Load(scan, replace(BRIEF, resolution=194, steps=18), "scan"))  # the last two are of it
    branches_where_detail_is_brought_out(person)
    again = repeated(person, monkeypatch).snapshot()
    assert person.now.step == again.step == 19
    assert_equal(again.mesh, person.now.mesh)


def test_a_mesh_that_is_turned_where_the_loss_has_settled_is_the_last_again(
    scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(commands.Load(scan, SETTLING, "scan"))
    person.go()
    settled = person.now
    assert settled.status == "finished"
    assert "the loss has settled" in settled.message
    person.do(commands.Flip())
    again = repeated(person, monkeypatch).snapshot()
    assert (again.status, again.step) == ("finished", settled.step)
    assert_equal(again.mesh, person.now.mesh)

    person.go()  # it has other points now, and settles again
    assert person.now.step > settled.step
    again = repeated(person, monkeypatch).snapshot()
    assert (again.status, again.step) == ("finished", person.now.step)
    assert_equal(again.mesh, person.now.mesh)


def test_a_checkpoint_has_what_was_changed_and_what_is_due(
    scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.npz"
    due = (Change(0, "lr", 0.02), Change(8, "flip"), Change(8, "resample"), Change(12, "until", 14))
    person = Person(commands.Load(scan, BRIEF, "scan", changes=due))
    person.steps(4)
    person.set(sigma=3.0)
    person.do(commands.SaveCheckpoint(path))
    assert person.now.changes == (due[0], Change(4, "sigma", 3.0), *due[1:])
    assert person.now.total_steps == 14
    checkpoint = read_checkpoint(path)
    resumed = Person(commands.Load(scan, checkpoint.settings, "scan", checkpoint=checkpoint))
    person.steps(9)  # the schedule's last step comes on the way
    assert (person.now.status, person.now.step) == ("paused", 13)
    assert person.now.progress == pytest.approx(13 / 14)
    for each in (person, resumed):
        each.go()
        assert (each.now.status, each.now.step, each.now.changes) == ("finished", 14, checkpoint.changes)
    assert_equal(resumed.now.mesh, person.now.mesh)
    assert_equal(repeated(resumed, monkeypatch).snapshot().mesh, person.now.mesh)


def test_a_run_that_starts_over_keeps_its_parameters_and_what_is_due(scan: Path) -> None:
    flip = Change(8, "flip")
    person = Person(commands.Load(scan, BRIEF, "scan", changes=(Change(2, "reorient"), flip)))
    person.set(lr=0.05)
    person.set(lr=0.02)
    person.steps(4)
    person.do(commands.Reset())
    assert person.now.changes == (Change(0, "lr", 0.02), flip)
    person.go()
    person.do(commands.SetCrops(()))
    assert person.now.changes == (Change(0, "lr", 0.02),)
    past_the_end = (Change(12, "until", 15), Change(14, "flip"))
    person.do(commands.Load(scan, BRIEF, "scan", changes=past_the_end))
    person.steps(13)
    person.do(commands.Reset())
    assert person.now.changes == past_the_end
    person.do(commands.Load(scan, BRIEF, "scan"))
    assert person.now.changes == ()


def test_what_will_not_fit_into_memory_is_refused_before_the_run(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sap_core.reconstruction.available_on", lambda _: 2**30)
    person = Person(commands.Load(scan, BRIEF, "scan", changes=(Change(2, "lr", 0.02), Change(3, "resolution", 2048))))
    assert person.now.status == "empty"
    assert person.now.message.startswith("resolution 2048 needs about")


def test_what_is_due_and_cannot_be_done_ends_the_run_and_says_so(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(commands.Load(scan, BRIEF, "scan", changes=(Change(2, "resolution", 512),)))
    monkeypatch.setattr("sap_core.reconstruction.available_on", lambda _: 400 * 2**20)
    person.go()
    assert (person.now.status, person.now.step) == ("failed", 2)
    assert person.now.message.startswith("resolution=512, due at step 2, cannot be done: resolution 512 needs about")


def test_what_a_settled_run_did_not_come_to_is_said(scan: Path) -> None:
    person = Person(commands.Load(scan, SETTLING, "scan", changes=(Change(12, "flip"),)))
    person.go()
    assert person.now.status == "finished"
    done, why = person.now.message.split(": ")
    assert done == f"done after {person.now.step} of at most 12 steps"
    assert why == "the loss has settled; flip, due at step 12, was not reached"

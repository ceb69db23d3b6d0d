import errno
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from sap_core.checkpoint import read_checkpoint
from sap_core.config import Parameters, Settings
from sap_core.crop import Box, Crop
from sap_core.geometry import Mesh, PointCloud
from sap_core.io import read_mesh
from sap_core.mesh.metrics import compare
from sap_core.reconstruction import Reconstruction
from sap_core.solver.isosurface import SurfaceVanished
from sap_viewer import commands
from sap_viewer.engine.engine import Engine
from sap_viewer.moment import Moment
from sap_viewer.snapshot import Saved
from tests.shapes import torus, torus_mesh

BRIEF = Settings(resolution=32, steps=6, points=2_000)
SURFACE = torus_mesh()  # that the scan is of


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    engine.handle(commands.Load(torus(2_000), BRIEF, "torus"))
    return engine


def measure_all(engine: Engine) -> None:
    """What an engine at rest does while it is asked for nothing."""
    while engine.unmeasured:
        engine.measure()


def run(engine: Engine) -> None:
    while engine.running:
        engine.advance()


def test_empty_engine_says_so_and_asks_for_a_scan() -> None:
    engine = Engine()
    assert engine.snapshot().status == "empty"
    engine.handle(commands.Start())
    assert not engine.running
    assert "open a scan" in engine.snapshot().message


def test_loading_shows_the_first_surface(engine: Engine) -> None:
    snapshot = engine.snapshot()
    assert (snapshot.status, snapshot.step, snapshot.name, snapshot.run) == ("paused", 0, "torus", 1)
    assert len(snapshot.mesh.faces) > 0
    assert len(snapshot.cloud) == 2_000


def test_the_scan_is_shown_as_it_is_followed_and_thinned_where_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine()
    scan = torus(2_000)
    engine.handle(commands.Load(scan, BRIEF, "torus", crops=(Crop(Box((-2, -2, -2), (0.5, 2, 2))),)))
    shown = engine.snapshot().scan
    assert shown.points[:, 0].max() <= 0.5
    assert engine.snapshot().scan is shown
    assert engine.snapshot().invented_beyond > 0
    monkeypatch.setattr("sap_viewer.engine.engine._MOST_SHOWN", 500)
    engine.handle(commands.SetCrops(()))
    thinned = engine.snapshot().scan
    assert 400 < len(thinned) <= 500
    assert np.isin(thinned.points, scan.points).all()


def test_loading_with_start_runs_at_once() -> None:
    engine = Engine()
    engine.handle(commands.Load(torus(2_000), BRIEF, "torus", start=True))
    assert engine.running


def test_run_to_the_end_and_past_it(engine: Engine) -> None:
    engine.handle(commands.Start())
    run(engine)
    finished = engine.snapshot()
    assert (finished.status, finished.step, finished.progress) == ("finished", 6, 1.0)
    assert len(finished.history.losses) == 6
    engine.handle(commands.Start())
    engine.advance()
    assert engine.running
    assert engine.snapshot().step == 7


def test_step_counts_and_stops_at_the_end(engine: Engine) -> None:
    engine.handle(commands.Step(4))
    run(engine)
    assert (engine.snapshot().step, engine.snapshot().status) == (4, "paused")
    engine.handle(commands.Step(10))
    run(engine)
    assert (engine.snapshot().step, engine.snapshot().status) == (6, "finished")


def test_pause_shows_the_surface_of_the_present_points(engine: Engine) -> None:
    engine.handle(commands.Start())
    engine.advance()
    running = engine.snapshot().mesh
    engine.handle(commands.Pause())
    assert not engine.running
    assert not np.array_equal(engine.snapshot().mesh.vertices, running.vertices)


def test_parameters_act_at_the_next_step_and_keep_the_step_count(engine: Engine) -> None:
    engine.handle(commands.Step(2))
    run(engine)
    engine.handle(commands.SetParameters(Parameters(resolution=64, points=2_000)))
    asked = engine.snapshot()
    assert (asked.requested.resolution, asked.in_force.resolution) == (64, 32)
    engine.handle(commands.Step())
    run(engine)
    acted = engine.snapshot()
    assert (acted.step, acted.in_force.resolution) == (3, 64)
    assert [(mark.step, mark.label) for mark in acted.history.marks] == [(3, "resolution 64")]


def test_parameters_out_of_range_are_refused_in_the_status(engine: Engine) -> None:
    engine.handle(commands.Start())
    engine.handle(commands.SetParameters(Parameters(sigma=-1.0)))
    snapshot = engine.snapshot()
    assert snapshot.requested.sigma is None
    assert "sigma must be" in snapshot.message
    assert engine.running


def test_reset_starts_a_new_run_with_the_same_parameters(engine: Engine) -> None:
    engine.handle(commands.SetParameters(Parameters(sigma=3.0, points=2_000)))
    engine.handle(commands.Step(2))
    run(engine)
    engine.handle(commands.Reset())
    snapshot = engine.snapshot()
    assert (snapshot.run, snapshot.step, snapshot.status, snapshot.requested.sigma) == (2, 0, "paused", 3.0)
    assert len(snapshot.history.losses) == 0


def test_a_bad_file_leaves_what_was_there(engine: Engine, tmp_path: Path) -> None:
    engine.handle(commands.Step(2))
    run(engine)
    engine.handle(commands.Load(tmp_path / "missing.ply", BRIEF, "missing"))
    snapshot = engine.snapshot()
    assert (snapshot.name, snapshot.step, snapshot.status) == ("torus", 2, "paused")
    assert "there is no file" in snapshot.message


def test_slices_are_cut_where_asked(engine: Engine) -> None:
    engine.handle(commands.SetSlices(x=0.5, z=0.25))
    first, second = engine.snapshot().slices
    assert (first.axis, first.position, second.axis, second.position) == (0, 0.5, 2, 0.25)
    assert first.values.shape == (32, 32)
    low, high = engine.snapshot().bounds
    assert np.allclose(first.corners[:, 0], (low + high)[0] / 2)
    assert np.allclose(second.corners[:, 2], low[2] + 0.25 * (high - low)[2])


def test_a_step_that_fails_is_a_state_to_leave(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = {
        SurfaceVanished("no surface"): "no surface",
        MemoryError("1 TiB"): "out of memory",
        RuntimeError("not enough memory"): "out of memory",
        KeyError("odd"): "KeyError",
    }
    for error, said in errors.items():
        with monkeypatch.context() as patched:

            def fail(_: Reconstruction, error: Exception = error) -> float:
                raise error

            patched.setattr(Reconstruction, "step", fail)
            engine.handle(commands.Start())
            run(engine)
        snapshot = engine.snapshot()
        assert (snapshot.status, snapshot.step) == ("failed", 0)
        assert said in snapshot.message
        assert snapshot.mesh is not None
    engine.handle(commands.Step())
    run(engine)
    assert engine.snapshot().step == 1


def test_resampling_is_marked(engine: Engine) -> None:
    engine.handle(commands.Step(2))
    run(engine)
    engine.handle(commands.Resample())
    assert engine.snapshot().history.marks[-1].label == "resampled"
    assert np.allclose(np.linalg.norm(engine.snapshot().cloud.normals, axis=1), 1, atol=1e-5)


def test_restore_continues_from_a_snapshot(engine: Engine) -> None:
    engine.handle(commands.Step(3))
    run(engine)
    last = engine.snapshot()
    fresh = Engine()
    fresh.handle(commands.Load(torus(2_000), BRIEF, "torus"))
    fresh.handle(commands.Restore(last.cloud.points, last.cloud.normals, last.step))
    snapshot = fresh.snapshot()
    assert snapshot.step == 3
    assert np.allclose(snapshot.cloud.points, last.cloud.points, atol=1e-4)
    assert np.allclose(np.sort(snapshot.mesh.vertices[:, 0])[::50], np.sort(last.mesh.vertices[:, 0])[::50], atol=1e-2)


def test_a_checkpoint_is_written_between_two_steps_and_continued(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    engine.handle(commands.Start())
    engine.advance()
    engine.handle(keep := commands.SaveCheckpoint(path))
    assert engine.running
    assert engine.snapshot().saved == (Saved(keep, step=1),)
    run(engine)
    fresh = Engine()
    checkpoint = read_checkpoint(path)
    fresh.handle(commands.Load(torus(2_000), checkpoint.settings, "torus", start=True, checkpoint=checkpoint))
    assert "continued from step 1 of 6" in fresh.snapshot().message
    run(fresh)
    assert fresh.snapshot().status == "finished"
    assert np.array_equal(fresh.snapshot().mesh.vertices, engine.snapshot().mesh.vertices)


def test_a_finished_run_is_loaded_as_such(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    engine.handle(commands.Start())
    run(engine)
    engine.handle(commands.SaveCheckpoint(path))
    fresh = Engine()
    checkpoint = read_checkpoint(path)
    fresh.handle(commands.Load(torus(2_000), checkpoint.settings, "torus", start=True, checkpoint=checkpoint))
    snapshot = fresh.snapshot()
    assert (snapshot.status, snapshot.step) == ("finished", 6)
    assert np.array_equal(snapshot.mesh.vertices, engine.snapshot().mesh.vertices)


def test_a_checkpoint_of_another_scan_leaves_what_was_there(engine: Engine, tmp_path: Path) -> None:
    engine.handle(commands.SaveCheckpoint(tmp_path / "run.npz"))
    checkpoint = read_checkpoint(tmp_path / "run.npz")
    engine.handle(commands.Load(torus(1_000), BRIEF, "other", checkpoint=checkpoint))
    snapshot = engine.snapshot()
    assert (snapshot.name, snapshot.status) == ("torus", "paused")
    assert "resume with the scan that the run began with" in snapshot.message


def test_a_checkpoint_that_cannot_be_written_does_not_stop_the_run(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.handle(commands.Start())
    engine.handle(commands.SaveCheckpoint(tmp_path / "nowhere" / "run.npz"))
    assert engine.running
    (saved,) = engine.snapshot().saved
    assert "there is no folder" in saved.failure
    assert engine.snapshot().message == saved.failure

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    engine.handle(keep := commands.SaveCheckpoint(tmp_path / "run.npz"))
    assert engine.running
    failure = f"cannot write {tmp_path / 'run.npz'}: No space left on device"
    assert engine.snapshot().saved[-1] == Saved(keep, 0, failure)


def test_a_mesh_and_a_field_are_written_between_two_steps(engine: Engine, tmp_path: Path) -> None:
    engine.handle(commands.Start())
    engine.advance()
    meshes = [commands.SaveMesh(tmp_path / f"{trim}.ply", trim) for trim in (None, 0.2)]
    fields = [commands.SaveField(tmp_path / "field.npz"), commands.SaveField(tmp_path / "coarse.npz", 20)]
    wanted = [*fields, *meshes]
    for command in wanted:
        engine.handle(command)
    assert engine.running
    assert engine.snapshot().saved == tuple(Saved(command, step=1) for command in wanted)
    whole, cut = read_mesh(tmp_path / "None.ply"), read_mesh(tmp_path / "0.2.ply")
    assert whole.distances is not None
    assert whole.distances.max() > cut.distances.max()
    field, coarse = (np.load(command.path) for command in fields)
    assert [archive["values"].shape for archive in (field, coarse)] == [(32, 32, 32), (20, 20, 20)]
    assert 20 * coarse["spacing"] == pytest.approx(32 * field["spacing"])
    undisturbed = Engine()
    undisturbed.handle(commands.Load(torus(2_000), BRIEF, "torus", start=True))
    run(engine)
    run(undisturbed)
    assert np.array_equal(engine.snapshot().mesh.vertices, undisturbed.snapshot().mesh.vertices)


def test_a_large_mesh_at_rest_is_shown_coarser_at_once_and_completed_while_nothing_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sap_viewer.engine.engine._MOST_FACES", 60_000)
    engine = Engine()
    engine.handle(commands.Load(torus(2_000), replace(BRIEF, resolution=208, steps=1), "torus", start=True))
    run(engine)
    first = engine.snapshot()
    assert first.awaits_whole_mesh
    assert len(first.mesh.faces) < 60_000
    assert engine.unmeasured
    engine.measure()
    whole = engine.snapshot()
    assert (whole.coarse, whole.measures, whole.cloud.points.tolist()) == (False, None, first.cloud.points.tolist())
    assert 3 < len(whole.mesh.faces) / len(first.mesh.faces) < 5
    measure_all(engine)
    assert engine.snapshot().measures.faces == len(whole.mesh.faces)
    engine.handle(commands.SaveMesh(tmp_path / "mesh.ply"))
    assert np.array_equal(read_mesh(tmp_path / "mesh.ply").faces, whole.mesh.faces)
    engine.handle(commands.Flip())
    assert engine.snapshot().awaits_whole_mesh


def test_where_a_large_mesh_cannot_be_completed_the_coarser_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sap_viewer.engine.engine._MOST_FACES", 60_000)
    monkeypatch.setattr(Reconstruction, "dressed_mesh", Mock(side_effect=MemoryError("no memory")))
    engine = Engine()
    engine.handle(commands.Load(torus(2_000), replace(BRIEF, resolution=208, steps=1), "torus", start=True))
    run(engine)
    engine.measure()
    left = engine.snapshot()
    assert (left.status, left.coarse) == ("failed", False)
    assert "out of memory" in left.message
    assert 0 < len(left.mesh.faces) < 60_000


def test_without_a_run_there_is_nothing_to_keep(tmp_path: Path) -> None:
    engine = Engine()
    engine.handle(commands.SaveCheckpoint(tmp_path / "run.npz"))
    assert "open a scan" in engine.snapshot().saved[0].failure
    assert list(tmp_path.iterdir()) == []


# --- steering ---


def outward(cloud: PointCloud) -> float:
    """The share of the torus's normals that point outward."""
    ring = cloud.points * (1, 1, 0)
    ring /= np.linalg.norm(ring, axis=1, keepdims=True)
    return float(((cloud.normals * (cloud.points - ring)).sum(1) > 0).mean())


def test_flipped_normals_point_inward_until_they_are_flipped_again_or_solved_for(engine: Engine) -> None:
    engine.handle(commands.Step(2))
    run(engine)
    before = engine.snapshot()
    assert outward(before.cloud) > 0.99
    for command, label, low, high in (
        (commands.Flip(), "flipped", 0.0, 0.01),
        (commands.Flip(), "flipped", 0.99, 1.0),
        (commands.Flip(), "flipped", 0.0, 0.01),
        (commands.Reorient(), "re-oriented", 0.99, 1.0),
    ):
        engine.handle(command)
        after = engine.snapshot()
        assert low <= outward(after.cloud) <= high
        assert (after.status, after.step, after.run) == ("paused", 2, before.run)
        assert (after.history.marks[-1].step, after.history.marks[-1].label) == (2, label)
    there = before.cloud.points
    assert np.allclose(np.sort(after.cloud.points, 0), np.sort(there, 0), atol=1e-5)
    engine.handle(commands.Step())
    run(engine)
    assert engine.snapshot().step == 3


def test_a_running_engine_is_steered_and_runs_on(engine: Engine) -> None:
    engine.handle(commands.Start())
    engine.advance()
    for command in (commands.Reorient(), commands.Flip(), commands.Flip(), commands.Resample()):
        engine.handle(command)
        assert engine.running
    engine.advance()
    assert engine.snapshot().step == 2


def test_a_restored_state_brings_its_settings_and_forgets_what_came_after(engine: Engine) -> None:
    engine.handle(commands.Step(2))
    run(engine)
    early = Moment.of(engine.snapshot()).snapshot()  # as it is looked back at
    engine.handle(commands.SetParameters(Parameters(sigma=3.0)))
    engine.handle(commands.Start())
    run(engine)
    assert engine.snapshot().status == "finished"
    restore = commands.Restore(early.cloud.points, early.cloud.normals, early.step, early.requested)
    engine.handle(restore)
    back = engine.snapshot()
    assert (back.step, back.status, back.run, back.requested) == (2, "paused", early.run, early.requested)
    assert back.history.steps.tolist() == [1, 2]
    assert [mark.label for mark in back.history.marks] == ["continued"]
    assert np.allclose(back.cloud.points, early.cloud.points, atol=1e-5)
    engine.handle(commands.Start())
    run(engine)
    assert (engine.snapshot().status, engine.snapshot().step) == ("finished", 6)

    engine.handle(commands.Start())  # past the end
    engine.handle(restore)
    run(engine)
    assert (engine.snapshot().status, engine.snapshot().step) == ("finished", 6)


def test_other_points_at_rest_have_a_mesh_that_is_complete() -> None:
    engine = Engine()
    colored = replace(torus(2_000), colors=np.full((2_000, 3), 200, np.uint8))
    engine.handle(commands.Load(colored, BRIEF, "torus"))
    engine.handle(commands.Step(1))
    run(engine)
    for command in (commands.Resample(), commands.Reorient()):
        engine.handle(command)
        assert engine.snapshot().status == "paused"
        assert engine.snapshot().mesh.colors is not None


def test_the_schedules_own_resamplings_are_marked() -> None:
    engine = Engine()
    engine.handle(commands.Load(torus(2_000), replace(BRIEF, resample_every=2), "torus", start=True))
    run(engine)
    assert [(mark.step, mark.label) for mark in engine.snapshot().history.marks] == [(2, "resampled"), (4, "resampled")]


def test_snapshot_arrays_refuse_writes(engine: Engine) -> None:
    engine.handle(commands.SetSlices(x=0.5))
    snapshot = engine.snapshot()
    arrays = (
        snapshot.cloud.points,
        snapshot.cloud.normals,
        snapshot.mesh.vertices,
        snapshot.mesh.faces,
        snapshot.slices[0].values,
        snapshot.history.losses,
    )
    for array in arrays:
        assert not array.flags.writeable


def test_notices_of_the_scan_are_shown() -> None:
    cloud = torus(2_000)
    points = cloud.points.copy()
    points[:5] = np.nan
    engine = Engine()
    engine.handle(commands.Load(replace(cloud, points=points), BRIEF, "torus"))
    assert "5 of 2,000 points are NaN" in engine.snapshot().message


# --- cropping ---

HALF = Crop(Box((-3.0, -3.0, -3.0), (0.0, 3.0, 3.0)))


def test_a_crop_starts_over_on_what_it_leaves_and_is_undone_by_the_crops_before(engine: Engine) -> None:
    engine.handle(commands.SetParameters(Parameters(points=2_000, sigma=3.0)))
    engine.handle(commands.Step(2))
    run(engine)
    before = engine.snapshot()
    engine.handle(commands.SetCrops((HALF,)))
    cropped = engine.snapshot()
    assert (cropped.step, cropped.run, cropped.crops, cropped.status) == (0, before.run + 1, (HALF,), "paused")
    assert cropped.requested == before.requested
    assert np.array_equal(cropped.whole, before.whole)
    assert cropped.mesh.vertices[:, 0].max() < 0.2 < before.mesh.vertices[:, 0].max()
    engine.handle(commands.SetCrops(before.crops))
    assert engine.snapshot().mesh.vertices[:, 0].max() > 1


def test_a_crop_lets_a_run_go_on_and_survives_a_reset(engine: Engine) -> None:
    engine.handle(commands.Start())
    engine.handle(commands.SetCrops((HALF,)))
    assert engine.running
    engine.advance()
    engine.handle(commands.Reset())
    snapshot = engine.snapshot()
    assert (snapshot.step, snapshot.crops) == (0, (HALF,))
    assert snapshot.mesh.vertices[:, 0].max() < 0.2


def test_a_crop_that_leaves_nothing_is_refused_and_changes_nothing(engine: Engine) -> None:
    nothing = Crop(Box((5.0, 5.0, 5.0), (6.0, 6.0, 6.0)))
    engine.handle(commands.SetCrops((nothing,)))
    snapshot = engine.snapshot()
    assert "the crop leaves 0 of 2,000 points" in snapshot.message
    assert (snapshot.crops, snapshot.run, snapshot.status) == ((), 1, "paused")


def test_a_scan_is_loaded_with_its_crops(engine: Engine) -> None:
    engine.handle(commands.Load(torus(2_000), BRIEF, "half", crops=(HALF,)))
    snapshot = engine.snapshot()
    assert snapshot.crops == (HALF,)
    assert snapshot.mesh.vertices[:, 0].max() < 0.2


# --- reference ---

TRUTH = commands.SetReference(SURFACE, "truth.ply")


def look(engine: Engine) -> None:
    """Take the numbers, then compare with the scan and with the reference."""
    engine.measure()
    assert engine.snapshot().measures is not None
    engine.measure()
    assert engine.snapshot().agreement is not None
    assert engine.unmeasured
    engine.measure()


def test_a_run_is_compared_with_its_reference(engine: Engine) -> None:
    assert engine.snapshot().comparison is None
    engine.handle(TRUTH)
    assert engine.unmeasured
    look(engine)
    first = engine.snapshot().comparison
    assert (first.name, first.steps.tolist()) == ("truth.ply", [0])
    assert first.at_rest.chamfer_l1 == first.chamfer_l1[0] > 0
    engine.handle(commands.Start())
    engine.advance()
    assert engine.snapshot().comparison.at_rest is None
    assert engine.snapshot().comparison.steps[0] == 0
    run(engine)
    assert engine.unmeasured
    look(engine)
    assert not engine.unmeasured
    last = engine.snapshot()
    assert last.comparison.steps[-1] == 6
    found = compare(last.mesh, SURFACE)
    assert last.comparison.at_rest == (found.chamfer_l1, found.f_score, found.normal_consistency)

    engine.handle(commands.Reset())  # another run, the same reference
    assert len(engine.snapshot().comparison.steps) == 0
    engine.handle(commands.SetReference(None))
    assert engine.snapshot().comparison is None


def test_a_reference_that_cannot_be_used_stops_nothing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "points.xyz").write_text("0 0 0\n1 0 0\n0 1 0\n")
    engine.handle(commands.Start())
    for source in (tmp_path / "gone.ply", tmp_path / "points.xyz", Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]))):
        engine.handle(commands.SetReference(source, "truth"))
        assert engine.snapshot().message.startswith("no reference: ")
        assert engine.snapshot().comparison is None
        assert engine.running
    engine.handle(commands.Load(torus(2_000), BRIEF, "torus", reference=TRUTH))
    assert engine.snapshot().comparison.name == "truth.ply"
    engine.handle(commands.Load(torus(2_000), BRIEF, "torus"))
    assert engine.snapshot().comparison is None


# --- numbers ---


def test_a_mesh_at_rest_is_measured_and_a_running_one_is_not(engine: Engine) -> None:
    assert engine.unmeasured
    measure_all(engine)
    start = engine.snapshot().measures
    assert start is not None
    assert start.faces == len(engine.snapshot().mesh.faces)
    engine.handle(commands.SetSlices(x=0.5))  # leaves the mesh as it is
    assert not engine.unmeasured
    engine.handle(commands.Start())
    engine.advance()
    assert not engine.unmeasured
    assert engine.snapshot().measures is None
    assert engine.snapshot().agreement is None
    run(engine)
    assert engine.unmeasured
    measure_all(engine)
    measures = engine.snapshot().measures
    assert measures.watertight
    assert measures.box.size == pytest.approx((2.7, 2.7, 0.7), abs=0.2)
    assert measures.volume == pytest.approx(2 * np.pi**2 * 0.35**2, rel=0.1)
    assert measures.distance.mean < 0.1
    agreement = engine.snapshot().agreement
    assert agreement.from_scan.mean < 0.1
    assert agreement.parts == measures.components
    engine.handle(commands.Resample())
    assert engine.unmeasured


def test_the_box_of_the_scan_is_known(engine: Engine) -> None:
    assert engine.snapshot().scan_box.size == pytest.approx((2.7, 2.7, 0.7), abs=0.01)


def test_the_time_of_a_step_is_known_after_the_first(engine: Engine) -> None:
    assert engine.snapshot().unit_seconds is None
    engine.handle(commands.Step(2))
    run(engine)
    assert engine.snapshot().unit_seconds > 0

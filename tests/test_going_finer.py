"""How fine a run gets by itself: as the scan tells of detail, as memory suffices for, and never for the worse."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sap_core.checkpoint import read_checkpoint, write_checkpoint
from sap_core.config import PRESETS, Level, Settings
from sap_core.geometry import FloatArray, PointCloud
from sap_core.mesh.topology import topology
from sap_core.reconstruction import Reconstruction
from sap_core.refinement import Beginning, Correction, Refinement
from sap_core.solver.isosurface import SurfaceVanished

WAVE = np.array([18.0, 10.0, -14.0])
HEIGHT = 0.02  # of the waves on a ball of radius 1
BALANCED = Settings(preset="balanced", init="normals")


@pytest.fixture(autouse=True)
def _coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset of the same form on grids that take no time."""
    levels = (Level(32, 6, 2.0, 3e-3, 5_000), Level(48, 14, 2.5, 3e-3, 5_000))
    monkeypatch.setitem(PRESETS, "balanced", replace(PRESETS["balanced"], levels=levels, refined_to=96))
    monkeypatch.setattr("sap_core.schedule._FINER", (64, 80, 96))
    monkeypatch.setattr("sap_core.schedule._FINEST", (64, 80, 96))


def wavy(count: int, *, noise: float = 0.0, height: float = HEIGHT) -> PointCloud:
    rng = np.random.default_rng(0)
    towards = rng.normal(size=(count, 3))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    points = (1 + height * np.sin(towards @ WAVE))[:, None] * towards
    return PointCloud(points + rng.normal(0, noise, points.shape), towards)


def error(vertices: FloatArray, *, height: float = HEIGHT) -> float:
    """Mean distance of vertices from the wavy ball, along its radii."""
    radii = np.linalg.norm(vertices, axis=1)
    return float(np.abs(radii - 1 - height * np.sin(vertices / radii[:, None] @ WAVE)).mean())


def run(scan: PointCloud, settings: Settings = BALANCED) -> Reconstruction:
    reconstruction = Reconstruction(scan, settings)
    while not reconstruction.finished:
        reconstruction.step()
    return reconstruction


@pytest.fixture(scope="module")
def detailed() -> PointCloud:
    return wavy(12_000)


def test_detail_that_the_points_tell_of_is_brought_out(detailed: PointCloud) -> None:
    found = before_detail(detailed)
    coarse = error(found.mesh().vertices)
    while not found.finished:
        found.step()
    mesh = found.mesh()
    assert found.in_force.resolution > 48
    assert error(mesh.vertices) < 0.5 * coarse
    assert topology(mesh).watertight


def test_a_smooth_scan_gets_no_finer_however_noisy() -> None:
    found = run(wavy(12_000, noise=0.01, height=0.0))
    assert found.in_force.resolution == 48
    assert error(found.mesh().vertices, height=0.0) < 0.004


def test_noise_does_not_keep_detail_from_being_brought_out() -> None:
    found = before_detail(wavy(30_000, noise=0.01))
    coarse = error(found.mesh().vertices)
    while not found.finished:
        found.step()
    assert found.in_force.resolution > 48
    assert error(found.mesh().vertices) < 0.6 * coarse


def test_where_memory_does_not_suffice_the_run_ends_before_and_says_so(
    detailed: PointCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Reconstruction(detailed, BALANCED)
    while not found.finished:
        found.step()
        if found.in_force.resolution == 48 and found.schedule.ends_level(found.step_count):
            monkeypatch.setattr("sap_core.reconstruction.available_on", lambda device: 10**8)
    assert found.in_force.resolution == 48
    assert found.ending.startswith("memory does not suffice for 96 nodes")


def test_a_refinement_that_brings_nothing_is_taken_back(detailed: PointCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    found = before_detail(detailed)
    before = found.mesh()
    monkeypatch.setattr(Refinement, "begin", _farther(Refinement.begin))
    monkeypatch.setattr(Refinement, "correct", _worse(Refinement.correct))
    while not found.finished:
        found.step()
    assert "no nearer" in found.ending
    assert np.array_equal(found.mesh().vertices, before.vertices)
    assert not found.checkpoint().refining


def test_corrections_that_make_it_worse_are_taken_back_to_the_nearest_surface(
    detailed: PointCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = before_detail(detailed)
    while found.in_force.resolution <= 48 or found.schedule.begins_level(found.step_count - 1):
        found.step()
    monkeypatch.setattr(Refinement, "correct", _worse(Refinement.correct))
    found.step()
    nearest = found.surface.vertices  # of the last points that were corrected in the right direction
    while not found.finished:
        found.step()
    assert "no nearer" in found.ending
    assert torch.allclose(found.refresh().vertices, nearest, atol=1e-6)


def before_detail(scan: PointCloud) -> Reconstruction:
    """A run whose next step is the first that refines."""
    found = Reconstruction(scan, BALANCED)
    while not found.schedule.level_at(found.step_count).refines:
        found.step()
    return found


def _farther(begin: Callable[..., Beginning]) -> Callable[..., Beginning]:
    """Samples beside where they were scanned."""

    def farther(self: Refinement, *args: object) -> Beginning:
        found = begin(self, *args)
        return found._replace(points=found.points - 0.01)

    return farther


def _worse(correct: Callable[..., Correction]) -> Callable[..., Correction]:
    """Steps in the wrong direction."""

    def worse(self: Refinement, *args: object) -> Correction:
        found = correct(self, *args)
        wrong = 2 * args[1] - found.points - 0.01
        return found._replace(points=wrong, onto=wrong, missed=0.2)

    return worse


def test_a_surface_that_vanishes_on_a_finer_grid_leaves_the_points_as_they_were(
    detailed: PointCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = before_detail(detailed)
    before, steps = found.oriented_points(), found.step_count

    def vanish(*_: object, **__: object) -> None:
        raise SurfaceVanished("nothing is left")

    with monkeypatch.context() as patched:
        patched.setattr("sap_core.reconstruction.surface_of", vanish)
        with pytest.raises(SurfaceVanished):
            found.step()
    assert found.step_count == steps
    assert np.array_equal(found.oriented_points().points, before.points)
    found.step()
    assert found.step_count == steps + 1


def test_a_resolution_that_is_asked_for_is_reached_and_resumed_to_the_same_bits(
    tmp_path: Path, detailed: PointCloud
) -> None:
    asked = replace(BALANCED, resolution=128)
    whole = Reconstruction(detailed, asked)
    while not whole.finished:
        whole.step()
        if whole.schedule.level_at(whole.step_count - 1).refines and not (tmp_path / "middle.npz").exists():
            write_checkpoint(whole.checkpoint(), tmp_path / "middle.npz")
    assert whole.in_force.resolution == 128
    again = Reconstruction.resume(detailed, read_checkpoint(tmp_path / "middle.npz"))
    assert again.step_count < whole.step_count
    while not again.finished:
        again.step()
    assert again.step_count == whole.step_count
    assert np.array_equal(again.mesh().vertices, whole.mesh().vertices)

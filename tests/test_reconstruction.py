from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

import sap_core
from sap_core.config import Parameters, Settings
from sap_core.geometry import PointCloud
from sap_core.reconstruction import Diverged, Reconstruction, reconstruct
from sap_core.validate import InputError
from tests.shapes import torus, unit_frame_sphere

BRIEF = Settings(resolution=32, steps=20, points=3_000)


def moments(reconstruction: Reconstruction) -> torch.Tensor:
    return reconstruction._optimizer.state[reconstruction._logits]["exp_avg"]


def test_mesh_comes_back_in_the_points_own_coordinates() -> None:
    offset, scale = np.array([447_000.0, 5_411_950.0, 319.0]), 40.0
    sphere = unit_frame_sphere(4_000)
    mesh = reconstruct(sphere.points * scale + offset, normals=sphere.normals, resolution=64, steps=20)
    shape = trimesh.Trimesh(mesh.vertices - (0.5 * scale + offset), mesh.faces, process=False)
    assert shape.is_watertight
    assert shape.volume == pytest.approx(4 / 3 * np.pi * (0.3 * scale) ** 3, rel=0.05)
    radii = np.linalg.norm(shape.vertices, axis=1)
    assert np.abs(radii - 0.3 * scale).max() < 0.01 * scale


def test_a_torus_is_found_from_the_sphere() -> None:
    mesh = reconstruct(torus().points, resolution=32, steps=250, lr=8e-3)
    shape = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert shape.is_watertight
    assert shape.euler_number == 0
    assert shape.volume == pytest.approx(2 * np.pi**2 * 0.35**2, rel=0.1)


def test_loss_falls() -> None:
    reconstruction = Reconstruction(torus(), replace(BRIEF, init="sphere", lr=1e-2))
    losses = [reconstruction.step() for _ in range(20)]
    assert losses[-1] < 0.7 * losses[0]


def test_same_seed_same_mesh() -> None:
    settings = replace(BRIEF, resample_every=5)
    first, second = (reconstruct(torus().points, **vars(settings)) for _ in range(2))
    assert np.array_equal(first.vertices, second.vertices)
    other = reconstruct(torus().points, **vars(replace(settings, seed=1)))
    assert not np.array_equal(first.vertices, other.vertices)


@pytest.mark.parametrize(
    ("change", "in_force"),
    [({"resolution": 64}, 64), ({"sigma": 4.0}, 4.0), ({"lr": 1e-2}, 1e-2), ({"resample_every": 7}, 7)],
)
def test_a_change_acts_at_the_next_step_and_keeps_the_state(change: dict[str, float], in_force: float) -> None:
    reconstruction = Reconstruction(torus(), BRIEF)
    for _ in range(3):
        reconstruction.step()
    logits, before = reconstruction._logits, moments(reconstruction).clone()
    reconstruction.parameters = replace(reconstruction.parameters, **change)
    reconstruction.step()
    assert getattr(reconstruction.in_force, next(iter(change))) == in_force
    assert reconstruction.step_count == 4
    assert reconstruction._logits is logits
    assert torch.allclose(moments(reconstruction), 0.9 * before, atol=1e-4)  # went on, did not start anew


@pytest.mark.parametrize("count", [1_000, 5_000])
def test_a_change_of_the_number_of_points_keeps_points_and_moments(count: int) -> None:
    reconstruction = Reconstruction(torus(), replace(BRIEF, lr=1e-5))
    for _ in range(3):
        reconstruction.step()
    before = reconstruction.oriented_points()
    reconstruction.parameters = replace(reconstruction.parameters, points=count)
    reconstruction.step()
    after = reconstruction.oriented_points()
    assert len(after) == count
    kept = min(count, len(before))
    gaps = np.linalg.norm(after.points[:kept, None] - before.points[None], axis=-1).min(1)
    assert gaps.max() < 1e-3
    assert reconstruction._optimizer.state[reconstruction._logits]["step"] == 4
    assert (moments(reconstruction)[:kept] != 0).any(1).all()


def test_resampling_draws_unit_normals_on_the_surface() -> None:
    reconstruction = Reconstruction(torus(), replace(BRIEF, resample_every=5))
    for _ in range(5):
        reconstruction.step()
    assert reconstruction.resamples_next
    reconstruction.resample()
    cloud = reconstruction.oriented_points()
    assert np.allclose(np.linalg.norm(cloud.normals, axis=1), 1, atol=1e-5)
    surface = trimesh.Trimesh(*vars(reconstruction.measured_mesh()).values(), process=False)
    nearest = trimesh.proximity.closest_point_naive(surface, cloud.points[:50])[1]
    assert nearest.max() < 1e-4


def test_reset_starts_over_and_keeps_the_parameters() -> None:
    reconstruction = Reconstruction(torus(), BRIEF)
    first = reconstruction.step()
    reconstruction.parameters = replace(reconstruction.parameters, sigma=3.0)
    reconstruction.step()
    reconstruction.reset()
    assert reconstruction.step_count == 0
    assert reconstruction.in_force.sigma == 3.0
    reconstruction.parameters = Parameters(points=3_000)
    assert reconstruction.step() == pytest.approx(first)


def test_restore_continues_from_earlier_points() -> None:
    reconstruction = Reconstruction(torus(), BRIEF)
    for _ in range(10):
        reconstruction.step()
    cloud, loss = reconstruction.oriented_points(), reconstruction.step()
    fresh = Reconstruction(torus(), BRIEF)
    fresh.restore(cloud, step=10)
    assert fresh.step_count == 10
    assert fresh.in_force == reconstruction.in_force
    assert fresh.step() == pytest.approx(loss, rel=1e-3)


def test_restore_knows_how_far_the_schedule_was() -> None:
    settings = Settings(preset="published", resolution=64, steps=1200)
    cloud = Reconstruction(torus(), settings).oriented_points()
    fresh = Reconstruction(torus(), settings)
    fresh.restore(cloud, step=650)
    assert fresh.in_force.resolution == 64
    assert fresh.in_force.points == 26_000


def test_a_resampling_that_loses_the_surface_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    reconstruction = Reconstruction(torus(), replace(BRIEF, resample_every=5))
    for _ in range(5):
        reconstruction.step()
    before = reconstruction._logits
    elsewhere = unit_frame_sphere(3_000, radius=0.02)
    monkeypatch.setattr(Reconstruction, "_sample_surface", lambda *_: elsewhere)
    reconstruction.step()
    assert reconstruction._logits is before
    assert reconstruction.step_count == 6


def test_initial_points_are_the_scans_own_where_it_has_normals() -> None:
    scan = torus(2_000)
    for init, own in (("auto", True), ("normals", True), ("sphere", False)):
        start = Reconstruction(scan, replace(BRIEF, init=init, points=1_000)).oriented_points()
        distance = np.linalg.norm(start.points[:100, None] - scan.points[None], axis=-1).min(1)
        assert (distance.max() < 1e-4) == own


def test_orientation_starts_on_the_surface() -> None:
    scan = torus(4_000)
    reconstruction = Reconstruction(PointCloud(scan.points), Settings(resolution=64, init="orientation"))
    reconstruction.parameters = replace(reconstruction.parameters, resolution=64)
    reconstruction.reset()
    mesh = reconstruction.mesh()
    shape = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert shape.euler_number == 0
    assert shape.volume == pytest.approx(2 * np.pi**2 * 0.35**2, rel=0.1)


def test_init_normals_without_normals_is_refused() -> None:
    with pytest.raises(InputError, match="no usable normals"):
        Reconstruction(PointCloud(torus().points), replace(BRIEF, init="normals"))


def test_a_loss_that_is_no_number_stops_before_the_state_is_spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    reconstruction = Reconstruction(torus(), BRIEF)
    reconstruction.step()
    before = reconstruction.oriented_points().points
    nan = torch.tensor(float("nan"), requires_grad=True)
    monkeypatch.setattr("sap_core.reconstruction.chamfer_distance", lambda *_, **__: nan * 1)
    with pytest.raises(Diverged, match="at step 1"):
        reconstruction.step()
    assert np.array_equal(reconstruction.oriented_points().points, before)
    assert reconstruction.step_count == 1


@pytest.mark.parametrize(
    ("points", "sentence"),
    [([[0, 0, 0]], "1 points"), ([[1, 2], [3, 4]], r"\(N, 3\), got \(2, 2\)"), ("text", "array of points")],
)
def test_unusable_points_are_refused(points: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        reconstruct(points)


def test_unknown_device_is_refused() -> None:
    with pytest.raises(InputError, match="'warp-drive'"):
        Reconstruction(torus(), replace(BRIEF, device="warp-drive"))


def test_the_public_names_are_at_the_top() -> None:
    assert sap_core.reconstruct is reconstruct
    assert sap_core.Reconstruction is Reconstruction

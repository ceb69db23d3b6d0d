import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import trimesh
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree

import sap_core
from sap_core import start
from sap_core.chamfer import SquaredDistances, chamfer_distance, nearest_pairs
from sap_core.config import Parameters, PresetName, Settings
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.mesh.sampling import sample_surface
from sap_core.mesh.topology import topology
from sap_core.plane_distance import squared_plane_distances
from sap_core.reconstruction import Diverged, Reconstruction, reconstruct
from sap_core.scan.spacing import spacing
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET
from tests.shapes import ball, distance_to_torus, noisy, together, torus

# A scan with normals needs none solved for, and with as many oriented points as it has points none are added.
BRIEF = Settings(resolution=32, steps=8, points=3_000)
SCAN = torus(3_000)
CELL = 2.7 / 0.9 / 32  # of the torus at a resolution of 32


def run(scan: PointCloud, settings: Settings = BRIEF, **changes: Any) -> Reconstruction:
    reconstruction = Reconstruction(scan, replace(settings, **changes))
    while not reconstruction.finished:
        reconstruction.step()
    return reconstruction


def stepped(scan: PointCloud, steps: int, settings: Settings = BRIEF, **changes: Any) -> Reconstruction:
    reconstruction = Reconstruction(scan, replace(settings, **changes))
    for _ in range(steps):
        reconstruction.step()
    return reconstruction


def farthest(a: FloatArray, b: FloatArray) -> float:
    """The Hausdorff distance between two sets of points."""
    return max(cKDTree(b).query(a)[0].max(), cKDTree(a).query(b)[0].max())


def volume(mesh: Mesh) -> float:
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).volume


def hemisphere(count: int = 6_000) -> PointCloud:
    whole = ball(count)
    return whole.take(whole.points[:, 2] > 0)


def turned(points: FloatArray, *, degrees: float, axis: tuple[float, float, float]) -> FloatArray:
    return points @ trimesh.transformations.rotation_matrix(np.radians(degrees), axis)[:3, :3].T


# --- the result ---


@pytest.mark.parametrize("preset", ["fast", "balanced"])
def test_a_torus_is_found_from_its_points(preset: PresetName) -> None:
    extent = 2.7
    mesh = reconstruct(torus(12_000).points, preset=preset)
    found = topology(mesh)
    assert (found.watertight, found.components, found.euler_characteristic) == (True, 1, 0)
    samples = sample_surface(mesh, 100_000, rng=np.random.default_rng(0)).points
    from_mesh, to_mesh = distance_to_torus(samples), cKDTree(samples).query(torus(5_000, seed=1).points)[0]
    assert from_mesh.mean() < 0.0005 * extent
    assert from_mesh.max() < 0.004 * extent
    assert to_mesh.mean() < 0.003 * extent  # 0.0022 of it is the distance between samples
    assert volume(mesh) == pytest.approx(2 * np.pi**2 * 0.35**2, rel=0.01)


def test_a_torus_is_found_from_a_sphere() -> None:
    mesh = reconstruct(SCAN.points, init="sphere", resolution=32, steps=120, lr=1e-2, points=3_000)
    assert topology(mesh).euler_characteristic == 0
    assert volume(mesh) == pytest.approx(2 * np.pi**2 * 0.35**2, rel=0.1)


def test_the_published_recipe_runs_and_grows_its_points() -> None:
    reconstruction = run(SCAN, Settings(preset="published", resolution=32, steps=9, resample_every=4))
    assert len(reconstruction.oriented_points()) == 24_000
    assert topology(reconstruction.mesh()).watertight


def test_noise_is_smoothed() -> None:
    scan = noisy(torus(10_000), 0.005)
    mesh = reconstruct(scan.points, normals=scan.normals, preset="fast", resolution=64)
    assert distance_to_torus(mesh.vertices).mean() < 0.5 * distance_to_torus(scan.points).mean()


def test_the_published_loss_falls_by_what_the_vertices_come_nearer() -> None:
    reconstruction = Reconstruction(SCAN, replace(BRIEF, preset="published", init="sphere", lr=1e-2, steps=20))
    losses = [reconstruction.step() for _ in range(20)]
    assert losses[-1] < 0.7 * losses[0]
    mesh = reconstruction.measured_mesh()
    edge = 2.0 / reconstruction.frame.edge  # the loss is measured in [-1, 1]^3
    from_scan, _ = cKDTree(edge * mesh.vertices).query(edge * SCAN.points)
    from_mesh, _ = cKDTree(edge * SCAN.points).query(edge * mesh.vertices)
    assert losses[-1] == pytest.approx((from_scan**2).mean() + (from_mesh**2).mean(), rel=1e-3)


def test_the_loss_is_measured_across_the_surface() -> None:
    reconstruction = stepped(SCAN, 1)
    before = reconstruction.refresh()
    samples = torch.tensor(reconstruction.frame.to_unit(SCAN.points)).float()
    distances = squared_plane_distances(nearest_pairs(before.vertices, samples), before.normals, near=1.0)
    expected = 4 * (distances.from_a.mean() + distances.from_b.mean())  # in coordinates of [-1, 1]^3
    loss = reconstruction.step()
    assert loss == pytest.approx(expected.item(), rel=1e-3)
    assert loss < 0.5 * 4 * chamfer_distance(before.vertices, samples).item()


def test_the_loss_leaves_out_what_the_surface_invents() -> None:
    scan = hemisphere()
    reconstruction = stepped(scan, 1)
    mesh = reconstruction.measured_mesh()
    edge = 2.0 / reconstruction.frame.edge
    from_scan, _ = cKDTree(edge * mesh.vertices).query(edge * scan.points)
    invented = mesh.distances > 0.3  # the floor
    assert invented.any()
    reconstruction.reset()
    near = (edge * mesh.distances[~invented]) ** 2
    upper_bound = (from_scan**2).mean() + near.sum() / len(invented)
    assert reconstruction.step() <= upper_bound * (1 + 1e-3)


# --- equivariance ---


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_a_scan_turned_by_a_right_angle_gives_the_mesh_turned(axis: tuple[float, float, float]) -> None:
    here = run(SCAN).mesh()
    scan = PointCloud(*(turned(values, degrees=90, axis=axis) for values in (SCAN.points, SCAN.normals)))
    there = run(scan).mesh()
    assert farthest(turned(here.vertices, degrees=90, axis=axis), there.vertices) < 0.05 * CELL


def test_a_scan_turned_by_any_angle_gives_the_mesh_turned_but_for_the_grid() -> None:
    here = run(SCAN).mesh()
    scan = PointCloud(*(turned(values, degrees=33, axis=(1, 2, 3)) for values in (SCAN.points, SCAN.normals)))
    there = run(scan).mesh()
    apart, _ = cKDTree(sample_surface(there, 50_000, rng=np.random.default_rng(0)).points).query(
        turned(here.vertices, degrees=33, axis=(1, 2, 3))
    )
    assert apart.mean() < 0.2 * CELL
    assert apart.max() < 0.6 * CELL


@pytest.mark.parametrize(("scale", "offset"), [(1.0, MAP_OFFSET), (1e-3, 0.0), (1e4, 0.0), (40.0, MAP_OFFSET)])
def test_a_scan_scaled_and_moved_gives_the_mesh_scaled_and_moved(scale: float, offset: FloatArray | float) -> None:
    here = run(SCAN).mesh()
    there = run(PointCloud(scale * SCAN.points + offset, SCAN.normals)).mesh()
    assert farthest(here.vertices, (there.vertices - offset) / scale) < 0.02 * CELL


def test_equal_seeds_give_equal_meshes() -> None:
    settings = replace(BRIEF, resample_every=3)
    first, again = (run(PointCloud(SCAN.points), settings).mesh() for _ in range(2))
    assert np.array_equal(first.vertices, again.vertices)
    assert np.array_equal(first.faces, again.faces)
    other = run(PointCloud(SCAN.points), settings, seed=1).mesh()
    assert first.vertices.shape != other.vertices.shape or not np.array_equal(first.vertices, other.vertices)


def test_flipped_normals_give_the_same_mesh_as_the_right_ones() -> None:
    right, flipped = run(SCAN), run(PointCloud(SCAN.points, -SCAN.normals))
    assert right.notices == ("the scan's normals were used",)
    assert flipped.notices == ("the scan's normals were used, flipped: they pointed inward",)
    assert np.array_equal(right.mesh().vertices, flipped.mesh().vertices)


# --- scans that are not one clean closed surface ---


def test_all_components_are_kept_or_the_largest() -> None:
    scan = together(ball(2_000), ball(1_000, radius=0.6, center=(3, 0, 0)))
    every, largest = run(scan, BRIEF), run(scan, BRIEF, components="largest")
    assert topology(every.mesh()).components == 2
    assert volume(every.mesh()) == pytest.approx(4 / 3 * np.pi * (1 + 0.6**3), rel=0.15)
    kept = largest.mesh()
    assert topology(kept).components == 1
    assert kept.vertices[:, 0].max() < 1.5
    assert len(kept.distances) == len(kept.vertices)


def test_resampling_keeps_all_components() -> None:
    scan = together(ball(2_000), ball(1_000, radius=0.6, center=(3, 0, 0)))
    assert topology(run(scan, BRIEF, resample_every=3).mesh()).components == 2


def test_an_open_scan_is_closed_unless_trimmed() -> None:
    scan = hemisphere()
    assert topology(run(scan).mesh()).boundary_edges == 0
    for trim in ("auto", 4.0):
        mesh = run(scan, trim=trim).mesh()
        found = topology(mesh)
        assert found.boundary_edges > 0
        assert found.non_manifold_edges == 0
        assert mesh.vertices[:, 2].min() > -0.3
        assert len(mesh.distances) == len(mesh.vertices)
    assert mesh.distances.max() <= 4 * spacing(scan.points) * (1 + 1e-9)


def test_colours_and_distances_are_those_of_the_scan() -> None:
    colors = np.where(SCAN.points[:, :1] > 0, [[250, 20, 30]], [[10, 200, 40]]).astype(np.uint8)
    mesh = run(PointCloud(SCAN.points, SCAN.normals, colors)).mesh()
    clear = np.abs(mesh.vertices[:, 0]) > 0.3
    expected = np.where(mesh.vertices[:, :1] > 0, [[250, 20, 30]], [[10, 200, 40]])
    assert np.array_equal(mesh.colors[clear], expected[clear])
    assert np.allclose(mesh.distances, cKDTree(SCAN.points).query(mesh.vertices)[0])
    assert run(SCAN).mesh().colors is None


def test_the_mesh_of_a_running_step_has_the_colours_of_the_nearest_samples() -> None:
    colors = np.where(SCAN.points[:, :1] > 0, [[250, 20, 30]], [[10, 200, 40]]).astype(np.uint8)
    mesh = stepped(PointCloud(SCAN.points, SCAN.normals, colors), 2).measured_mesh()
    clear = np.abs(mesh.vertices[:, 0]) > 0.2
    expected = np.where(mesh.vertices[:, :1] > 0, [[250, 20, 30]], [[10, 200, 40]])
    assert mesh.colors is not None
    assert np.array_equal(mesh.colors[clear], expected[clear])
    assert stepped(SCAN, 1).measured_mesh().colors is None


def test_what_is_invented_is_farther_from_the_scan_than_its_points_from_each_other() -> None:
    here, there = (stepped(PointCloud(scale * SCAN.points, SCAN.normals), 1) for scale in (1.0, 250.0))
    assert 2 * spacing(SCAN.points) < here.invented_beyond < 6 * spacing(SCAN.points)
    assert there.invented_beyond == pytest.approx(250 * here.invented_beyond)
    assert here.scan.points == pytest.approx(SCAN.points)


def test_a_large_scan_is_measured_by_a_sample_and_its_mesh_against_all_points() -> None:
    scan = torus(60_000)
    reconstruction = stepped(scan, 1)
    mesh = reconstruction.mesh()
    assert np.allclose(mesh.distances, cKDTree(scan.points).query(mesh.vertices)[0])
    assert reconstruction.measured_mesh().distances.mean() > mesh.distances.mean()


def test_strays_are_left_out_and_said() -> None:
    strays = np.array([[9, 9, 9], [-20, 3, 1], [0, 0, 30]])
    scan = PointCloud(np.concatenate([SCAN.points, strays]), np.concatenate([SCAN.normals, np.ones((3, 3))]))
    reconstruction = run(scan)
    assert reconstruction.notices[0] == "3 of 3,003 points are far from all others and were left out"
    assert farthest(reconstruction.mesh().vertices, run(SCAN).mesh().vertices) < 0.01 * CELL


def test_duplicates_change_nothing() -> None:
    copied = SCAN.take(np.arange(3_000).repeat(12))
    assert farthest(run(copied).mesh().vertices, run(SCAN).mesh().vertices) < 0.01 * CELL


@pytest.mark.parametrize("count", [4, 5, 10, 12])
def test_a_handful_of_points_makes_a_closed_mesh(count: int) -> None:
    mesh = run(PointCloud(ball(count).points)).mesh()
    assert topology(mesh).watertight
    assert np.isfinite(mesh.vertices).all()


def test_a_cloud_that_cannot_settle_is_said_and_reconstructed() -> None:
    scan = PointCloud(np.random.default_rng(0).random((20_000, 3)))
    reconstruction = run(scan, init="orientation")
    assert any("normals could not be settled" in notice for notice in reconstruction.notices)
    assert topology(reconstruction.mesh()).watertight


# --- between two steps ---


@pytest.mark.parametrize(
    ("change", "in_force"),
    [({"resolution": 64}, 64), ({"sigma": 4.0}, 4.0), ({"lr": 1e-2}, 1e-2), ({"resample_every": 7}, 7)],
)
def test_a_change_acts_at_the_next_step_and_keeps_the_state(change: dict[str, float], in_force: float) -> None:
    reconstruction = stepped(SCAN, 3)
    before = reconstruction.checkpoint().optimizer
    reconstruction.parameters = replace(reconstruction.parameters, **change)
    reconstruction.step()
    after = reconstruction.checkpoint().optimizer
    assert getattr(reconstruction.in_force, next(iter(change))) == in_force
    assert reconstruction.step_count == after.descents == 4
    assert np.abs(after.variables - before.variables).max() < 0.02
    assert np.allclose(after.first_moments, 0.9 * before.first_moments, atol=1e-4)  # went on, did not start anew


@pytest.mark.parametrize("count", [1_000, 5_000])
def test_a_change_of_the_number_of_points_keeps_points_and_moments(count: int) -> None:
    reconstruction = stepped(SCAN, 3, lr=1e-5)
    before = reconstruction.oriented_points()
    reconstruction.parameters = replace(reconstruction.parameters, points=count)
    reconstruction.step()
    after, state = reconstruction.oriented_points(), reconstruction.checkpoint().optimizer
    assert len(after) == count
    kept = min(count, 3_000)
    assert cKDTree(before.points).query(after.points[:kept])[0].max() < 1e-3
    assert distance_to_torus(after.points[kept:]).max(initial=0) < CELL
    assert state.descents == 4
    assert (state.first_moments[0, :kept] != 0).any(1).all()


def test_resampling_draws_unit_normals_on_the_surface() -> None:
    reconstruction = stepped(SCAN, 5, resample_every=5)
    assert reconstruction.resamples_next
    reconstruction.resample()
    cloud = reconstruction.oriented_points()
    assert np.allclose(np.linalg.norm(cloud.normals, axis=1), 1, atol=1e-5)
    surface = reconstruction.measured_mesh()
    shape = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    nearest = trimesh.proximity.closest_point_naive(shape, cloud.points[:50])[1]
    assert nearest.max() < 1e-4


def test_the_measured_mesh_is_the_one_before_the_step_until_refreshed() -> None:
    reconstruction = stepped(SCAN, 2)
    lagging = reconstruction.measured_mesh()
    reconstruction.refresh()
    present = reconstruction.measured_mesh()
    assert not np.array_equal(lagging.vertices, present.vertices)
    assert np.array_equal(reconstruction.mesh().vertices, present.vertices)
    for mesh in (lagging, present):
        assert np.allclose(mesh.distances, cKDTree(SCAN.points).query(mesh.vertices)[0], atol=1e-5)


def test_asking_for_the_mesh_does_not_change_the_run() -> None:
    watched, alone = Reconstruction(SCAN, BRIEF), Reconstruction(SCAN, BRIEF)
    for _ in range(4):
        watched.mesh()
        watched.oriented_points()
        assert watched.step() == alone.step()


def test_the_field_is_zero_on_the_mesh_and_negative_inside() -> None:
    reconstruction = stepped(PointCloud(SCAN.points + MAP_OFFSET, SCAN.normals), 2)
    field, mesh = reconstruction.field(), reconstruction.mesh()
    assert field.values.shape == (32, 32, 32)
    nodes = [field.origin[axis] + field.spacing * np.arange(32) for axis in range(3)]
    at = RegularGridInterpolator(nodes, field.values)
    assert np.abs(at(mesh.vertices)).max() < 0.05
    inside, hole = at(MAP_OFFSET + np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert inside < -0.2 < 0.2 < hole


def test_a_field_of_any_resolution_is_sampled_from_the_same_potential() -> None:
    reconstruction = stepped(PointCloud(SCAN.points + MAP_OFFSET, SCAN.normals), 2)
    own, finer, coarser = (reconstruction.field(resolution) for resolution in (None, 64, 16))
    assert [field.values.shape for field in (finer, coarser)] == [(64, 64, 64), (16, 16, 16)]
    assert np.allclose(finer.values[::2, ::2, ::2], own.values, atol=1e-6)
    assert np.allclose(coarser.values, own.values[::2, ::2, ::2], atol=1e-6)
    for field, cells in ((finer, 64), (coarser, 16)):
        assert np.array_equal(field.origin, own.origin)
        assert field.spacing == reconstruction.frame.edge / cells


def test_the_field_of_a_grid_with_finer_levels_turns_its_sign_across_the_scan() -> None:
    reconstruction = Reconstruction(SCAN, replace(BRIEF, resolution=320, steps=1))
    reconstruction.step()
    field = reconstruction.field(96)
    nodes = [field.origin[axis] + field.spacing * np.arange(96) for axis in range(3)]
    at = RegularGridInterpolator(nodes, field.values)
    across = 3 * field.spacing * SCAN.normals / np.linalg.norm(SCAN.normals, axis=1, keepdims=True)
    assert at(SCAN.points - across).max() < 0 < at(SCAN.points + across).min()


def test_a_field_larger_than_any_that_is_written_is_refused_with_its_size() -> None:
    with pytest.raises(InputError) as refused:
        stepped(SCAN, 1).field(1024)
    assert str(refused.value) == (
        "the field would have 1024 nodes along each axis and take 4.3 GB; the largest that is written has 512: "
        "ask for field(512)"
    )


def test_reset_starts_over_and_keeps_the_parameters() -> None:
    reconstruction = Reconstruction(SCAN, BRIEF)
    first = reconstruction.step()
    reconstruction.parameters = replace(reconstruction.parameters, sigma=3.0)
    reconstruction.step()
    reconstruction.reset()
    assert reconstruction.step_count == 0
    assert reconstruction.in_force.sigma == 3.0
    reconstruction.parameters = Parameters(points=3_000)
    assert reconstruction.step() == first


def test_a_run_starts_inside_out_where_that_is_asked_for_and_so_does_a_reset() -> None:
    right, flipped = (Reconstruction(SCAN, replace(BRIEF, flip=flip)) for flip in (False, True))
    asked = flipped.oriented_points().normals
    assert np.array_equal(asked, -right.oriented_points().normals)
    assert flipped.notices[-1] == "the normals of the start were turned inside out as asked"
    flipped.flip()
    flipped.reset()
    assert np.array_equal(flipped.oriented_points().normals, asked)


def test_normals_flipped_twice_are_what_they_were() -> None:
    reconstruction = stepped(SCAN, 3)
    before = reconstruction.oriented_points()
    reconstruction.flip()
    assert np.array_equal(reconstruction.oriented_points().normals, -before.normals)
    reconstruction.flip()
    assert np.array_equal(reconstruction.oriented_points().normals, before.normals)
    assert np.allclose(reconstruction.oriented_points().points, before.points, atol=1e-6)


def test_normals_solved_for_anew_follow_points_from_all_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "_ORIENTED", 1_000)  # others take that of the nearest
    reconstruction = stepped(SCAN, 3)
    before = reconstruction.oriented_points()
    reconstruction.flip()
    assert reconstruction.reorient() == ()
    after = reconstruction.oriented_points()
    assert reconstruction.step_count == 3
    _, rows = cKDTree(before.points).query(after.points)
    assert ((before.normals[rows] * after.normals).sum(1) > 0).mean() > 0.98


def test_restore_continues_from_earlier_points() -> None:
    reconstruction = stepped(SCAN, 5)
    cloud, loss = reconstruction.oriented_points(), reconstruction.step()
    fresh = Reconstruction(SCAN, BRIEF)
    fresh.restore(cloud, step=5)
    assert fresh.step_count == 5
    assert fresh.in_force == reconstruction.in_force
    assert fresh.step() == pytest.approx(loss, rel=1e-3)


def test_restore_knows_how_far_the_schedule_was() -> None:
    settings = Settings(preset="published", resolution=64, steps=1200)
    cloud = Reconstruction(SCAN, settings).oriented_points()
    fresh = Reconstruction(SCAN, settings)
    fresh.restore(cloud, step=650)
    assert fresh.in_force.resolution == 64
    assert fresh.in_force.points == 26_000


def test_a_run_ends_when_the_loss_has_settled_unless_its_length_is_given() -> None:
    settings = Settings(preset="best", resolution=32, sigma=8.0, lr=1e-5, points=3_000)
    settled = run(SCAN, settings)
    assert settled.step_count == settled.total_steps == 11 < settled.most_steps  # ten steps after the first loss
    assert run(SCAN, settings, steps=14).step_count == 14


# --- starts ---


def test_initial_points_are_the_scans_own_unless_a_sphere_is_asked_for() -> None:
    for init, own in (("auto", True), ("normals", True), ("orientation", True), ("sphere", False)):
        start = Reconstruction(SCAN, replace(BRIEF, init=init)).oriented_points()
        distance = cKDTree(SCAN.points).query(start.points)[0]
        assert (distance.max() < 1e-4) == own


def test_orientation_starts_on_the_surface() -> None:
    mesh = Reconstruction(SCAN.points, replace(BRIEF, init="orientation")).mesh()
    assert topology(mesh).euler_characteristic == 0
    assert volume(mesh) == pytest.approx(2 * np.pi**2 * 0.35**2, rel=0.1)


def test_init_normals_without_normals_is_refused() -> None:
    with pytest.raises(InputError, match="no usable normals"):
        Reconstruction(SCAN.points, replace(BRIEF, init="normals"))


# --- when it fails ---


def test_a_loss_that_is_no_number_stops_before_the_state_is_spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    reconstruction = stepped(SCAN, 1)
    before, mesh = reconstruction.oriented_points(), reconstruction.measured_mesh()
    with monkeypatch.context() as patched:
        patched.setattr(
            "sap_core.loss.squared_plane_distances",
            lambda pairs, *_, **__: SquaredDistances(math.nan * pairs.from_b_to_a[:, 0], pairs.from_a_to_b[:, 0]),
        )
        with pytest.raises(Diverged, match="the loss is nan at step 1: lower the learning rate"):
            reconstruction.step()
    after = reconstruction.oriented_points()
    assert np.array_equal(after.points, before.points)
    assert np.array_equal(after.normals, before.normals)
    assert np.array_equal(reconstruction.measured_mesh().vertices, mesh.vertices)
    assert reconstruction.step_count == 1
    assert np.isfinite(reconstruction.step())


def test_a_gradient_that_is_no_number_moves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reconstruction = stepped(SCAN, 1)
    before = reconstruction.oriented_points()
    with monkeypatch.context() as patched:
        # A distance of 0 has no square root to differentiate.
        patched.setattr(
            "sap_core.loss.squared_plane_distances",
            lambda pairs, *_, **__: SquaredDistances(
                (pairs.from_b_to_a - pairs.from_b_to_a.detach()).square().sum(-1).sqrt(), pairs.from_a_to_b[:, 0]
            ),
        )
        with pytest.raises(Diverged, match="the gradient of the loss is not finite at step 1: lower"):
            reconstruction.step()
    after = reconstruction.oriented_points()
    assert np.array_equal(after.points, before.points)
    assert np.array_equal(after.normals, before.normals)
    assert reconstruction.step_count == 1
    assert np.isfinite(reconstruction.step())


def test_a_surface_that_vanishes_is_said_so_and_the_run_can_be_reset() -> None:
    reconstruction = stepped(SCAN, 1)
    cloud = reconstruction.oriented_points()
    with pytest.raises(SurfaceVanished, match=r"does not cross .* lower the learning rate or sigma, or reset"):
        reconstruction.restore(PointCloud(cloud.points, 0 * cloud.normals), step=1)
    reconstruction.reset()
    assert np.isfinite(reconstruction.step())


@pytest.mark.parametrize(
    ("points", "sentence"),
    [([[1, 0, 0]], "1 points"), ([[1, 2], [3, 4]], r"\(N, 3\), got \(2, 2\)"), ("text", "array of points")],
)
def test_unusable_points_are_refused(points: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        reconstruct(points)


def test_unusable_settings_are_refused() -> None:
    with pytest.raises(InputError, match="preset must be fast, balanced, best or published, got quick"):
        reconstruct(SCAN, preset="quick")


def test_unknown_device_is_refused() -> None:
    with pytest.raises(InputError, match="'warp-drive'"):
        Reconstruction(SCAN, replace(BRIEF, device="warp-drive"))


def test_the_public_names_are_at_the_top() -> None:
    assert sap_core.reconstruct is reconstruct
    assert sap_core.Reconstruction is Reconstruction

from dataclasses import replace

import numpy as np
import pytest

from sap_core.geometry import Mesh, PointCloud
from sap_viewer.moment import STEPS, Lattice, Moment, rounded
from sap_viewer.snapshot import Comparison, LossHistory, Snapshot
from tests.scans import MAP_OFFSET
from tests.snapshots import ball_snapshot

HALF_A_STEP = 0.5 / STEPS


@pytest.mark.parametrize(("offset", "scale"), [(0.0, 1.0), (MAP_OFFSET, 37.0)])
def test_a_state_comes_back_but_for_rounding(offset: np.ndarray, scale: float) -> None:
    was = ball_snapshot(offset=offset, scale=scale)
    distances = np.linspace(0.0, 0.3, len(was.mesh.vertices))
    colors = np.arange(3 * len(distances)).reshape(-1, 3).astype(np.uint8)
    was = replace(was, step=7, mesh=Mesh(was.mesh.vertices, was.mesh.faces, colors=colors, distances=distances))
    back = Moment.of(was).snapshot()
    edge = was.bounds[1, 0] - was.bounds[0, 0]
    for found, exact, span in (
        (back.cloud.points, was.cloud.points, edge),
        (back.mesh.vertices, was.mesh.vertices, edge),
        (back.cloud.normals, was.cloud.normals, np.ptp(was.cloud.normals)),
        (back.mesh.distances, distances, 0.3),
        (back.slices[2].values, was.slices[2].values, 1.0),
    ):
        assert found.shape == exact.shape
        assert np.abs(found - exact).max() <= 1.01 * HALF_A_STEP * span
    assert np.array_equal(back.mesh.faces, was.mesh.faces)
    assert np.array_equal(back.mesh.colors, colors)
    assert (back.step, back.run, back.name, back.slices[1].axis) == (7, was.run, "ball", 1)
    assert np.array_equal(back.slices[0].corners, was.slices[0].corners)


@pytest.mark.parametrize("scale", [1.0, 37.0])
def test_rounding_again_changes_nothing(scale: float) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):  # ends that are no round numbers
        low, high = np.sort(MAP_OFFSET + scale * rng.standard_normal((2, 3)), axis=0)
        cloud = PointCloud(low + rng.random((500, 3)) * (high - low), scale * rng.standard_normal((500, 3)))
        once = rounded(cloud, np.stack([low, high]))
        again = rounded(once, np.stack([low, high]))
        assert np.array_equal(again.points, once.points)
        assert np.array_equal(again.normals, once.normals)


def test_the_ends_come_back_exactly() -> None:
    values = np.array([-0.5963402390480042, 1.4036437273025513])  # low + 65,535 * ((high - low) / 65,535) is not high
    assert np.array_equal(Lattice.of(values).values(), values)


def test_the_rounding_is_far_below_a_cell_of_the_finest_grid() -> None:
    assert HALF_A_STEP < 0.01 / 512


def test_of_the_losses_the_last_is_kept() -> None:
    losses = LossHistory(np.arange(1, 1_001), np.linspace(1.0, 0.1, 1_000))
    near = Comparison("truth", losses.steps, losses.losses, losses.losses)
    back = Moment.of(replace(ball_snapshot(), history=losses, comparison=near)).snapshot()
    assert (back.history.steps, back.history.losses) == ([1_000], [0.1])
    assert (back.comparison.steps, back.comparison.chamfer_l1) == ([1_000], [0.1])


def test_it_takes_a_fraction_of_the_memory() -> None:
    was = ball_snapshot(field=None)
    mesh = Mesh(np.tile(was.mesh.vertices, (50, 1)), np.concatenate([was.mesh.faces + 162 * n for n in range(50)]))
    was = replace(was, mesh=mesh, slices=())
    moment = Moment.of(was)
    assert moment.nbytes < 0.2 * (mesh.vertices.nbytes + mesh.faces.nbytes)
    assert np.array_equal(moment.snapshot().mesh.faces, mesh.faces)


@pytest.mark.parametrize("values", [np.zeros((0, 3)), np.full((4, 3), 2.5), np.zeros(1)])
def test_values_without_extent_are_kept(values: np.ndarray) -> None:
    assert np.array_equal(Lattice.of(values).values(), values)


def test_a_state_without_a_mesh_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be kept: busy"):
        Moment.of(Snapshot(status="busy"))


def test_faces_that_rounding_collapses_are_left_out() -> None:
    was = ball_snapshot()
    assert was.mesh is not None
    near = was.mesh.vertices[0] + 1e-7
    tiny = len(was.mesh.vertices)
    mesh = Mesh(np.vstack([was.mesh.vertices, near]), np.vstack([was.mesh.faces, [[0, tiny, 1]]]))
    back = Moment.of(replace(was, mesh=mesh)).snapshot().mesh
    assert back is not None
    assert np.array_equal(back.faces, was.mesh.faces)

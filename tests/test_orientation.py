from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial import cKDTree

from sap_core.frame import UnitFrame
from sap_core.geometry import PointCloud
from sap_core.io import read_cloud, read_mesh
from sap_core.scan.orientation import COARSE_TO_FINE, Orientation, Stage, _System, orient, potential_at
from sap_core.scan.spacing import local_areas, spacing
from sap_core.scan.survey import estimate_noise
from sap_core.schedule import Sampling
from tests.shapes import ball, box, moved, noisy, thin_plate, together, torus, uneven

ROOT = Path(__file__).parents[1]
BRIEF = (Stage(64, 8.0, 3.0, falling=20, at_most=20),)


def unit_points(cloud: PointCloud) -> torch.Tensor:
    return torch.tensor(UnitFrame.around(cloud.points).to_unit(cloud.points), dtype=torch.float32)


def oriented(cloud: PointCloud, *, stages: tuple[Stage, ...] = COARSE_TO_FINE) -> Orientation:
    """As a reconstruction does it, without the cloud's normals."""
    points = unit_points(cloud)
    areas = torch.tensor(local_areas(points.numpy()), dtype=torch.float32)
    noise = estimate_noise(points.double().numpy(), rng=np.random.default_rng(0))
    return orient(points, areas=areas, sampling=Sampling(spacing(points.numpy()), noise), stages=stages)


def share_of_correct_signs(cloud: PointCloud) -> float:
    return ((oriented(cloud).normals.numpy() * cloud.normals).sum(1) > 0).mean()


def shell() -> PointCloud:
    """A hollow ball: the inner side points to the hollow."""
    inner = ball(2_000, radius=0.5)
    return together(ball(6_000), PointCloud(inner.points, -inner.normals))


def knot(count: int = 6_000) -> PointCloud:
    """With the normals of the surface that it samples."""
    points = read_cloud(ROOT / "assets" / "knot_points.ply").cloud.points
    points = points[np.random.default_rng(0).permutation(len(points))[:count]]
    reference = read_mesh(ROOT / "tests" / "data" / "knot_reference.ply")
    surface = trimesh.Trimesh(reference.vertices, reference.faces, process=False)
    _, nearest = cKDTree(surface.triangles_center).query(points)
    return PointCloud(points, surface.face_normals[nearest])


def touching_boxes() -> PointCloud:
    """Two boxes that share a part of a side, as they are seen from outside."""
    step = (1.0, 0.3, 0.0)
    boxes = together(box(4_000), moved(box(4_000, seed=1), step))
    inside = [(np.abs(boxes.points - center) < 0.5 + 1e-9).all(1) for center in ((0, 0, 0), step)]
    return boxes.take(~(inside[0] & inside[1]))


SHAPES = {
    "shell": shell(),
    "torus": torus(),
    "knot": knot(),
    "plate": thin_plate(),
    "touching boxes": touching_boxes(),
    "boxes that share an edge": together(box(3_000), moved(box(3_000, seed=1), (1, 1, 0))),
    "ball in a shell": together(shell(), ball(700, radius=0.25)),
    "two balls": together(ball(4_000), ball(1_000, radius=0.4, center=(1.8, 0, 0))),
}


@pytest.mark.parametrize("cloud", SHAPES.values(), ids=SHAPES.keys())
def test_normals_point_outward(cloud: PointCloud) -> None:
    assert share_of_correct_signs(cloud) >= 0.98


@pytest.mark.parametrize("name", ["shell", "torus", "knot", "plate", "touching boxes"])
def test_normals_of_noisy_points_point_outward(name: str) -> None:
    assert share_of_correct_signs(noisy(SHAPES[name], 0.005)) >= 0.97


@pytest.mark.parametrize("name", ["shell", "torus", "knot", "plate", "touching boxes"])
def test_normals_of_uneven_points_point_outward(name: str) -> None:
    assert share_of_correct_signs(uneven(SHAPES[name], 10)) >= 0.97


def test_normals_are_near_the_true_ones_and_have_a_median_length_of_1() -> None:
    cloud = ball(5_000)
    found = orient(unit_points(cloud), stages=BRIEF).normals.numpy()
    lengths = np.linalg.norm(found, axis=1)
    assert np.median(lengths) == pytest.approx(1, abs=1e-3)
    assert ((found * cloud.normals).sum(1) / lengths).mean() > 0.98


def test_lengths_weigh_the_area_around_each_point() -> None:
    cloud = uneven(torus(12_000), 5, sudden=True)
    lengths = oriented(cloud).normals.norm(dim=1).numpy()
    dense = cloud.points[:, 0] < 0  # the halves have equal areas
    assert lengths[dense].sum() == pytest.approx(lengths[~dense].sum(), rel=0.25)


def test_points_may_come_in_any_order() -> None:
    points = unit_points(torus(3_000))
    order = torch.randperm(len(points), generator=torch.Generator().manual_seed(0))
    assert torch.allclose(
        orient(points, stages=BRIEF).normals[order], orient(points[order], stages=BRIEF).normals, atol=0.02
    )


def test_the_unit_of_the_areas_is_free() -> None:
    points, areas = unit_points(torus(2_000)), torch.linspace(1, 2, 2_000)
    first, second = (orient(points, areas=scale * areas, stages=BRIEF).normals for scale in (1.0, 100.0))
    assert torch.allclose(first, second, atol=1e-3)


def test_a_cloud_that_settles_is_certain_and_one_that_fills_space_is_not() -> None:
    assert oriented(SHAPES["torus"], stages=BRIEF).uncertain < 0.002
    filled = PointCloud(np.random.default_rng(0).random((5_000, 3)))
    assert oriented(filled, stages=BRIEF).uncertain > 0.05


def test_smoothing_does_not_fall_below_what_the_noise_asks_for() -> None:
    points = unit_points(ball(2_000))
    wide = Sampling(spacing=0.02, noise=0.01)
    stages = (Stage(64, 1.0, 1.0, falling=5, at_most=5),)
    asked = (Stage(64, wide.sigma(64), wide.sigma(64), falling=5, at_most=5),)
    assert torch.equal(orient(points, sampling=wide, stages=stages).normals, orient(points, stages=asked).normals)
    assert wide.sigma(64) > 1


def test_the_potential_is_lower_inside() -> None:
    cloud = ball(2_000)
    normals = torch.tensor(cloud.normals, dtype=torch.float32)
    outward = potential_at(unit_points(cloud), normals)
    assert outward.shape == (2_000,)
    assert (outward < 0).all()
    both = potential_at(unit_points(cloud), torch.stack([normals, -2 * normals]))
    assert torch.allclose(both, torch.stack([outward, -2 * outward]))


@pytest.mark.parametrize("cloud", [ball(4_000), uneven(torus(20_000), 10)], ids=["ball", "uneven"])
def test_the_potential_is_half_of_a_jump_of_1_where_lengths_are_areas(cloud: PointCloud) -> None:
    points = unit_points(cloud)
    areas = torch.tensor(local_areas(points.numpy()), dtype=torch.float32)
    potential = potential_at(points, areas[:, None] * torch.tensor(cloud.normals, dtype=torch.float32))
    assert potential.mean().item() == pytest.approx(-0.5, abs=0.06)


def test_the_system_and_its_transpose_are_adjoint() -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(40, 3, dtype=torch.double, generator=generator)
    system = _System(points, 16, torch.ones(40, dtype=torch.double))
    system.smooth(2.0)
    normals = torch.randn(40, 3, dtype=torch.double, generator=generator)
    values = torch.randn(40, dtype=torch.double, generator=generator)
    applied, _ = system.apply(normals)
    assert torch.allclose((applied * values).sum(), (normals * system.apply_transposed(values)).sum())

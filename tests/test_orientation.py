import numpy as np
import pytest
import torch

from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, PointCloud
from sap_core.orientation import Stage, _System, orient
from sap_core.sampling import sphere
from tests.shapes import torus

BRIEF = (Stage(64, 8.0, 3.0, 20),)


def share_of_correct_signs(cloud: PointCloud) -> float:
    unit = torch.tensor(UnitFrame.around(cloud.points).to_unit(cloud.points), dtype=torch.float32)
    found = orient(unit, stages=BRIEF).numpy()
    return float(((found * cloud.normals).sum(1) > 0).mean())


def ball(count: int, radius: float, center: FloatArray | None = None) -> PointCloud:
    return sphere(count, radius=radius, center=np.zeros(3) if center is None else center, rng=np.random.default_rng(0))


def together(*clouds: PointCloud) -> PointCloud:
    return PointCloud(np.concatenate([c.points for c in clouds]), np.concatenate([c.normals for c in clouds]))


def thin_plate(count: int = 6_000, *, thickness: float = 0.06) -> PointCloud:
    """The upper and the lower side of a square of edge 1, and its rim."""
    rng = np.random.default_rng(0)
    upper = rng.uniform(-0.5, 0.5, (count, 3))
    side = np.where(rng.random(count) < 0.5, 1.0, -1.0)
    upper[:, 2] = side * thickness / 2
    return PointCloud(upper, np.stack([np.zeros(count), np.zeros(count), side], 1))


def shell() -> PointCloud:
    """A hollow ball: the inner side points to the hollow."""
    inner = ball(2_000, 0.5)
    return together(ball(6_000, 1.0), PointCloud(inner.points, -inner.normals))


def uneven_torus() -> PointCloud:
    cloud = torus(12_000)
    kept = np.random.default_rng(1).random(len(cloud)) < np.where(cloud.points[:, 0] > 0, 1.0, 0.15)
    return cloud.take(kept)


def noisy_torus() -> PointCloud:
    cloud = torus()
    extent = np.ptp(cloud.points, axis=0).max()
    return PointCloud(
        cloud.points + np.random.default_rng(1).normal(0, 0.005 * extent, cloud.points.shape), cloud.normals
    )


@pytest.mark.parametrize(
    "cloud",
    [
        torus(),
        uneven_torus(),
        noisy_torus(),
        shell(),
        thin_plate(),
        together(ball(4_000, 1.0), ball(1_000, 0.4, np.array([1.8, 0, 0]))),
    ],
    ids=["torus", "uneven torus", "noisy torus", "shell", "thin plate", "two balls"],
)
def test_normals_point_outward(cloud: PointCloud) -> None:
    assert share_of_correct_signs(cloud) >= 0.98


def test_normals_are_near_the_true_ones_and_weigh_the_area() -> None:
    cloud = ball(5_000, 1.0)
    unit = torch.tensor(UnitFrame.around(cloud.points).to_unit(cloud.points), dtype=torch.float32)
    found = orient(unit, stages=BRIEF).numpy()
    lengths = np.linalg.norm(found, axis=1)
    assert np.median(lengths) == pytest.approx(1, abs=1e-3)
    assert ((found * cloud.normals).sum(1) / lengths).mean() > 0.98


def test_the_system_and_its_transpose_are_adjoint() -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(1, 40, 3, dtype=torch.double, generator=generator)
    system = _System(points, 16)
    system.smooth(2.0)
    normals = torch.randn(1, 40, 3, dtype=torch.double, generator=generator)
    values = torch.randn(1, 40, dtype=torch.double, generator=generator)
    assert torch.allclose((system.apply(normals) * values).sum(), (normals * system.apply_transposed(values)).sum())


def test_points_may_come_in_any_order() -> None:
    cloud = torus(3_000)
    unit = torch.tensor(UnitFrame.around(cloud.points).to_unit(cloud.points), dtype=torch.float32)
    order = torch.randperm(len(unit), generator=torch.Generator().manual_seed(0))
    assert torch.allclose(orient(unit, stages=BRIEF)[order], orient(unit[order], stages=BRIEF), atol=0.02)

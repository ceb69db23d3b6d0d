import numpy as np
import pytest

from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, PointCloud
from sap_core.scan.given_normals import Judgement, judge_normals, weighted_by_area
from tests.shapes import ball, noisy, thin_plate, together, torus, uneven


def judged(cloud: PointCloud, *, sign: FloatArray | float = 1.0) -> Judgement:
    points = UnitFrame.around(cloud.points).to_unit(cloud.points)
    return judge_normals(points, weighted_by_area(points, sign * cloud.normals))


def random_signs(count: int, *, wrong: float) -> FloatArray:
    return np.where(np.random.default_rng(0).random((count, 1)) < wrong, -1.0, 1.0)


def hollow_ball() -> PointCloud:
    inner = ball(3_000, radius=0.7)
    return together(ball(6_000), PointCloud(inner.points, -inner.normals))


def landscape(*, seed: int = 0) -> PointCloud:
    """Hills and valleys without an inside; the normals point up."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, 5_000))
    waves, phases = rng.normal(0, 4, (4, 2)), rng.uniform(0, 6, 4)
    angles = waves @ [x, y] + phases[:, None]
    slope = 0.04 * np.cos(angles).T @ waves
    return PointCloud(np.column_stack([x, y, 0.04 * np.sin(angles).sum(0)]), np.column_stack([-slope, np.ones(len(x))]))


CLOSED = {
    "ball": ball(),
    "torus": torus(),
    "plate": thin_plate(),
    "hollow ball": hollow_ball(),
    "uneven": uneven(torus(20_000), 20),
    "uneven hollow ball": uneven(hollow_ball(), 10),
    "noisy": noisy(torus(), 0.005),
    "some wrong": PointCloud(torus().points, random_signs(8_000, wrong=0.08) * torus().normals),
    "few": ball(30),
}


@pytest.mark.parametrize("cloud", CLOSED.values(), ids=CLOSED.keys())
def test_outward_normals_are_used_and_inward_ones_flipped(cloud: PointCloud) -> None:
    outward, inward = judged(cloud), judged(cloud, sign=-1)
    assert (outward.verdict, inward.verdict) == ("used", "flipped")
    assert outward.agreeing == inward.agreeing > 0.8


@pytest.mark.parametrize("cloud", [torus(), uneven(torus(20_000), 20), ball(100)], ids=["torus", "uneven", "few"])
def test_normals_of_random_sign_are_replaced(cloud: PointCloud) -> None:
    verdict, agreeing = judged(cloud, sign=random_signs(len(cloud), wrong=0.5))
    assert verdict == "replaced"
    assert agreeing == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("length", [1e-3, 1e3])
def test_the_length_of_normals_does_not_matter(length: float) -> None:
    assert judged(torus(), sign=-length) == judged(torus(), sign=-1)
    lengths = np.random.default_rng(0).uniform(0.1, 10, (8_000, 1))
    assert judged(torus(), sign=lengths) == judged(torus())


@pytest.mark.parametrize("seed", range(6))
def test_the_normals_of_a_landscape_are_not_flipped(seed: int) -> None:
    assert judged(landscape(seed=seed)).verdict == "used"
    assert judged(landscape(seed=seed), sign=-1).verdict == "used"


def test_lengths_are_in_proportion_to_the_area_around_each_point() -> None:
    cloud = uneven(torus(40_000), 5, sudden=True)
    weighted = weighted_by_area(cloud.points, 3 * cloud.normals)
    lengths = np.linalg.norm(weighted, axis=1)
    assert np.allclose(weighted, lengths[:, None] * cloud.normals)
    assert np.median(lengths) == pytest.approx(1)
    dense = cloud.points[:, 0] < 0  # the halves have equal areas
    assert lengths[dense].sum() == pytest.approx(lengths[~dense].sum(), rel=0.1)


def test_duplicates_leave_lengths_finite() -> None:
    cloud = ball(500)
    weighted = weighted_by_area(cloud.points.repeat(30, axis=0), cloud.normals.repeat(30, axis=0))
    assert np.allclose(weighted, weighted_by_area(cloud.points, cloud.normals).repeat(30, axis=0))

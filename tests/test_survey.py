import numpy as np
import pytest

from sap_core.geometry import PointCloud
from sap_core.scan.survey import estimate_noise, thin
from tests.scans import MAP_OFFSET
from tests.shapes import ball, noisy, thin_plate, torus, uneven


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def icosahedron() -> np.ndarray:
    golden = (1 + 5**0.5) / 2
    rows = [[0, a, b] for a in (-1, 1) for b in (-golden, golden)]
    return np.array([np.roll(row, shift) for shift in range(3) for row in rows])


# --- thinning ---


def test_the_points_drawn_are_so_many_of_the_scan() -> None:
    points = torus(10_000).points
    drawn = thin(points, at_most=2_500, rng=rng())
    assert len(drawn) == 2_500
    assert {tuple(point) for point in drawn} <= {tuple(point) for point in points}
    assert not np.array_equal(drawn, thin(points, at_most=2_500, rng=np.random.default_rng(1)))
    assert np.array_equal(drawn, thin(points, at_most=2_500, rng=rng()))


@pytest.mark.parametrize("at_most", [5, 6, 100])
def test_a_scan_of_no_more_points_keeps_them_all_but_duplicates(at_most: int) -> None:
    points = ball(5).points
    assert np.array_equal(thin(points, at_most=at_most, rng=rng()), np.unique(points, axis=0))
    assert len(thin(np.repeat(points, 3, axis=0), at_most=100, rng=rng())) == 5


@pytest.mark.parametrize("ratio", [4, 25])
def test_a_density_ratio_is_evened_out_to_about_its_square_root(ratio: float) -> None:
    cloud = uneven(torus(100_000), ratio, sudden=True)
    drawn = thin(cloud.points, at_most=1_500, rng=rng())
    before, after = ((points[:, 0] < 0).sum() / (points[:, 0] > 0).sum() for points in (cloud.points, drawn))
    assert before == pytest.approx(ratio, rel=0.1)
    assert after == pytest.approx(np.sqrt(ratio), rel=0.2)


def test_what_is_drawn_of_a_noisy_scan_is_as_noisy() -> None:
    points = noisy(ball(100_000), 0.005).points
    drawn = thin(points, at_most=10_000, rng=rng())
    assert np.linalg.norm(drawn, axis=1).std() == pytest.approx(np.linalg.norm(points, axis=1).std(), rel=0.06)


# --- noise ---


@pytest.mark.parametrize("share", [0.001, 0.0025, 0.005])
@pytest.mark.parametrize("cloud", [ball(20_000), torus(20_000), thin_plate(20_000)], ids=["ball", "torus", "plate"])
def test_the_noise_is_found(cloud: PointCloud, share: float) -> None:
    deviation = share * np.ptp(cloud.points, axis=0).max()
    assert estimate_noise(noisy(cloud, share).points, rng=rng()) == pytest.approx(deviation, rel=0.25)


@pytest.mark.parametrize("count", [2_000, 100_000])
def test_the_noise_is_found_at_any_density(count: int) -> None:
    assert estimate_noise(noisy(ball(count), 0.005).points, rng=rng()) == pytest.approx(0.01, rel=0.25)


@pytest.mark.parametrize("cloud", [ball(20_000), torus(20_000), thin_plate(20_000)], ids=["ball", "torus", "plate"])
def test_a_clean_scan_has_next_to_no_noise(cloud: PointCloud) -> None:
    assert estimate_noise(cloud.points, rng=rng()) < 1e-4 * np.ptp(cloud.points, axis=0).max()


def test_the_noise_has_the_unit_of_the_points() -> None:
    points = noisy(torus(5_000), 0.005).points
    found = estimate_noise(points, rng=rng())
    assert estimate_noise(1e3 * points + MAP_OFFSET, rng=rng()) == pytest.approx(1e3 * found, rel=1e-3)


def test_the_noise_of_a_few_points_is_a_number() -> None:
    for count in range(4, 10):
        assert estimate_noise(ball(count).points, rng=rng()) == 0
    for count in (10, 11, 12):
        assert 0 <= estimate_noise(ball(count).points, rng=rng()) < 2
    assert np.isfinite(estimate_noise(icosahedron(), rng=rng()))

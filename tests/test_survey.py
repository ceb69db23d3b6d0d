import numpy as np
import pytest

from sap_core.geometry import PointCloud
from sap_core.scan.survey import estimate_noise, find_outliers, thin
from tests.scans import MAP_OFFSET
from tests.shapes import ball, noisy, thin_plate, torus, uneven


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def strays_around(cloud: PointCloud, count: int) -> np.ndarray:
    """Uniform in a box of three times the extent."""
    middle = (cloud.points.max(0) + cloud.points.min(0)) / 2
    return middle + 1.5 * np.ptp(cloud.points, axis=0).max() * np.random.default_rng(2).uniform(-1, 1, (count, 3))


def icosahedron() -> np.ndarray:
    golden = (1 + 5**0.5) / 2
    rows = [[0, a, b] for a in (-1, 1) for b in (-golden, golden)]
    return np.array([np.roll(row, shift) for shift in range(3) for row in rows])


# --- outliers ---


@pytest.mark.parametrize("count", [1, 50, 400, 2_000])
@pytest.mark.parametrize(
    "cloud", [ball(20_000), torus(20_000), noisy(torus(20_000), 0.005)], ids=["ball", "torus", "noisy"]
)
def test_most_strays_are_found_and_none_of_the_scans_own_points(cloud: PointCloud, count: int) -> None:
    outlier = find_outliers(np.concatenate([cloud.points, strays_around(cloud, count)]), rng=rng())
    assert not outlier[: len(cloud)].any()
    assert outlier[len(cloud) :].mean() > 0.9


@pytest.mark.parametrize(
    "cloud",
    [
        ball(20_000),
        torus(300),
        noisy(torus(20_000), 0.01),
        thin_plate(),
        uneven(ball(20_000), 20),
        uneven(torus(20_000), 50),
        uneven(thin_plate(20_000), 20),
        uneven(torus(20_000), 8, sudden=True),
    ],
    ids=["ball", "few", "noisy", "plate", "ball 20x", "torus 50x", "plate 20x", "sudden 8x"],
)
def test_a_scan_without_strays_keeps_its_points(cloud: PointCloud) -> None:
    assert not find_outliers(cloud.points, rng=rng()).any()


@pytest.mark.parametrize("ratio", [20, 50])
def test_the_sparse_side_of_a_sudden_fall_in_density_is_no_stray(ratio: float) -> None:
    cloud = uneven(torus(20_000), ratio, sudden=True)
    sparse = cloud.points[:, 0] > 0
    outlier = find_outliers(cloud.points, rng=rng())
    assert not outlier[~sparse].any()
    assert outlier[sparse].mean() < 0.1  # some at the very border, from which all neighbours are on the dense side


def test_a_clump_of_nine_close_points_is_a_part_and_one_of_eight_is_not() -> None:
    cloud = ball(5_000)
    clump = np.array([2.0, 2, 2]) + np.random.default_rng(0).normal(0, 0.01, (9, 3))
    for count, stray in ((8, True), (9, False)):
        outlier = find_outliers(np.concatenate([cloud.points, clump[:count]]), rng=rng())
        assert (outlier[-count:] == stray).all()


def test_two_scans_apart_from_each_other_both_stay() -> None:
    apart = np.concatenate([ball(5_000).points, ball(500, radius=0.2, center=(5, 0, 0)).points])
    assert not find_outliers(apart, rng=rng()).any()


def test_strays_in_a_large_scan_are_found_by_a_sample() -> None:
    cloud = ball(120_000)
    outlier = find_outliers(np.concatenate([cloud.points, strays_around(cloud, 300)]), rng=rng())
    assert not outlier[: len(cloud)].any()
    assert outlier[len(cloud) :].mean() > 0.9


def test_duplicates_count_once() -> None:
    cloud = ball(2_000)
    copied = np.repeat(cloud.points, 20, axis=0)
    assert not find_outliers(copied, rng=rng()).any()
    # As of a scanner that writes the origin where nothing came back.
    with_stray = np.concatenate([cloud.points + 5, np.zeros((30_000, 3))])
    outlier = find_outliers(with_stray, rng=rng())
    assert not outlier[:2_000].any()
    assert outlier[2_000:].all()


def test_strays_are_found_in_map_coordinates() -> None:
    cloud = ball(5_000)
    points = np.concatenate([cloud.points, strays_around(cloud, 50)])
    assert np.array_equal(find_outliers(points + MAP_OFFSET, rng=rng()), find_outliers(points, rng=rng()))


@pytest.mark.parametrize("count", range(4, 13))
def test_a_handful_of_points_has_no_strays(count: int) -> None:
    assert not find_outliers(ball(count).points, rng=rng()).any()
    assert not find_outliers(np.repeat(ball(count).points, 5, axis=0), rng=rng()).any()


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

import numpy as np
import pytest

from sap_core.geometry import PointCloud
from sap_core.scan.outliers import find_outliers
from tests.scans import MAP_OFFSET
from tests.shapes import ball, noisy, thin_plate, torus, uneven


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def strays_around(cloud: PointCloud, count: int) -> np.ndarray:
    """Uniform in a box of three times the extent."""
    middle = (cloud.points.max(0) + cloud.points.min(0)) / 2
    return middle + 1.5 * np.ptp(cloud.points, axis=0).max() * np.random.default_rng(2).uniform(-1, 1, (count, 3))


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


@pytest.mark.parametrize(("count", "stray"), [(8, True), (31, True), (32, False)])
def test_a_clump_of_few_points_apart_from_all_others_is_none_of_the_scans_parts(count: int, stray: bool) -> None:
    clump = ball(count, radius=0.05, center=(2, 2, 2)).points
    outlier = find_outliers(np.concatenate([ball(5_000).points, clump]), rng=rng())
    assert not outlier[:-count].any()
    assert (outlier[-count:] == stray).all()


def test_a_small_flat_island_is_a_part() -> None:
    cloud = torus(20_000)
    hole = np.linalg.norm(cloud.points - cloud.points[0], axis=1) < 0.25
    island = np.linalg.norm(cloud.points - cloud.points[0], axis=1) < 0.05
    assert 8 < island.sum() < 32
    assert not find_outliers(cloud.points[~hole | island], rng=rng()).any()


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_strays_beside_the_surface_are_found_and_no_edges_taken_for_them(noise: float) -> None:
    plate = noisy(thin_plate(20_000), noise)
    above = np.random.default_rng(1).uniform([-0.45, -0.45, 0.06], [0.45, 0.45, 0.12], (100, 3))
    outlier = find_outliers(np.concatenate([plate.points, above]), rng=rng())
    assert not outlier[: len(plate)].any()
    assert outlier[len(plate) :].mean() > 0.9


def test_a_fifth_of_strays_around_a_scan_is_found() -> None:
    cloud = torus(20_000)
    half = 0.6 * np.ptp(cloud.points, axis=0).max()
    outlier = find_outliers(
        np.concatenate([cloud.points, np.random.default_rng(1).uniform(-half, half, (4_000, 3))]), rng=rng()
    )
    assert not outlier[: len(cloud)].any()
    assert outlier[len(cloud) :].mean() > 0.9


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

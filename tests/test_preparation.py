import numpy as np
import pytest

from sap_core.frame import UnitFrame
from sap_core.geometry import PointCloud
from sap_core.scan.preparation import PreparedScan, prepare
from sap_core.scan.spacing import spacing
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, colored_ball
from tests.shapes import ball, noisy, thin_plate, torus, uneven


def prepared(scan: PointCloud, *, samples: int | None = None, seed: int = 0) -> PreparedScan:
    return prepare(scan, samples=samples, rng=np.random.default_rng(seed))


def with_strays(cloud: PointCloud, *strays: tuple[float, float, float]) -> PointCloud:
    colors = np.arange(len(cloud) + len(strays)).astype(np.uint8)[:, None].repeat(3, axis=1)
    return PointCloud(
        np.concatenate([strays, cloud.points]), np.concatenate([np.ones((len(strays), 3)), cloud.normals]), colors
    )


def test_an_ordinary_scan_stays_as_it_is() -> None:
    cloud = torus(3_000)
    scan = prepared(cloud)
    assert scan.notices == ()
    assert np.array_equal(scan.cloud.points, cloud.points)
    assert np.array_equal(scan.samples, scan.frame.to_unit(cloud.points))
    assert scan.samples.min() == pytest.approx(0.05)
    assert scan.samples.max() == pytest.approx(0.95)


def test_strays_are_left_out_with_all_that_belongs_to_them_and_do_not_shrink_the_scan() -> None:
    cloud = torus(3_000)
    full = with_strays(cloud, (50, 0, 0), (0, -80, 3))
    scan = prepared(full)
    assert scan.notices == ("2 of 3,002 points are far from all others and were left out",)
    assert np.array_equal(scan.cloud.points, cloud.points)
    assert np.array_equal(scan.cloud.normals, cloud.normals)
    assert np.array_equal(scan.cloud.colors, full.colors[2:])
    assert scan.frame.edge == UnitFrame.around(cloud.points).edge


def test_what_is_left_without_strays_must_enclose_a_volume() -> None:
    flat = np.random.default_rng(0).random((500, 3)) * [1, 1, 0]
    with pytest.raises(InputError, match="500 points of the scan, its outliers left out, lie in a plane"):
        prepared(PointCloud(np.concatenate([flat, [[0.5, 0.5, 9]]])))


def test_notices_of_the_cleaning_come_first() -> None:
    cloud = with_strays(torus(3_000), (50, 0, 0))
    points = cloud.points.copy()
    points[5] = np.nan
    assert prepared(PointCloud(points)).notices == (
        "1 of 3,001 points are NaN or infinite and were left out",
        "1 of 3,000 points are far from all others and were left out",
    )


def test_unusable_scans_are_refused() -> None:
    with pytest.raises(InputError, match="the scan has 3 points"):
        prepared(PointCloud(np.eye(3)))


def test_the_loss_measures_every_point_or_an_even_sample() -> None:
    cloud = uneven(torus(60_000), 5, sudden=True)
    twice = PointCloud(cloud.points.repeat(2, axis=0))
    assert len(prepared(twice).samples) == len(twice)
    assert len(prepared(twice, samples=10**6).samples) == len(cloud)  # duplicates tell nothing new
    even = prepared(cloud, samples=2_000).samples
    assert len(even) == 2_000
    assert (even[:, 0] < 0.5).sum() / (even[:, 0] > 0.5).sum() < 3
    assert np.abs(even - 0.5).max() <= 0.45


def test_equal_seeds_draw_equal_samples() -> None:
    first, again, other = (prepared(torus(3_000), samples=500, seed=seed).samples for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_spacing_and_noise_are_in_the_unit_frame(scale: float) -> None:
    cloud = noisy(ball(8_000), 0.005)
    edge = np.ptp(cloud.points, axis=0).max() / 0.9
    sampling = prepared(PointCloud(scale * cloud.points)).sampling
    assert sampling.spacing == pytest.approx(spacing(cloud.points) / edge, rel=1e-6)
    assert sampling.noise == pytest.approx(0.01 / edge, rel=0.2)


def test_map_coordinates_make_no_difference() -> None:
    ball, there = colored_ball(), prepared(colored_ball(offset=MAP_OFFSET))
    here = prepared(ball)
    assert there.sampling.spacing == pytest.approx(here.sampling.spacing, rel=1e-6)
    assert np.abs(np.sort(there.samples, axis=0) - np.sort(here.samples, axis=0)).max() < 1e-8


@pytest.mark.parametrize("count", [4, 5, 8, 9, 10, 12])
def test_a_handful_of_points_will_do(count: int) -> None:
    scan = prepared(PointCloud(ball(count).points), samples=50_000)
    assert len(scan.samples) == count
    assert scan.sampling.spacing > 0
    assert np.isfinite(scan.sampling.noise)


@pytest.mark.parametrize(
    ("cloud", "doubtful"),
    [
        (torus(20_000), False),
        (torus(1_000), False),
        (noisy(torus(20_000), 0.005), False),
        (thin_plate(20_000), False),
        (uneven(torus(20_000), 50), False),
        (noisy(torus(3_000), 0.06), True),
    ],
    ids=["clean", "few", "noisy", "thin", "uneven", "as noisy as a fifth of its thickness"],
)
def test_noise_that_asks_for_much_smoothing_makes_a_scan_doubtful(cloud: PointCloud, doubtful: bool) -> None:
    assert prepared(cloud).doubtful is doubtful


@pytest.mark.parametrize(("strays", "doubtful"), [(20, False), (1_000, True), (5_000, True), (20_000, True)])
def test_strays_make_a_scan_doubtful_whether_or_not_they_can_be_told(strays: int, doubtful: bool) -> None:
    spread = np.random.default_rng(1).uniform(-1.5, 1.5, (strays, 3))
    assert prepared(PointCloud(np.concatenate([torus(20_000).points, spread]))).doubtful is doubtful

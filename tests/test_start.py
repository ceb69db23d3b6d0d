import numpy as np
import pytest
import torch

from sap_core.config import Init, Start
from sap_core.geometry import PointCloud
from sap_core.scan.preparation import prepare
from sap_core.start import StartingPoints, starting_points
from sap_core.validate.error import InputError
from tests.shapes import ball, noisy, torus


def started(
    scan: PointCloud,
    *,
    init: Init = "auto",
    otherwise: Start = "orientation",
    count: int = 2_000,
    samples: int | None = 50_000,
) -> StartingPoints:
    rng = np.random.default_rng(0)
    prepared = prepare(scan, samples=samples, rng=rng)
    return starting_points(prepared, init=init, otherwise=otherwise, count=count, device=torch.device("cpu"), rng=rng)


def outward_share(start: StartingPoints, scan: PointCloud) -> float:
    """Of normals of points of the scan, by the scan's own normals."""
    unit = prepare(scan, samples=None, rng=np.random.default_rng(0)).samples
    nearest = np.linalg.norm(start.cloud.points[:300, None] - unit, axis=-1).argmin(1)
    return ((start.cloud.normals[:300] * scan.normals[nearest]).sum(1) > 0).mean()


def with_random_signs(scan: PointCloud) -> PointCloud:
    return PointCloud(scan.points, np.random.default_rng(0).choice([-1.0, 1.0], (len(scan), 1)) * scan.normals)


def with_random_normals(scan: PointCloud) -> PointCloud:
    return PointCloud(scan.points, np.random.default_rng(0).normal(size=scan.points.shape))


def bare(scan: PointCloud) -> PointCloud:
    return PointCloud(scan.points)


SCAN = torus(3_000)
INWARD = PointCloud(SCAN.points, -SCAN.normals)


@pytest.mark.parametrize("init", ["auto", "normals"])
@pytest.mark.parametrize(
    ("scan", "notice"),
    [
        (SCAN, "the scan's normals were used"),
        (INWARD, "the scan's normals were used, flipped: they pointed inward"),
    ],
    ids=["outward", "inward"],
)
def test_trustworthy_normals_are_used_outward(scan: PointCloud, notice: str, init: Init) -> None:
    for otherwise in ("orientation", "sphere"):
        start = started(scan, init=init, otherwise=otherwise)
        assert start.notices == (notice,)
        assert len(start.cloud) == 2_000
        assert outward_share(start, SCAN) == 1
        assert np.median(np.linalg.norm(start.cloud.normals, axis=1)) == pytest.approx(1)


def test_directions_are_kept_where_sides_are_not() -> None:
    start = started(with_random_signs(SCAN))
    assert start.notices == ("the scan's normals were used, 47% of them flipped: their sides did not fit together",)
    assert outward_share(start, SCAN) > 0.99


def test_normals_that_do_not_stand_on_the_surface_are_replaced() -> None:
    start = started(with_random_normals(SCAN))
    (notice,) = start.notices
    assert notice.startswith("the scan's normals were replaced: 8")
    assert notice.endswith("% of them are tilted by more than 30 degrees against the surface")
    assert np.array_equal(start.cloud.normals, started(bare(SCAN)).cloud.normals)


def test_normals_that_are_asked_for_are_used_even_then() -> None:
    start = started(with_random_normals(SCAN), init="normals")
    (notice,) = start.notices
    assert notice.startswith("the scan's normals were used as asked, though 8")
    assert 0.3 < outward_share(start, SCAN) < 0.7


def test_normals_of_a_scan_without_are_solved_for_alike_every_time() -> None:
    start, again = started(bare(SCAN)), started(bare(SCAN))
    assert np.array_equal(start.cloud.points, again.cloud.points)
    assert np.array_equal(start.cloud.normals, again.cloud.normals)
    assert start.notices == ()
    assert outward_share(start, SCAN) == 1
    assert np.median(np.linalg.norm(start.cloud.normals, axis=1)) == pytest.approx(1, abs=0.1)


def test_normals_are_solved_for_if_asked_whatever_the_scan_has() -> None:
    start = started(INWARD, init="orientation")
    assert start.notices == ()
    assert outward_share(start, SCAN) == 1


def test_normals_that_are_asked_for_and_missing_are_refused() -> None:
    with pytest.raises(InputError, match="no usable normals to start from"):
        started(bare(SCAN), init="normals")


@pytest.mark.parametrize(
    ("scan", "init", "notices"),
    [(bare(SCAN), "auto", 0), (with_random_normals(SCAN), "auto", 1), (SCAN, "sphere", 0), (bare(SCAN), "sphere", 0)],
    ids=["without normals", "random normals", "asked for", "asked for, without"],
)
def test_the_published_start_is_a_sphere(scan: PointCloud, init: Init, notices: int) -> None:
    start = started(scan, init=init, otherwise="sphere", count=1_234)
    assert len(start.notices) == notices
    assert len(start.cloud) == 1_234
    assert np.allclose(start.cloud.points, 0.5 + 0.2 * start.cloud.normals)


def test_there_are_no_more_points_than_the_scan_has() -> None:
    assert len(started(ball(500), count=2_000).cloud) == 500
    assert len(started(ball(500), count=200).cloud) == 200


def test_points_beyond_those_solved_for_take_the_normal_of_the_nearest() -> None:
    scan = ball(26_000)
    start = started(bare(scan), count=25_000)
    assert len(start.cloud) == 25_000
    late = start.cloud.take(np.arange(20_000, 25_000))
    assert (((late.points - 0.5) * late.normals).sum(1) > 0).all()


def test_a_cloud_that_cannot_settle_is_reported_with_its_share() -> None:
    start = started(PointCloud(np.random.default_rng(0).random((20_000, 3))))
    (notice,) = start.notices
    share, _, rest = notice.partition("%")
    assert 3 <= int(share) <= 100
    assert rest == " of the normals could not be settled: the scan may be open, too sparse or too noisy"
    assert np.isfinite(start.cloud.normals).all()


def test_an_open_sheet_takes_the_side_of_most_normals_for_the_outside() -> None:
    x, y = np.random.default_rng(0).random((2, 4_000))
    start = started(PointCloud(np.stack([x, 0.01 * np.sin(5 * x) * np.cos(4 * y), y], 1)))
    assert start.notices == ("the scan is an open sheet: the side towards +y was taken as its outside",)
    assert start.cloud.normals[:, 1].mean() > 0


@pytest.mark.parametrize("init", ["normals", "orientation"])
def test_duplicates_do_no_harm(init: Init) -> None:
    copied = ball(1_000).take(np.arange(1_000).repeat(30))
    start = started(copied, init=init, samples=None)
    assert np.isfinite(start.cloud.normals).all()
    assert (((start.cloud.points - 0.5) * start.cloud.normals).sum(1) > 0).all()


def test_sides_that_no_patch_tells_are_solved_for() -> None:
    clean = torus(3_000, minor=0.1)
    start = started(noisy(with_random_signs(clean), 0.004))
    assert start.notices[0].endswith("% of them flipped: their sides did not fit together")
    assert outward_share(start, clean) > 0.95

from collections.abc import Callable

import numpy as np
import pytest

from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, PointCloud
from sap_core.scan.given_normals import Judgement, judge_normals
from sap_core.scan.spacing import spacing
from sap_core.scan.survey import estimate_noise
from sap_core.schedule import Sampling
from tests.shapes import ball, box, moved, noisy, thin_plate, together, torus, uneven


def judged(
    cloud: PointCloud, normals: FloatArray | None = None, *, solved: Callable[[], FloatArray] | None = None
) -> Judgement:
    points = UnitFrame.around(cloud.points).to_unit(cloud.points)
    noise = estimate_noise(points, rng=np.random.default_rng(0))
    sampling = Sampling(spacing(points), noise, len(points))
    return judge_normals(points, cloud.normals if normals is None else normals, sampling=sampling, solved=solved)


def right_sides(judgement: Judgement, cloud: PointCloud) -> float:
    return ((judgement.normals * cloud.normals).sum(1) > 0).mean()


def random_signs(count: int, *, wrong: float) -> FloatArray:
    return np.where(np.random.default_rng(0).random((count, 1)) < wrong, -1.0, 1.0)


def sign_towards(cloud: PointCloud, place: tuple[float, float, float]) -> FloatArray:
    return np.sign(((place - cloud.points) * cloud.normals).sum(1, keepdims=True)) * cloud.normals


def sign_upward(cloud: PointCloud) -> FloatArray:
    return np.copysign(1.0, cloud.normals[:, 2:]) * cloud.normals


def from_the_middle(cloud: PointCloud) -> FloatArray:
    return cloud.points - cloud.points.mean(0)


def all_equal(cloud: PointCloud) -> FloatArray:
    return np.tile([0.0, 0.6, 0.8], (len(cloud), 1))


def hollow_ball() -> PointCloud:
    inner = ball(3_000, radius=0.7)
    return together(ball(6_000), PointCloud(inner.points, -inner.normals))


def two_parts() -> PointCloud:
    return together(torus(), torus(1_500, major=0.3, minor=0.1), moved(ball(300, radius=0.15), (0.8, 0, 1)))


def landscape(*, seed: int = 0) -> PointCloud:
    """Hills and valleys without an inside; the normals point up."""
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, 5_000))
    waves, phases = rng.normal(0, 4, (4, 2)), rng.uniform(0, 6, 4)
    angles = waves @ [x, y] + phases[:, None]
    slope = 0.04 * np.cos(angles).T @ waves
    return PointCloud(np.column_stack([x, y, 0.04 * np.sin(angles).sum(0)]), np.column_stack([-slope, np.ones(len(x))]))


def leaf(count: int = 8_000, *, thickness: float) -> PointCloud:
    """Both sides of a bent disc, which meet at its rim; thinner than its points are apart."""
    rng = np.random.default_rng(0)
    across, around = np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    x, y, side = across * np.cos(around), across * np.sin(around), rng.choice([-1.0, 1.0], count)
    upward = np.column_stack([-0.3 * x, 0.2 * y, np.ones(count)])
    upward /= np.linalg.norm(upward, axis=1, keepdims=True)
    height = side * thickness / 2 * np.sqrt(1 - across**2)
    middle = np.column_stack([x, y, 0.15 * x**2 - 0.1 * y**2])
    return PointCloud(middle + height[:, None] * upward, side[:, None] * upward)


def room(*, ceiling: bool) -> PointCloud:
    """Seen from within: a floor and four walls, one with a door, and a table; the normals point into the room."""
    walls = box(16_000, size=(5, 4, 2.6))
    seen = (walls.points[:, 0] < 2.4) | (np.abs(walls.points[:, 1]) > 0.8)
    seen &= ceiling | (walls.normals[:, 2] < 0.5)
    table = moved(box(2_000, size=(1.6, 0.8, 0.8), seed=1), (-1.2, -0.8, -0.9))
    seen_of_table = table.normals[:, 2] > -0.5
    return noisy(together(PointCloud(walls.points[seen], -walls.normals[seen]), table.take(seen_of_table)), 0.001)


CLOSED = {
    "ball": ball(),
    "torus": torus(),
    "plate": thin_plate(),
    "hollow ball": hollow_ball(),
    "two parts": two_parts(),
    "uneven": uneven(torus(20_000), 20),
    "uneven hollow ball": uneven(hollow_ball(), 10),
    "noisy": noisy(torus(), 0.005),
    "leaf": leaf(thickness=0.02),
    "thinner leaf": leaf(thickness=0.004),
    "few": ball(30),
}


@pytest.mark.parametrize("cloud", CLOSED.values(), ids=CLOSED.keys())
def test_outward_normals_are_used_and_inward_ones_flipped(cloud: PointCloud) -> None:
    outward, inward = judged(cloud), judged(cloud, -cloud.normals)
    assert (outward.verdict, outward.share) == ("used", 0)
    assert (inward.verdict, inward.share) == ("flipped", 1)
    assert np.allclose(outward.normals, inward.normals)
    assert right_sides(outward, cloud) == 1


HABITS = {
    "upward": sign_upward,
    "towards a sensor": lambda cloud: sign_towards(cloud, (4.0, 2.0, 3.0)),
    "towards a sensor near by": lambda cloud: sign_towards(cloud, (1.5, 0.4, 0.6)),
    "towards the origin": lambda cloud: sign_towards(cloud, (0.02, 0.03, 0.05)),
}


@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS.keys())
@pytest.mark.parametrize("name", ["torus", "hollow ball", "noisy"])
def test_sides_by_habit_are_put_right(name: str, habit: Callable[[PointCloud], FloatArray]) -> None:
    cloud = CLOSED[name]
    given = habit(cloud)
    found = judged(cloud, given)
    assert found.verdict == "re-signed"
    assert right_sides(found, cloud) > 0.99
    assert np.allclose(np.abs((found.normals * given).sum(1)), np.linalg.norm(found.normals, axis=1))
    assert found.share == pytest.approx(((given * cloud.normals).sum(1) < 0).mean(), abs=0.01)


@pytest.mark.parametrize("turned", [slice(8_000, 9_500), slice(9_500, 9_800)], ids=["a torus", "a ball"])
def test_a_part_that_is_inside_out_is_turned(turned: slice) -> None:
    cloud = two_parts()
    given = cloud.normals.copy()
    given[turned] *= -1
    found = judged(cloud, given)
    assert found.verdict == "re-signed"
    assert right_sides(found, cloud) == 1


@pytest.mark.parametrize("wrong_normals", [from_the_middle, all_equal], ids=["from the middle", "all equal"])
@pytest.mark.parametrize("name", ["torus", "uneven", "noisy"])
def test_what_does_not_stand_on_the_surface_is_not_believed(
    name: str, wrong_normals: Callable[[PointCloud], FloatArray]
) -> None:
    cloud = CLOSED[name]
    given = wrong_normals(cloud)
    found = judged(cloud, given, solved=lambda: cloud.normals)
    assert found.verdict == "tilted"
    cosines = (given * cloud.normals).sum(1) / np.linalg.norm(given, axis=1)
    assert found.share == pytest.approx((np.abs(cosines) < np.cos(np.radians(30))).mean(), abs=0.05)


def test_directions_that_are_merely_rough_are_kept() -> None:
    rough = torus().normals + np.random.default_rng(0).normal(0, 0.3, (8_000, 3))
    assert judged(torus(), rough).verdict == "used"


@pytest.mark.parametrize("cloud", [noisy(thin_plate(), 0.01), noisy(torus(), 0.02)], ids=["plate", "torus"])
def test_noise_condemns_no_directions(cloud: PointCloud) -> None:
    assert judged(cloud).verdict == "used"


@pytest.mark.parametrize(
    "cloud", [noisy(torus(), 0.005), leaf(thickness=0.02), ball(100)], ids=["noisy", "leaf", "few"]
)
def test_random_signs_are_those_of_the_solution(cloud: PointCloud) -> None:
    found = judged(cloud, random_signs(len(cloud), wrong=0.5) * cloud.normals, solved=lambda: 3 * cloud.normals)
    assert found.verdict == "re-signed"
    assert right_sides(found, cloud) > 0.97
    assert found.share == pytest.approx(0.5, abs=0.1)


def test_signs_that_nothing_explains_contradict_each_other() -> None:
    cloud = leaf(thickness=0.02)
    given = random_signs(len(cloud), wrong=0.5) * cloud.normals
    for solved in (None, lambda: given):
        found = judged(cloud, given, solved=solved)
        assert found.verdict == "contradictory"
        assert found.share == pytest.approx(0.5, abs=0.1)


def test_points_beyond_those_judged_follow_the_nearest_of_them() -> None:
    cloud = torus(26_000)
    found = judged(cloud, sign_upward(cloud))
    assert found.verdict == "re-signed"
    assert right_sides(found, cloud) == 1


@pytest.mark.parametrize("length", [1e-3, 1e3])
def test_the_length_of_normals_does_not_matter(length: float) -> None:
    cloud = torus()
    lengths = length * np.random.default_rng(0).uniform(0.1, 10, (8_000, 1))
    found = judged(cloud, -lengths * cloud.normals)
    assert found.verdict == "flipped"
    assert np.allclose(found.normals, judged(cloud).normals)


@pytest.mark.parametrize("seed", range(6))
def test_the_normals_of_a_landscape_are_neither_flipped_nor_solved_for(seed: int) -> None:
    def solved() -> FloatArray:
        pytest.fail("nothing contradicts itself that could be solved for")

    cloud = landscape(seed=seed)
    assert judged(cloud, solved=solved).verdict == "used"
    assert judged(cloud, -cloud.normals, solved=solved).verdict == "used"


@pytest.mark.parametrize("ceiling", [True, False], ids=["closed", "without a ceiling"])
def test_a_room_seen_from_within_is_one_solid(ceiling: bool) -> None:
    cloud = room(ceiling=ceiling)
    assert judged(cloud).verdict == "flipped"
    assert judged(cloud, -cloud.normals).verdict == "used"


def test_lengths_are_in_proportion_to_the_area_around_each_point() -> None:
    cloud = uneven(torus(40_000), 5, sudden=True)
    found = judged(cloud, 3 * cloud.normals)
    lengths = np.linalg.norm(found.normals, axis=1)
    assert np.allclose(found.normals, lengths[:, None] * cloud.normals)
    assert np.median(lengths) == pytest.approx(1)
    dense = cloud.points[:, 0] < 0  # the halves have equal areas
    assert lengths[dense].sum() == pytest.approx(lengths[~dense].sum(), rel=0.1)


def test_duplicates_leave_normals_finite() -> None:
    cloud = ball(500)
    copied = judged(cloud.take(np.arange(500).repeat(30)))
    assert copied.verdict == "used"
    assert np.allclose(copied.normals, judged(cloud).normals.repeat(30, axis=0))

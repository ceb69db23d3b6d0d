import numpy as np
import pytest
import trimesh

from sap_core import Reconstruction, Settings, SurfaceVanished, compare, reconstruct, start
from sap_core.config import Init
from sap_core.geometry import Mesh, PointCloud
from sap_core.learned import predict, shipped_weights
from sap_core.learned.belief import belonging
from sap_core.learned.guess import Guess, guess
from tests.scans import MAP_OFFSET, ball_mesh
from tests.shapes import ball

STRAYS = 1_000
_BALL = trimesh.creation.icosphere(5)
FINE_BALL = Mesh(np.asarray(_BALL.vertices), np.asarray(_BALL.faces))


@pytest.fixture(scope="module")
def littered() -> PointCloud:
    """A ball of radius 1, whose last third of points are spread over a box around it."""
    strays = np.random.default_rng(3).uniform(-1, 1, (STRAYS, 3))
    return PointCloud(np.concatenate([ball(2_000).points, strays]))


def test_stray_points_are_not_believed(littered: PointCloud) -> None:
    found = guess(littered, device="cpu", seed=0)
    assert found.believed[:-STRAYS].mean() > 0.97
    far = np.abs(np.linalg.norm(littered.points[-STRAYS:], axis=1) - 1) > 0.3
    assert found.believed[-STRAYS:][far].mean() < 0.2


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_as_many_points_are_doubted_as_are_strays(share: float) -> None:
    """Around a surface that is a little too large, in a scan with noise."""
    rng = np.random.default_rng(4)
    points = ball(3_000).points + 0.02 * rng.normal(size=(3_000, 3))
    strays = int(share * len(points))
    points[:strays] = rng.uniform(-1.5, 1.5, (strays, 3))
    surface = Mesh(1.02 * FINE_BALL.vertices, FINE_BALL.faces)
    likely = belonging(points, surface, rng=rng)
    assert likely.mean() == pytest.approx(1 - share, abs=0.03)
    assert (likely[strays:] > 0.5).mean() > 0.98
    assert (likely[:strays] > 0.5).sum() <= 0.15 * strays


def test_points_on_the_surface_belong_to_it() -> None:
    likely = belonging(FINE_BALL.vertices, FINE_BALL, rng=np.random.default_rng(0))
    assert (likely > 0.99).all()


def test_a_part_that_the_network_misses_is_believed_and_strays_are_not() -> None:
    """Its points are nearer to each other than strays are."""
    part = ball(500, radius=0.4, center=(2.0, 0.0, 0.0)).points
    strays = np.random.default_rng(5).uniform((-1, -1, -1), (2.4, 1, 1), (1_000, 3))
    points = np.concatenate([ball(3_000).points, part, strays])
    believed = belonging(points, FINE_BALL, rng=np.random.default_rng(0)) > 0.5
    assert believed[:3_000].mean() > 0.97
    assert believed[3_000:3_500].mean() > 0.97
    apart = (
        np.minimum(np.abs(np.linalg.norm(strays, axis=1) - 1), np.linalg.norm(strays - (2, 0, 0), axis=1) - 0.4) > 0.2
    )
    assert believed[3_500:][apart].mean() < 0.1


@pytest.mark.parametrize(("strays", "reach"), [(20_000, 1.0), (2_000, 6.0)])
def test_of_a_dense_scan_the_network_sees_the_surface_and_not_strays_above_all(strays: int, reach: float) -> None:
    """Those lie far apart, so that points drawn evenly would be of them, and make the box of the scan larger."""
    spread = np.random.default_rng(7).uniform(-reach, reach, (strays, 3))
    littered = PointCloud(np.concatenate([ball(20_000).points, spread]))
    clean, found = (
        compare(predict(scan, shipped_weights()).mesh, ball_mesh(), samples=20_000).chamfer_l1
        for scan in (ball(20_000), littered)
    )
    assert found < 1.2 * clean


def test_all_of_a_clean_scan_is_believed() -> None:
    assert guess(ball(3_000), device="cpu", seed=0).believed.all()


def test_the_guess_is_made_in_the_frame_of_the_scan(littered: PointCloud) -> None:
    near, far = (
        guess(PointCloud(factor * littered.points + offset), device="cpu", seed=0)
        for factor, offset in ((1, 0), (40, MAP_OFFSET))
    )
    assert (near.believed == far.believed).mean() > 0.99
    assert np.allclose((far.mesh.vertices - MAP_OFFSET) / 40, near.mesh.vertices, atol=1e-3)


def test_points_that_are_not_finite_are_left_to_those_who_speak_of_them(littered: PointCloud) -> None:
    points = littered.points.copy()
    points[:5] = np.nan
    assert guess(PointCloud(points), device="cpu", seed=0).believed[:5].all()


def test_an_optimisation_that_starts_from_the_guess_is_nearer_to_the_truth_and_auto_takes_it(
    littered: PointCloud,
) -> None:
    shared = {"preset": "fast", "resolution": 64, "steps": 8}
    alone, guided, by_itself = (
        compare(reconstruct(littered, **shared, init=init), ball_mesh()).chamfer_l1
        for init in ("orientation", "learned", "auto")
    )
    assert guided < 0.6 * alone
    assert by_itself == pytest.approx(guided, rel=0.01)


@pytest.mark.parametrize("init", ["auto", "orientation"])
def test_a_scan_that_tells_enough_by_itself_needs_no_network(
    monkeypatch: pytest.MonkeyPatch, init: Init, littered: PointCloud
) -> None:
    def asked(*_: object, **__: object) -> Guess:
        raise AssertionError("a network was asked")

    monkeypatch.setattr(start, "guess", asked)
    scan = ball(5_000) if init == "auto" else littered
    Reconstruction(PointCloud(scan.points), Settings(preset="fast", resolution=32, init=init))


def test_auto_does_without_a_network_that_sees_nothing(monkeypatch: pytest.MonkeyPatch, littered: PointCloud) -> None:
    def sees_nothing(*_: object, **__: object) -> Guess:
        raise SurfaceVanished

    monkeypatch.setattr(start, "guess", sees_nothing)
    assert len(Reconstruction(littered, Settings(preset="fast", resolution=32)).scan) > 0.9 * len(littered)
    with pytest.raises(SurfaceVanished):
        Reconstruction(littered, Settings(preset="fast", resolution=32, init="learned"))


@pytest.mark.parametrize(("sees_all", "settled"), [(True, False), (False, False), (True, True)])
def test_a_run_starts_from_the_guess_where_normals_are_not_settled_unless_it_misses_much_of_the_scan(
    monkeypatch: pytest.MonkeyPatch, sees_all: bool, settled: bool
) -> None:
    small = ball(1_000, radius=0.5, center=(2.0, 0.0, 0.0)).points
    scan = PointCloud(np.concatenate([ball(3_000).points, small]))
    scan = PointCloud(scan.points + 0.02 * np.random.default_rng(6).normal(size=(len(scan), 3)))
    other = 0.5 * FINE_BALL.vertices + (2, 0, 0)
    both = Mesh(
        np.concatenate([FINE_BALL.vertices, other]),
        np.concatenate([FINE_BALL.faces, FINE_BALL.faces + len(FINE_BALL.vertices)]),
    )
    answer = Guess(both if sees_all else FINE_BALL, np.ones(len(scan), np.bool_))
    monkeypatch.setattr(start, "guess", lambda *_, **__: answer)
    solve = start.starting_points
    monkeypatch.setattr(
        start, "starting_points", lambda *args, **named: solve(*args, **named)._replace(settled=settled)
    )
    run = Reconstruction(scan, Settings(preset="fast", init="learned"))
    taken = sees_all and not settled  # what is settled follows the noise, and so comes nearer
    first = run.oriented_points().points
    nearest = np.minimum(
        *(np.abs(np.linalg.norm(first - c, axis=1) - r) for c, r in (((0, 0, 0), 1.0), ((2, 0, 0), 0.5)))
    )
    assert any("the start is not the network's surface" in notice for notice in run.notices) is not taken
    assert (np.percentile(nearest, 90) < 0.01) is np.bool_(taken)  # on what the network sees, or on noisy points
    assert (first[:, 0] > 1.4).mean() == pytest.approx(0.2, abs=0.06)


def test_a_run_says_what_it_left_out_and_goes_on_from_a_checkpoint(littered: PointCloud) -> None:
    settings = Settings(preset="fast", resolution=32, steps=4, init="learned")
    run = Reconstruction(littered, settings)
    assert any("were left out" in notice and "network" in notice for notice in run.notices)
    run.step()
    kept = run.checkpoint()
    losses = [run.step() for _ in range(3)]
    again = Reconstruction.resume(littered, kept)
    assert [again.step() for _ in range(3)] == losses
    again.reset()
    assert again.step_count == 0

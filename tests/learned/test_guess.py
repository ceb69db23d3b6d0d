import numpy as np
import pytest

from sap_core import Reconstruction, Settings, compare, reconstruct
from sap_core.geometry import PointCloud
from sap_core.learned.guess import guess
from tests.scans import MAP_OFFSET, ball_mesh
from tests.shapes import ball

STRAYS = 1_000


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


def test_all_of_a_clean_scan_is_believed() -> None:
    assert guess(ball(3_000), device="cpu", seed=0).believed.all()


def test_the_guess_is_made_in_the_frame_of_the_scan(littered: PointCloud) -> None:
    near, far = (
        guess(PointCloud(factor * littered.points + offset), device="cpu", seed=0)
        for factor, offset in ((1, 0), (40, MAP_OFFSET))
    )
    assert (near.believed == far.believed).mean() > 0.99
    assert np.allclose((far.cloud.points - MAP_OFFSET) / 40, near.cloud.points, atol=1e-3)
    assert far.cloud.normals is not None
    outward = np.einsum("nc,nc->n", far.cloud.normals, far.cloud.points - MAP_OFFSET)
    assert (outward > 0).mean() > 0.9
    assert np.median(np.linalg.norm(far.cloud.normals, axis=1)) == pytest.approx(1, rel=0.2)


def test_points_that_are_not_finite_are_left_to_those_who_speak_of_them(littered: PointCloud) -> None:
    points = littered.points.copy()
    points[:5] = np.nan
    assert guess(PointCloud(points), device="cpu", seed=0).believed[:5].all()


def test_an_optimisation_that_starts_from_the_guess_is_nearer_to_the_truth(littered: PointCloud) -> None:
    shared = {"preset": "fast", "resolution": 64, "steps": 8}
    alone, guided = (compare(reconstruct(littered, **shared, init=init), ball_mesh()) for init in ("auto", "learned"))
    assert guided.chamfer_l1 < 0.6 * alone.chamfer_l1


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

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from sap_core.geometry import FloatArray
from sap_core.learned.config import Corruption
from sap_core.learned.corruption import corrupt
from sap_core.mesh.sampling import sphere

CENTER = np.full(3, 0.5)
CLEAN = Corruption(points=500, fewest_points=500, noise=0.0, outliers=0.0, occlusion=0.0)


@pytest.fixture
def ball() -> FloatArray:
    return sphere(8_000, radius=0.4, center=CENTER, rng=np.random.default_rng(0)).points


def scans(ball: FloatArray, settings: Corruption, count: int = 30) -> list[FloatArray]:
    return [corrupt(ball, settings, np.random.default_rng(seed)) for seed in range(count)]


def radii(points: FloatArray) -> FloatArray:
    return np.linalg.norm(points - CENTER, axis=1)


def test_a_clean_scan_is_drawn_from_the_surface(ball: FloatArray) -> None:
    (scan,) = scans(ball, CLEAN, 1)
    assert scan.shape == (500, 3)
    assert cKDTree(ball).query(scan)[0].max() == 0
    assert len(np.unique(scan, axis=0)) == 500


def test_the_same_numbers_make_the_same_scan(ball: FloatArray) -> None:
    first, second = (corrupt(ball, Corruption(), np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first, second)


def test_noise_reaches_from_none_to_the_largest(ball: FloatArray) -> None:
    spread = [radii(scan).std() for scan in scans(ball, replace(CLEAN, noise=0.05))]
    assert min(spread) < 0.01
    assert 0.04 < max(spread) < 0.055


def test_half_of_the_scans_have_outliers_up_to_the_largest_share(ball: FloatArray) -> None:
    shares = np.array([(np.abs(radii(scan) - 0.4) > 1e-6).mean() for scan in scans(ball, replace(CLEAN, outliers=0.5))])
    assert 0.3 < (shares == 0).mean() < 0.7
    assert 0.35 < shares.max() <= 0.5


def test_sparse_scans_are_filled_up_by_repeating_points(ball: FloatArray) -> None:
    found = [len(np.unique(scan, axis=0)) for scan in scans(ball, replace(CLEAN, fewest_points=100))]
    assert 100 <= min(found) < 200
    assert 400 < max(found) <= 500


def test_an_occluded_scan_shows_the_side_that_is_seen(ball: FloatArray) -> None:
    for scan in scans(ball, replace(CLEAN, occlusion=1.0, views=1), 5):
        directions = (scan - CENTER) / 0.4
        middle = directions.mean(0) / np.linalg.norm(directions.mean(0))
        # From a distance of 2 a ball of radius 0.4 is seen to where its normal has a cosine of 0.2 to the view.
        assert np.quantile(directions @ middle, 0.02) > 0.0

import numpy as np
import pytest

from sap_core.geometry import FloatArray
from sap_core.scan.denoising import denoise
from sap_core.schedule import Sampling
from tests.shapes import ball

RADIUS = 0.4
AREA = 4 * np.pi * RADIUS**2


def noisy_ball(count: int, noise: float) -> tuple[FloatArray, Sampling]:
    """Points that lie off a sphere by so much along its normals, and how they sample it."""
    rng = np.random.default_rng(0)
    normals = ball(count, radius=1.0).normals
    assert normals is not None
    points = normals * (RADIUS + noise * rng.normal(size=(count, 1)))
    return points, Sampling(float(np.sqrt(AREA / count)), noise)


def deviation(points: FloatArray) -> float:
    return float((np.linalg.norm(points, axis=1) - RADIUS).std())


@pytest.mark.parametrize(("count", "left"), [(30_000, 0.8), (100_000, 0.4), (400_000, 0.3)])
def test_samples_of_a_dense_noisy_scan_lose_noise(count: int, left: float) -> None:
    points, sampling = noisy_ball(count, noise=0.004)
    samples = points[:5_000]
    found = denoise(samples, points, sampling=sampling, rng=np.random.default_rng(0))
    assert found.shape == samples.shape
    assert deviation(found) < left * deviation(samples)
    assert abs(np.linalg.norm(found, axis=1).mean() - RADIUS) < 0.1 * sampling.noise


def test_samples_move_along_the_normal_only() -> None:
    points, sampling = noisy_ball(100_000, noise=0.004)
    samples = points[:2_000]
    moves = denoise(samples, points, sampling=sampling, rng=np.random.default_rng(0)) - samples
    outward = samples / np.linalg.norm(samples, axis=1, keepdims=True)
    along = (moves * outward).sum(1, keepdims=True)
    assert np.linalg.norm(moves - along * outward, axis=1).mean() < 0.3 * np.abs(along).mean()


@pytest.mark.parametrize(("count", "noise"), [(100_000, 1e-5), (2_000, 0.004)], ids=["clean", "sparse"])
def test_what_has_nothing_to_take_the_mean_of_stays(count: int, noise: float) -> None:
    points, sampling = noisy_ball(count, noise)
    assert np.array_equal(denoise(points, points, sampling=sampling, rng=np.random.default_rng(0)), points)


def test_few_points_can_be_denoised() -> None:
    points, _ = noisy_ball(10, noise=0.1)
    found = denoise(points, points, sampling=Sampling(0.01, 0.1), rng=np.random.default_rng(0))
    assert np.isfinite(found).all()

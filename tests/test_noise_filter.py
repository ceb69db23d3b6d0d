import math

import numpy as np
import pytest
import torch
from torch import Tensor

from sap_core.noise_filter import _BETWEEN_MEANS, _CELL, _COUNTED, _IN_COMMON, _SURELY_NOISE, NoiseFilter, _Means

RADIUS = 0.35
COUNT = 30_000
SPACING = RADIUS * math.sqrt(4 * math.pi / COUNT)
NOISE = 1e-3
ONE_WAY = torch.tensor([0.74, 0.37, -0.56])  # of about unit length
ACROSS = torch.tensor([0.0, 0.8, -0.6])


def directions(*, seed: int = 0) -> Tensor:
    found = np.random.default_rng(seed).normal(size=(COUNT, 3))
    return torch.tensor(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=torch.float32)


def white(*, seed: int) -> Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(0, NOISE, COUNT), dtype=torch.float32)


def wave(towards: Tensor, way: Tensor, *, spacings: float) -> Tensor:
    """Heights so many spacings from crest to crest, with the mean square of the noise."""
    return 2**0.5 * NOISE * torch.sin(2 * math.pi * RADIUS / (spacings * SPACING) * towards @ way)


def rms(values: Tensor) -> float:
    return float(values.square().mean().sqrt())


def gain(values: Tensor, over: Tensor) -> float:
    """The factor by which heights are found."""
    return float(values @ over / (over @ over))


TOWARDS = directions()
SAMPLES = 0.5 + RADIUS * TOWARDS


@pytest.fixture(scope="module")
def filtering() -> NoiseFilter:
    return NoiseFilter(spacing=SPACING, noise=NOISE)


@pytest.fixture(scope="module")
def clean() -> NoiseFilter:
    return NoiseFilter(spacing=SPACING, noise=0.0)


# --- the constants ---


@pytest.mark.parametrize("seed", [1, 2])
def test_the_constants_hold_for_white_noise_on_a_sphere(seed: int) -> None:
    noise, nodes = white(seed=seed) / NOISE, int(1 / (_CELL * SPACING))
    samples = 0.5 + RADIUS * directions(seed=10 + seed)
    means = _Means(samples, nodes)
    narrow = means.of(noise)
    wide = _Means(samples, nodes // 2).of(narrow)
    density = means.count / _COUNTED
    of_means = (1 / means.count).mean()
    assert 1 / float((density * narrow.square()).mean()) == pytest.approx(_COUNTED, rel=0.15)
    assert float((1 - (noise - narrow).square()).mean() / of_means) == pytest.approx(_IN_COMMON, rel=0.15)
    assert float((narrow - wide).square().mean() / of_means) == pytest.approx(_BETWEEN_MEANS, rel=0.15)


def test_the_means_of_what_is_the_same_everywhere_are_that() -> None:
    assert torch.allclose(_Means(SAMPLES, 100).of(torch.full((COUNT,), 0.3)), torch.tensor(0.3), atol=1e-5)


# --- noise ---


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_white_noise_is_filtered_away(filtering: NoiseFilter, seed: int) -> None:
    signal = filtering.signal(white(seed=seed), SAMPLES)
    kept = 1 - _SURELY_NOISE  # of its heights, for no more than that is surely noise
    assert signal.deviation < (kept + 0.1) * rms(signal.measured)
    assert signal.share < 0.12  # 0.2^2 in the mean, and more where it is largest


def test_no_more_is_taken_for_noise_than_the_scan_is_known_to_have(clean: NoiseFilter) -> None:
    barely = NoiseFilter(spacing=SPACING, noise=NOISE / 4)
    noise = white(seed=1)
    assert barely.signal(noise, SAMPLES).deviation > 0.9 * rms(noise)
    assert torch.allclose(clean.signal(noise, SAMPLES).values, noise, rtol=0, atol=1e-6 * NOISE)


@pytest.mark.parametrize("spacings", [3, 10, 40])
def test_a_clean_signal_comes_back_unchanged(clean: NoiseFilter, spacings: float) -> None:
    heights = wave(TOWARDS, ONE_WAY, spacings=spacings)
    signal = clean.signal(heights, SAMPLES)
    assert float((signal.values - heights).abs().max()) < 1e-6 * NOISE
    assert signal.share == pytest.approx(1)
    assert signal.deviation == pytest.approx(rms(heights))


# --- shape ---


@pytest.mark.parametrize("seed", [1, 2])
def test_a_wave_many_spacings_long_is_kept_under_as_much_noise(filtering: NoiseFilter, seed: int) -> None:
    heights = wave(TOWARDS, ONE_WAY, spacings=40)
    signal = filtering.signal(heights + white(seed=seed), SAMPLES)
    assert gain(signal.values, heights) == pytest.approx(1, abs=0.1)
    assert rms(signal.values - heights) < 0.35 * NOISE  # no more than noise by itself leaves, and the tenth


def test_the_share_tells_shape_from_noise(filtering: NoiseFilter) -> None:
    heights = wave(TOWARDS, ONE_WAY, spacings=40)
    by_height = [filtering.signal(times * heights + white(seed=1), SAMPLES).share for times in (0, 0.5, 1, 2, 4)]
    assert by_height == sorted(by_height)
    assert by_height[0] < 0.12
    assert by_height[-1] > 0.95
    assert filtering.signal(heights, SAMPLES).share > 0.98
    assert filtering.signal(torch.zeros(COUNT), SAMPLES).share == 0


def test_detail_is_followed_where_it_is_and_noise_nowhere(filtering: NoiseFilter) -> None:
    half = (TOWARDS[:, 0] > 0).float()
    heights = 3 * half * wave(TOWARDS, ACROSS, spacings=10)
    values = filtering.signal(heights + white(seed=1), SAMPLES).values
    there, elsewhere = TOWARDS[:, 0] > 0.3, TOWARDS[:, 0] < -0.3
    assert gain(values[there], heights[there]) == pytest.approx(1, abs=0.1)
    assert rms((values - heights)[there]) < 0.7 * NOISE  # nearer to the shape than the samples are
    assert rms(values[elsewhere]) < 0.3 * NOISE


def test_the_share_is_at_most_the_whole_beside_what_has_no_deviation_at_all(clean: NoiseFilter) -> None:
    heights = (TOWARDS[:, 0] > 0).float() * wave(TOWARDS, ACROSS, spacings=10)
    for filtering in (clean, NoiseFilter(spacing=SPACING, noise=NOISE)):
        assert 0.9 < filtering.signal(heights, SAMPLES).share <= 1


# --- few samples, and far ones ---


def test_samples_that_lie_alone_are_no_trouble() -> None:
    """Wide means look at some of the samples alone, and not at these."""
    alone = torch.tensor([[0.01, 0.01, 0.01], [0.99, 0.02, 0.5], [0.5, 0.5, 0.5]])
    samples = torch.cat((SAMPLES[:-3], alone))
    distances = white(seed=1)
    distances[-3:] = torch.tensor([0.1, -0.1, 0.0])
    signal = NoiseFilter(spacing=SPACING, noise=NOISE).signal(distances, samples)
    assert signal.values.isfinite().all()
    assert 0 <= signal.share <= 1
    assert rms(signal.values[:-3]) < 0.3 * NOISE
    assert bool((signal.values[-3:].abs() <= distances[-3:].abs() + 1e-6).all())


def test_a_single_sample_is_no_trouble() -> None:
    place = torch.tensor([[0.5, 0.5, 0.5]])
    signal = NoiseFilter(spacing=0.1, noise=0.1).signal(torch.tensor([0.01]), place)
    assert signal.values.isfinite().all()
    assert 0 <= signal.share <= 1

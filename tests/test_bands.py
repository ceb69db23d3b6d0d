import math
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from sap_core.geometry import FloatArray
from sap_core.solver.bands import PROLONGATION, SPLAT, Band, Paths, gaussians, smoothing_of_levels
from sap_core.solver.lattice import BLOCK, BlockLattice
from tests.lattices import everywhere, lattice_at, nodes_of, random_values, scattered

SIGMAS = [0.5, 1.0, 1.45, 2.0, 3.3, 5.9, 6.0, 7.5, 10.0]
FREQUENCIES = np.linspace(1e-3, np.pi, 1_000)
CLOUD = lattice_at({(0, 0, 0), (1, 1, 0), (1, 1, 1), (2, 0, 1), (3, 3, 3), (3, 4, 3)}, 40)  # beside, across and alone
BORDER = lattice_at({(-1, -1, 1), (-1, 0, 1), (0, 0, 1), (4, 5, 5), (5, 5, 5), (4, 4, 4)}, 40)


def smoothed(variance: float) -> FloatArray:
    """A Gaussian in frequency space, by the Laplacian."""
    return -np.exp(-0.5 * variance * FREQUENCIES**2) / FREQUENCIES**2


def bands_of(sigma: float) -> list[tuple[float, float]]:
    return smoothing_of_levels(sigma, 3)[:-1]


@pytest.mark.parametrize("sigma", SIGMAS)
def test_gaussians_sum_to_the_band(sigma: float) -> None:
    for narrow, broad in bands_of(sigma):
        found = sum(
            (term.weight * np.exp(-0.5 * term.variance * FREQUENCIES**2) for term in gaussians(narrow, broad)),
            np.zeros_like(FREQUENCIES),
        )
        strongest = (broad - narrow) / 2  # at frequency 0
        assert np.abs(found - (smoothed(narrow) - smoothed(broad))).max() <= 0.012 * strongest


def test_more_gaussians_are_taken_for_a_wider_band() -> None:
    for octaves in range(1, 9):
        terms = gaussians(1.0, 2.0**octaves)
        assert len(terms) >= octaves / 2
        assert all(1 < term.variance < 2**octaves for term in terms)
        assert sum(term.weight for term in terms) == pytest.approx(-(2**octaves - 1) / 2, rel=0.012)
    assert gaussians(1.0, 1.0) == []


@pytest.mark.parametrize("levels", range(5))
@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_levels_add_up_to_the_smoothing_of_the_finest(sigma: float, levels: int) -> None:
    """With the smoothing by splat, and by the prolongations from a level to the finest."""
    *bands, (base, also_base) = smoothing_of_levels(sigma, levels)
    assert base == also_base
    total, cell, prolonged = np.zeros_like(FREQUENCIES), 1.0, 0.0  # in cells of the finest squared
    for narrow, broad in bands:
        assert narrow <= broad
        total += smoothed(cell * (narrow + SPLAT) + prolonged) - smoothed(cell * (broad + SPLAT) + prolonged)
        prolonged += cell * PROLONGATION
        cell *= 4
    total += smoothed(cell * (base + SPLAT) + prolonged)
    exact = smoothed((sigma / math.pi) ** 2 + SPLAT)
    assert np.abs(total / exact - 1).max() < 1e-9


@pytest.mark.parametrize("sigma", SIGMAS)
def test_a_grid_holds_only_what_it_represents(sigma: float) -> None:
    """All levels but the finest are smoothed as with sigma 2 at least."""
    for narrow, _ in smoothing_of_levels(sigma, 4)[1:]:
        assert narrow >= (2 / math.pi) ** 2 - 1e-12


def direct(values: Tensor, lattice: BlockLattice, narrow: float, broad: float, factor: float) -> Tensor:
    """From every node in and around the cube to every other, whether there are blocks or not: (A * 512,)."""
    reach = Band(narrow, broad, factor, like=values).reach
    waves = torch.linspace(0, math.pi, 4_001, dtype=torch.double)
    distances = torch.arange(reach + 1, dtype=torch.double)
    node = torch.arange(-BLOCK, lattice.resolution + BLOCK)
    away = (node[:, None] - node).abs()
    places = tuple((nodes_of(lattice) + BLOCK).unbind(1))
    field = torch.zeros(3 * (len(node),), dtype=torch.double)
    field[places] = values[:-1].flatten()
    total = torch.zeros_like(field)
    for term in gaussians(narrow, broad):
        spectrum = torch.exp(-0.5 * term.variance * waves**2)  # as the grid can hold it
        taps = torch.trapezoid(spectrum * torch.cos(distances[:, None] * waves), waves) / math.pi
        along = torch.where(away <= reach, taps[away.clamp(max=reach)], 0)
        part = field
        for _ in range(3):  # each turns the axes round by one
            part = torch.tensordot(part, along, ([0], [0]))
        total += factor * term.weight * part
    return total[places]


@pytest.mark.parametrize("lattice", [CLOUD, BORDER], ids=["inside", "border"])
@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_a_band_is_the_direct_convolution(lattice: BlockLattice, sigma: float) -> None:
    (narrow, broad), *_ = bands_of(sigma)
    source, before = random_values(lattice, 0), random_values(lattice, 1)
    values = before.clone()
    Band(narrow, broad, 3.0, like=source).add_to(values, source, Paths(lattice))
    expected = direct(source, lattice, narrow, broad, 3.0)
    found = (values - before)[:-1].flatten()
    assert expected.abs().max() > 0.1
    assert (found - expected).abs().max() < 2e-5 * expected.abs().max()  # of its periodic images, 256 nodes away
    assert torch.equal(values[-1], before[-1])


@pytest.mark.parametrize(
    "lattice", [scattered(64, 150, border=False), scattered(64, 150), everywhere(24)], ids=["inside", "border", "all"]
)
def test_a_band_is_its_own_transpose(lattice: BlockLattice) -> None:
    one, other, paths = random_values(lattice, 0), random_values(lattice, 1), Paths(lattice)
    (narrow, broad), *_ = bands_of(1.0)
    band = Band(narrow, broad, 1.0, like=one)
    there, back = torch.zeros_like(one), torch.zeros_like(one)
    band.add_to(there, one, paths)
    band.add_to(back, other, paths)
    assert (there * other).sum() == pytest.approx((one * back).sum().item(), rel=1e-11)


def test_blocks_are_convolved_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lattice = scattered(64, 150)
    source = random_values(lattice, 0)
    together, apart = torch.zeros_like(source), torch.zeros_like(source)
    band = Band(0.4, 3.3, 1.0, like=source)
    band.add_to(together, source, Paths(lattice))
    monkeypatch.setattr("sap_core.solver.bands._AT_ONCE", 13)
    monkeypatch.setattr("sap_core.solver.bands._BLOCKS_OF_A_SLAB", 20)
    assert len(Paths(lattice).slabs()) > 5
    band.add_to(apart, source, Paths(lattice))
    assert torch.allclose(together, apart, atol=1e-12)


def test_no_band_reaches_past_the_next_block() -> None:
    for sigma, levels in product(np.linspace(0.05, 20, 100), (1, 3)):
        for narrow, broad in smoothing_of_levels(sigma, levels)[:-1]:
            assert Band(narrow, broad, 1.0, like=torch.zeros(1)).reach <= BLOCK


def test_an_empty_band_adds_nothing() -> None:
    values = random_values(CLOUD, 0)
    before = values.clone()
    Band(2.0, 2.0, 1.0, like=values).add_to(values, random_values(CLOUD, 1), Paths(CLOUD))
    assert torch.equal(values, before)

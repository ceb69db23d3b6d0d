"""What a finer level adds to the Poisson potential: a band of the inverse Laplacian, as a sum of separable Gaussians.

The potential smoothed to a variance a less that smoothed to a greater variance b is, in frequencies w,

    (exp(-a w^2 / 2) - exp(-b w^2 / 2)) / w^2  =  1/2 integral from a to b of exp(-v w^2 / 2) dv,

an integral over Gaussians, so that in space it reaches a few cells only. A Gauss-Legendre rule in log v leaves a few of
them (Ewald 1921 splits a potential in this way; Beylkin and Monzon 2005 on such sums).
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sap_core.solver.lattice import BLOCK, NODES, BlockLattice

SPLAT = 0.25  # variance of a quadratic B-spline, in cells squared
PROLONGATION = 1.0  # that cubic subdivision adds, in cells of the finer grid squared
_NARROWEST = (2 / math.pi) ** 2  # variance of the smoothing that a grid of a coarser level represents well: sigma 2
_DEVIATIONS = 2.7  # to which the broadest Gaussian of a band is computed
_OCTAVES_PER_GAUSSIAN = 1.6
_SPECTRUM = 256  # nodes; a Gaussian of some cells does not see its periodic images
_BLOCKS_OF_A_SLAB = 16_384
_AT_ONCE = 2_048  # blocks; with the nodes around them they stay in the cache of a core


class Gaussian(NamedTuple):
    """A term of a band.

    Attributes:
        variance: in cells squared.
        weight: of the three-dimensional Gaussian, the integral of which is 1 cell^3.
    """

    variance: float
    weight: float


def smoothing_of_levels(sigma: float, levels: int) -> list[tuple[float, float]]:
    """The variances between which each level's band lies, in its own cells squared, from the finest to the base.

    Every level holds the potential of one and the same smoothing at the end, that of the finest. A coarser one is
    smoothed to its own cells (sigma 2), or as much as the finer one leaves to it. Splat and prolongation smooth as
    well, and the bands make up for that.

    Args:
        sigma: of the finest level, sigma / pi cells.
        levels: how many lie above the base.

    Returns:
        For each level above the base the kernel's variance and the one from which it starts; equal where it adds
        nothing. Last the base, whose variance is given twice.
    """
    total = (sigma / math.pi) ** 2 + SPLAT
    bands = []
    for _ in range(levels):
        coarser = max(4 * (_NARROWEST + SPLAT), total - PROLONGATION)
        bands.append((total - SPLAT, max(total, coarser + PROLONGATION) - SPLAT))
        total = coarser / 4
    return [*bands, (total - SPLAT, total - SPLAT)]


def gaussians(narrow: float, broad: float) -> list[Gaussian]:
    """The Gaussians whose sum is the band between two variances, for ``-1/w^2`` in cells."""
    if broad <= narrow * (1 + 1e-6):
        return []
    octaves = math.log2(broad / narrow)
    nodes, weights = np.polynomial.legendre.leggauss(max(2, round(octaves / _OCTAVES_PER_GAUSSIAN)))
    middle, half = math.log(narrow * broad) / 2, math.log(broad / narrow) / 2
    variances = np.exp(middle + half * nodes)
    return [Gaussian(float(v), float(-0.5 * half * w * v)) for v, w in zip(variances, weights, strict=True)]


class Band:
    """The convolution of the nodes of blocks with a sum of Gaussians. It is its own transpose.

    Args:
        narrow, broad: variances between which it lies, in cells squared.
        factor: of all values.
        like: a tensor on the device and of the precision to work in.

    Attributes:
        reach: cells to which it is computed, along each axis.
    """

    def __init__(self, narrow: float, broad: float, factor: float, *, like: Tensor) -> None:
        terms = gaussians(narrow, broad)
        self.reach = math.ceil(_DEVIATIONS * max((term.variance for term in terms), default=0.0) ** 0.5)
        self._terms = [(_matrix(term.variance, self.reach, like=like), factor * term.weight) for term in terms]

    @torch.no_grad()
    def add_to(self, values: Tensor, source: Tensor, paths: "Paths") -> None:
        """Add the convolution of ``source`` to ``values``, both (A + 1, 512); the last block of both is left alone.

        It is exact: from each node of the lattice to each other.
        """
        if not self._terms:
            return
        for slab in paths.slabs():
            x, y, z = paths.halos(slab, self.reach)
            along_x, along_xy, result = (source.new_empty(len(rows) + 1, NODES) for rows in (x, y, z))
            halo = source.new_empty(min(_AT_ONCE, max(len(x), len(y))) * x.shape[1], BLOCK * BLOCK)
            for matrix, weight in self._terms:
                _convolve(source, x, matrix, halo, out=along_x)
                _convolve(along_x, y, matrix, halo, out=along_xy)
                _convolve(along_xy, z, matrix, halo, out=result)
                values[slab.blocks].add_(result[:-1], alpha=weight)


class Slab(NamedTuple):
    """The blocks of some planes across x, as slices of the rows of three lattices."""

    after_x: slice
    after_xy: slice
    blocks: slice


class Paths:
    """The blocks through which a separable convolution goes from the blocks of a lattice back to these.

    From one node to another it goes along x, then y, then z. So besides the blocks themselves it passes through those
    beside them along x, and then through those beside them along z. After x it stays in one plane of blocks, so that
    planes are done some at a time, and memory is needed for these alone.

    Args:
        lattice: of the nodes.
    """

    def __init__(self, lattice: BlockLattice) -> None:
        self._lattice, self._after_x, self._after_xy = lattice, lattice.widened(0), lattice.widened(2)

    def slabs(self) -> list[Slab]:
        """All planes, so many at a time that hold a few thousand blocks."""
        planes, counts = self._lattice.places[:, 0].unique_consecutive(return_counts=True)
        slab = counts.cumsum(0) // _BLOCKS_OF_A_SLAB
        last = torch.cat((slab.diff() > 0, slab.new_ones(1, dtype=torch.bool)))
        ends = planes[last] + 1
        starts = torch.cat((planes[:1], ends[:-1]))
        found = [
            torch.searchsorted(lattice.places[:, 0].contiguous(), torch.stack((starts, ends))).T.tolist()
            for lattice in (self._after_x, self._after_xy, self._lattice)
        ]
        return [Slab(*(slice(start, end) for start, end in ranges)) for ranges in zip(*found, strict=True)]

    def halos(self, slab: Slab, reach: int) -> tuple[Tensor, Tensor, Tensor]:
        """For the passes along x, y and z, rows (K, 8 + 2 reach) of the planes in and around each block they yield.

        Those along x are of the whole lattice, the others of what the pass before yields for the slab.
        """
        after_x, after_xy, blocks = slab
        return (
            _halo_rows(self._lattice, self._after_x.places[after_x], 0, reach),
            _halo_rows(self._after_x, self._after_xy.places[after_xy], 1, reach, within=after_x),
            _halo_rows(self._after_xy, self._lattice.places[blocks], 2, reach, within=after_xy),
        )


def _convolve(source: Tensor, rows: Tensor, matrix: Tensor, halo: Tensor, *, out: Tensor) -> None:
    """Convolve blocks along the first axis of their layout, which becomes the last one.

    So passes along x, y and z are all along what lies furthest apart in memory, and end in the layout they began with.

    Args:
        source: (A + 1, 512).
        rows: (K, 8 + 2 reach) of the planes across the axis.
        matrix: (8 + 2 reach, 8).
        halo: memory for the planes of some blocks.
        out: (K + 1, 512), the last block zero.
    """
    out[-1] = 0
    planes = source.view(-1, BLOCK * BLOCK)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        around = torch.index_select(planes, 0, some.flatten(), out=halo[: some.numel()])
        torch.bmm(
            around.view(*some.shape, BLOCK * BLOCK).transpose(1, 2),
            matrix.expand(len(some), -1, -1),
            out=out[start : start + len(some)].view(len(some), BLOCK * BLOCK, BLOCK),
        )


def _halo_rows(lattice: BlockLattice, places: Tensor, axis: int, reach: int, *, within: slice | None = None) -> Tensor:
    """(K, 8 + 2 reach) rows of the planes across an axis, in the blocks at places (K, 3) and around them.

    Args:
        lattice: of the blocks.
        places: (K, 3).
        axis: along which they lie beside one another.
        reach: planes before and after a block.
        within: rows of the blocks that the planes are counted from; all that are there lie in it.
    """
    before, own, after = (lattice.beside(places, axis, step) for step in (-1, 0, 1))
    if within is not None:
        count = within.stop - within.start
        before, own, after = ((rows - within.start).clamp_(max=count) for rows in (before, own, after))
    before, own, after = (rows.unsqueeze(1) * BLOCK for rows in (before, own, after))
    plane = torch.arange(BLOCK, device=places.device)
    return torch.cat((before + plane[BLOCK - reach :], own + plane, after + plane[:reach]), 1)


def _matrix(variance: float, reach: int, *, like: Tensor) -> Tensor:
    """(8 + 2 reach, 8): from the nodes in and around a block to the nodes of the block, along one axis."""
    frequency = 2 * math.pi * torch.arange(_SPECTRUM // 2 + 1, dtype=torch.float64, device=like.device) / _SPECTRUM
    taps = torch.fft.irfft(torch.exp(-0.5 * variance * frequency**2), n=_SPECTRUM)
    ahead = torch.arange(BLOCK + 2 * reach, device=like.device)[:, None] - reach
    offsets = (ahead - torch.arange(BLOCK, device=like.device)).abs()
    return torch.where(offsets <= reach, taps[offsets], 0).to(like.dtype)

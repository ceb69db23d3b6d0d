"""Wiener's filter for distances of noisy samples from a surface: what of them is shape, and what is noise.

The distances are split into bands: what means over a spacing or so leave of them, what means over twice the width leave
of these, and so on. Around each sample a share of a band is kept: that of its power which is not noise. The power of
noise follows from that of single samples, which is what neighbours do not have in common, and from how many of them a
mean is taken of. So a surface follows a scan where it has detail, and is as smooth as the noise asks for elsewhere.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sap_core.solver.active import touched_by
from sap_core.solver.lattice import BLOCK, BlockLattice, DenseLattice, Lattice
from sap_core.solver.spline import VALUE, SplineStencil

_CELL = 0.9  # of the narrowest means, in spacings
_FEWEST_NODES, _MOST_NODES = 16, 192  # of dense grids, along each axis
_POWER_OVER = 8  # cells, over which the power of a band is measured
_NOISE_OVER = 20.0  # spacings, over which the noise is measured
_NEIGHBOURS_WITHIN = 1.0  # spacings along the surface
_SURELY_NOISE = 0.8  # share of it; detail as fine as the samples looks like noise
_WHERE_MOST = 0.95  # quantile
_LOOKED_AT = 100_000  # samples, for the quantile
_AT_ONCE = 2**17  # samples
# Of white noise in means by quadratic splines, over surfaces in any direction; measured in tests/test_noise_filter.py.
_COUNTED = 10.3  # samples that a mean is taken of, over their splatted density
_IN_COMMON = 2.35  # power that a mean has in common with its sample, over that of single samples and the count
_BETWEEN_MEANS = 0.55  # power that means leave of those of half the width, over the same


class Signal(NamedTuple):
    """What is not noise.

    Attributes:
        measured: (N,) noise included.
        values: (N,) of it.
        share: of the mean square, in the regions where it is largest; 0 to 1.
    """

    measured: Tensor
    values: Tensor
    share: float

    @property
    def deviation(self) -> float:
        """Root mean square of the values."""
        return float(self.values.square().mean().sqrt())


class NoiseFilter:
    """Tells shape from noise in what is measured at samples of a surface.

    Args:
        samples: (N, 3) unit frame.
        spacing: of the samples.
        noise: standard deviation of the samples from the surface; more is not taken for noise.
    """

    def __init__(self, samples: Tensor, *, spacing: float, noise: float) -> None:
        self._samples, self._spacing, self._largest = samples, spacing, noise**2
        self._bands: list[_Band] = []
        nodes = max(_FEWEST_NODES, int(1 / (_CELL * spacing)))
        while nodes >= _FEWEST_NODES:
            # Means over many spacings need not look at all samples, for those of narrower means stand for these.
            every = 4 ** max(0, len(self._bands) - 1)
            self._bands.append(_Band(_Means(samples, nodes, every), _Means(samples, nodes // _POWER_OVER, every)))
            nodes //= 2
        self._regions = _Means(samples, int(1 / (_NOISE_OVER * spacing)))

    def signal(self, distances: Tensor, onto: Tensor) -> Signal:
        """Find what is shape.

        Args:
            distances: (N,) signed, of the samples from a surface.
            onto: (N, 3) the places of the surface that they are measured from.
        """
        white = self._white_noise(distances, onto)
        noise = white * (1 - _IN_COMMON / self._bands[0].means.count).clamp(min=0)
        values, finer = torch.zeros_like(distances), distances
        for band in self._bands:
            coarser = band.means.of(finer)
            left = finer - coarser
            power = band.regions.of(left.square())
            values += left * (1 - noise / power.clamp(min=torch.finfo(power.dtype).tiny)).clamp(min=0)
            finer, noise = coarser, _BETWEEN_MEANS * white / band.means.count
        values += finer
        return Signal(distances, values, self._largest_share(values, distances))

    def _largest_share(self, signal: Tensor, distances: Tensor) -> float:
        every = -(-len(signal) // _LOOKED_AT)
        signals, squares = (self._regions.of(values.square())[::every] for values in (signal, distances))
        # Where there is almost no deviation, more may be left of what means carry over from beside it.
        shares = (signals / squares.clamp(min=torch.finfo(squares.dtype).tiny)).clamp(max=1)
        return float(torch.quantile(shares, _WHERE_MOST))

    def _white_noise(self, distances: Tensor, onto: Tensor) -> Tensor:
        """The mean square of what neighbours do not have in common, around each sample: (N,)."""
        side = math.ceil(1 / (_NEIGHBOURS_WITHIN * self._spacing))
        x, y, z = (onto * side).long().unbind(1)
        cell, order = ((x * side + y) * side + z).sort()
        sorted_ = distances.index_select(0, order)
        neighbours = (cell[1:] == cell[:-1]).to(distances)
        of_sample = torch.zeros_like(distances)
        products = of_sample.index_copy(0, order[1:], sorted_[1:] * sorted_[:-1] * neighbours)
        pairs = of_sample.index_copy(0, order[1:], neighbours)
        common = self._regions.of(products) / self._regions.of(pairs).clamp(min=torch.finfo(pairs.dtype).tiny)
        return _SURELY_NOISE * (self._regions.of(distances.square()) - common).clamp(0, self._largest)


class _Means:
    """Means of values over the cells around each sample, by splines on a grid.

    Args:
        samples: (N, 3) unit frame.
        nodes: along each axis.
        every: which of the samples are looked at.
    """

    def __init__(self, samples: Tensor, nodes: int, every: int = 1) -> None:
        self._samples, self._every, self._lattice = samples, every, _lattice(samples, nodes)
        self._density = self._spread(torch.ones_like(samples[:, 0]))

    @property
    def count(self) -> Tensor:
        """About how many independent samples a mean is taken of: (N,)."""
        return (_COUNTED * self._every * self._density).clamp(min=torch.finfo(self._density.dtype).tiny)

    def of(self, values: Tensor) -> Tensor:
        """The means (N,) of values (N,)."""
        return self._spread(values) / self._density.clamp(min=torch.finfo(values.dtype).tiny)

    def _spread(self, values: Tensor) -> Tensor:
        grid = values.new_zeros(self._lattice.size)
        looked_at = self._samples[:: self._every].split(_AT_ONCE), values[:: self._every].split(_AT_ONCE)
        for some, there in zip(*looked_at, strict=True):
            SplineStencil.at(some, self._lattice).splat({VALUE: there}, out=grid)
        parts = (SplineStencil.at(some, self._lattice) for some in self._samples.split(_AT_ONCE))
        return torch.cat([part.derivatives(grid, up_to=0)[VALUE] for part in parts])


class _Band(NamedTuple):
    """What means leave of narrower ones, and the regions over which its power is measured."""

    means: _Means
    regions: _Means


def _lattice(samples: Tensor, nodes: int) -> Lattice:
    """About so many nodes along each axis: all of them, or those of a fine grid near samples."""
    if nodes <= _MOST_NODES:
        return DenseLattice(max(nodes, _FEWEST_NODES))
    nodes -= nodes % BLOCK
    return BlockLattice.of(touched_by(samples, (nodes,))[0], nodes)

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
_FEWER = 4  # samples that one stands for where means are wide, for it is a mean of them already
_BACK_ON = 4  # times as many nodes, by which wide means come back to all of them: as many would smooth them again
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
    """The shape in what was measured, without the noise.

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
        spacing: of the samples.
        noise: standard deviation of the samples from the surface; more is not taken for noise.
    """

    def __init__(self, *, spacing: float, noise: float) -> None:
        # Noise thicker than the spacing is estimated too low, for the nearest points lie within it (docs/design.md).
        self._spacing, self._largest = spacing, (noise * (1 + (noise / spacing) ** 2)) ** 2

    def signal(self, distances: Tensor, onto: Tensor) -> Signal:
        """Find what is shape.

        Args:
            distances: (N,) signed, of the samples from a surface.
            onto: (N, 3) the places of the surface that they are measured from, in the unit frame, such as are near one
                another in memory as well. Around the samples themselves means would be of those with like noise.
        """
        onto = onto.clamp(0, 1 - torch.finfo(onto.dtype).eps)
        regions = _Means(onto, int(1 / (_NOISE_OVER * self._spacing)))
        squares = regions.of(distances.square())
        white = self._white_noise(distances, squares, onto, regions)
        finest = max(_FEWEST_NODES, int(1 / (_CELL * self._spacing)))
        values = _without_noise(distances, onto, white, None, nodes=finest)
        return Signal(distances, values, _largest_share(regions.of(values.square()), squares))

    def _white_noise(self, distances: Tensor, squares: Tensor, onto: Tensor, regions: "_Means") -> Tensor:
        """The mean square of what neighbours do not have in common, around each sample: (N,)."""
        side = math.ceil(1 / (_NEIGHBOURS_WITHIN * self._spacing))
        x, y, z = (onto * side).long().unbind(1)
        cell, order = ((x * side + y) * side + z).sort()
        sorted_ = distances.index_select(0, order)
        neighbours = (cell[1:] == cell[:-1]).to(distances)
        of_sample = torch.zeros_like(distances)
        products = of_sample.index_copy(0, order[1:], sorted_[1:] * sorted_[:-1] * neighbours)
        pairs = of_sample.index_copy(0, order[1:], neighbours)
        common = regions.of(products) / regions.of(pairs).clamp(min=torch.finfo(pairs.dtype).tiny)
        return _SURELY_NOISE * (squares - common).clamp(0, self._largest)


def _without_noise(
    values: Tensor, places: Tensor, white: Tensor, noise: Tensor | None, *, nodes: int, every: int = 1
) -> Tensor:
    """Filter values (N,) in bands, from the one whose means are over the cells of so many nodes to the widest.

    Args:
        values, places, white: (N,), (N, 3), (N,) of some samples.
        noise: (N,) power of the noise of the band; None if single samples are what it is taken from.
        nodes: along each axis.
        every: which of all samples these are.
    """
    means = _Means(places, nodes)
    coarser, count = means.of(values), every * means.count
    left = values - coarser
    of_band = white * (1 - _IN_COMMON / count).clamp(min=0) if noise is None else noise
    power = _Means(places, nodes // _POWER_OVER).of(left.square())
    kept = left * (1 - of_band / power.clamp(min=torch.finfo(power.dtype).tiny)).clamp(min=0)
    nodes //= 2
    if nodes < _FEWEST_NODES:
        return kept + coarser
    noise_of_next = _BETWEEN_MEANS * white / count
    if noise is None:
        return kept + _without_noise(coarser, places, white, noise_of_next, nodes=nodes)
    some = slice(None, None, _FEWER)
    filtered = _without_noise(
        coarser[some], places[some], white[some], noise_of_next[some], nodes=nodes, every=_FEWER * every
    )
    return kept + coarser + _Means(places, _BACK_ON * nodes, _FEWER).of(filtered - coarser[some])


def _largest_share(signals: Tensor, squares: Tensor) -> float:
    """The share of a signal's mean squares (N,) in those of all that was measured, where it is largest."""
    every = -(-len(signals) // _LOOKED_AT)
    signals, squares = signals[::every], squares[::every]
    # Where there is almost no deviation, more may be left of what means carry over from beside it.
    shares = (signals / squares.clamp(min=torch.finfo(squares.dtype).tiny)).clamp(max=1)
    return float(torch.quantile(shares, _WHERE_MOST))


class _Means:
    """Means over the cells around places, by splines on a grid.

    Args:
        places: (N, 3) unit frame.
        nodes: of the grid along each axis.
        every: which of the places have values.
    """

    def __init__(self, places: Tensor, nodes: int, every: int = 1) -> None:
        self._lattice = _lattice(places, nodes)
        self._stencils = self._stencils_of(places)
        self._having = self._stencils if every == 1 else self._stencils_of(places[::every])
        self._density = self._spread(torch.ones_like(places[::every, 0]))

    @property
    def count(self) -> Tensor:
        """About how many independent samples a mean is taken of: (N,)."""
        return (_COUNTED * self._density).clamp(min=torch.finfo(self._density.dtype).tiny)

    def of(self, values: Tensor) -> Tensor:
        """The means (N,) of values, one for each place that has one."""
        return self._spread(values) / self._density.clamp(min=torch.finfo(values.dtype).tiny)

    def _stencils_of(self, places: Tensor) -> list[SplineStencil]:
        return [SplineStencil.at(some, self._lattice, up_to=0) for some in places.split(_AT_ONCE)]

    def _spread(self, values: Tensor) -> Tensor:
        grid = values.new_zeros(self._lattice.size)
        for stencil, there in zip(self._having, values.split(_AT_ONCE), strict=True):
            stencil.splat({VALUE: there}, out=grid)
        return torch.cat([stencil.derivatives(grid, up_to=0)[VALUE] for stencil in self._stencils])


def _lattice(places: Tensor, nodes: int) -> Lattice:
    """About so many nodes along each axis: all of them, or those of a fine grid near the places."""
    if nodes <= _MOST_NODES:
        return DenseLattice(max(nodes, _FEWEST_NODES))
    nodes -= nodes % BLOCK
    return BlockLattice.of(touched_by(places, (nodes,))[0], nodes)

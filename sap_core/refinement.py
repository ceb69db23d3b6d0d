"""The last steps of a run, which bring out the detail of a scan: each oriented point stands for one of its samples.

The Poisson surface of points that lie on a surface is that surface, smoothed. So each step moves every point along its
normal by the distance that its sample has from the surface found, as far as that is not noise, and turns its normal to
the gradient of the potential: Van Cittert's iteration (1931) for what was smoothed, which needs neither a mesh nor
nearest neighbours nor a step size. It ends where the samples tell of nothing more that the surface has missed.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sap_core.noise_filter import NoiseFilter, Signal
from sap_core.solver.lattice import DenseLattice
from sap_core.solver.levels import Potential
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of

_AT_ONCE = 2**17  # samples
_FARTHEST = 2.0  # cells that a point moves in one correction
_STEPS, _ARRIVED = 4, 0.1  # of Newton's method, of a cell at most each; the cells of the last one
_LENGTHS_ON = 16  # cells of the grid on which lengths of normals are carried over: closed holes then keep their shape
_AREAS_ON = 256  # nodes of the finest grid for densities


class Deviation(NamedTuple):
    """Where samples lie beside a surface.

    Attributes:
        distances: (N,) signed, outside positive, unit frame; 0 where no surface is within some cells.
        normals: (N, 3) of the surface there, and where none is the unit gradient at the sample.
    """

    distances: Tensor
    normals: Tensor


class Correction(NamedTuple):
    """One step.

    Attributes:
        points, normals: (N, 3) to go on from with the same smoothing.
        onto: (N, 3) the samples without their noise, to go on from with less smoothing.
        squared: mean squared distance of the samples from the surface of the points before, unit frame.
        deviation: root mean square of the same distances without noise.
        missed: share of it that is shape and not noise, where that is largest (``NoiseFilter``).
    """

    points: Tensor
    normals: Tensor
    onto: Tensor
    squared: Tensor
    deviation: float
    missed: float


class Beginning(NamedTuple):
    """Where a refinement begins.

    Attributes:
        points, normals: (N, 3), a sample each; the median length of the normals is 1.
        deviation: of the samples from the surface found before, as in ``Correction``.
    """

    points: Tensor
    normals: Tensor
    deviation: float


class Refinement:
    """Samples of a scan and the steps that bring a surface onto them.

    Args:
        samples: (N, 3) unit frame, as they were scanned.
        spacing: of the samples.
        noise: standard deviation of the samples from the surface.
    """

    def __init__(self, samples: Tensor, *, spacing: float, noise: float) -> None:
        self.samples = samples.index_select(0, _along_blocks(samples))
        self._spacing = spacing
        self._filter = NoiseFilter(spacing=spacing, noise=noise)

    def __len__(self) -> int:
        return len(self.samples)

    def begin(self, potential: Potential, points: Tensor, normals: Tensor) -> Beginning:
        """The samples as oriented points, without their noise, with normals across a surface that was found before.

        Where the surface closes over what was not scanned, its shape hangs on the lengths of the normals far around.
        So those of the oriented points are carried over, and shared among the samples by the areas around these.

        Args:
            potential: of that surface.
            points, normals: (M, 3) that it was made of.
        """
        grid = DenseLattice(_LENGTHS_ON)
        areas = _areas(self.samples, self._spacing)
        had = _density(points, normals.norm(dim=1), grid, at=self.samples)
        has = _density(self.samples, areas, grid, at=self.samples)
        lengths = areas * had / has
        found = deviation(potential, self.samples)
        signal = _signal(self._filter, self.samples, found)
        turned = (lengths / lengths.median()).unsqueeze(1) * found.normals
        return Beginning(self._without_noise(found, signal), turned, signal.deviation)

    def correct(self, potential: Potential, points: Tensor, normals: Tensor) -> Correction:
        """Move points (N, 3) and turn their normals by how the samples lie beside their surface."""
        found = deviation(potential, self.samples)
        signal = _signal(self._filter, self.samples, found)
        farthest = _FARTHEST / potential.finest.lattice.resolution
        return Correction(
            points + signal.values.clamp(-farthest, farthest).unsqueeze(1) * found.normals,
            normals.norm(dim=1, keepdim=True) * found.normals,
            self._without_noise(found, signal),
            signal.measured.square().mean(),
            signal.deviation,
            signal.share,
        )

    def _without_noise(self, found: Deviation, signal: Signal) -> Tensor:
        return self.samples - (signal.measured - signal.values).unsqueeze(1) * found.normals


class Judges:
    """Samples by which it is judged whether a surface has missed anything.

    Args:
        samples: (N, 3) unit frame, as they were scanned.
        spacing: of the samples.
        noise: standard deviation of the samples from the surface.
    """

    def __init__(self, samples: Tensor, *, spacing: float, noise: float) -> None:
        self._samples = samples.index_select(0, _along_blocks(samples))
        self._filter = NoiseFilter(spacing=spacing, noise=noise)

    def missed_by(self, potential: Potential) -> float:
        """The share of their deviation from a surface that is shape and not noise, where it is largest."""
        return _signal(self._filter, self._samples, deviation(potential, self._samples)).share


@torch.no_grad()
def deviation(potential: Potential, samples: Tensor) -> Deviation:
    """Find how samples (N, 3) lie beside the level set of a potential on its finest grid, by Newton's method.

    Far from the surface the potential is not in proportion to the distance: one step would take noise for much more.
    """
    parts = [_nearby(potential, some) for some in samples.split(_AT_ONCE)]
    return Deviation(*(torch.cat(part) for part in zip(*parts, strict=True)))


def _nearby(potential: Potential, samples: Tensor) -> Deviation:
    cell = 1 / potential.finest.lattice.resolution
    places, normals = samples.clone(), torch.empty_like(samples)
    going = torch.arange(len(samples), device=samples.device)
    for _ in range(_STEPS):
        steps, normals[going] = _newton(potential, places[going])
        places[going] -= steps.clamp(-cell, cell).unsqueeze(1) * normals[going]
        going = going[steps.abs() > _ARRIVED * cell]
    near = torch.ones_like(samples[:, 0], dtype=torch.bool).index_fill(0, going, False)
    _, normals[going] = _newton(potential, samples[going])  # a wall that was lost still has its sides
    return Deviation(near * ((samples - places) * normals).sum(1), normals)


def _newton(potential: Potential, places: Tensor) -> tuple[Tensor, Tensor]:
    """A step from places (N, 3) to the level set: (N,) how far, outside positive, and the unit gradient (N, 3)."""
    finest = potential.finest
    there = SplineStencil.at(places, finest.lattice, up_to=1).derivatives(finest.values, up_to=1)
    slope = gradient_of(there)
    return (there[VALUE] - potential.level) / slope.norm(dim=1).clamp(min=1e-30), normalize(slope, dim=1)


def _signal(noise_filter: NoiseFilter, samples: Tensor, found: Deviation) -> Signal:
    """Find what of a deviation is shape."""
    return noise_filter.signal(found.distances, samples - found.distances.unsqueeze(1) * found.normals)


def _along_blocks(samples: Tensor) -> Tensor:
    """An order of samples (N, 3) in which those that touch the same nodes are near one another in memory."""
    x, y, z = (samples * 64).long().unbind(1)
    return ((x * 64 + y) * 64 + z).argsort(stable=True)


def _areas(samples: Tensor, spacing: float) -> Tensor:
    """(N,) area around each of the samples, in any unit: the inverse of their density within some spacings."""
    side = min(_AREAS_ON, max(_LENGTHS_ON, int(0.5 / spacing) // 2 * 2))
    areas = 1 / _density(samples, torch.ones_like(samples[:, 0]), DenseLattice(side), at=samples)
    usual = areas.median()
    return areas.clamp(0.1 * usual, 10 * usual)


def _density(points: Tensor, weights: Tensor, lattice: DenseLattice, *, at: Tensor) -> Tensor:
    """The density of weighted points (M, 3) at places (N, 3), smoothed to the cells of a grid: (N,), in any unit."""
    grid = weights.new_zeros(lattice.size)
    for start in range(0, len(points), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        SplineStencil.at(points[some], lattice, up_to=0).splat({VALUE: weights[some]}, out=grid)
    parts = (SplineStencil.at(some, lattice, up_to=0).derivatives(grid, up_to=0) for some in at.split(_AT_ONCE))
    return torch.cat([part[VALUE] for part in parts])

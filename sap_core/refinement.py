"""The last steps of a run, which bring out the detail of a scan: each oriented point stands for one of its samples.

The Poisson surface of points that lie on a surface is that surface, smoothed. So each step moves every point along its
normal by the distance that its sample has from the surface found, and turns its normal to the gradient of the
potential: Van Cittert's iteration (1931) for what was smoothed, which needs neither a mesh nor nearest neighbours nor a
step size. It ends where the samples no longer tell of anything that the surface has missed.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sap_core.solver.lattice import DenseLattice
from sap_core.solver.levels import Potential
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of

_AT_ONCE = 2**17  # samples
_FARTHEST = 2.0  # cells that a point moves in one step
_PAIR_WITHIN = 1.5  # spacings along the surface
_LENGTHS_ON = 16  # cells of the grid on which lengths of normals are carried over: closed holes then keep their shape
_AREAS_ON = 256  # nodes of the finest grid for densities


class Deviation(NamedTuple):
    """Where samples lie beside a surface.

    Attributes:
        distances: (N,) signed, outside positive, unit frame.
        normals: (N, 3) of the surface that is nearest, about.
    """

    distances: Tensor
    normals: Tensor


class Correction(NamedTuple):
    """One step.

    Attributes:
        points, normals: (N, 3) to go on from.
        squared: mean squared distance of the samples from the surface of the points before, unit frame.
        missed: share of the mean square that neighbours have in common (``shared_by_neighbours``).
    """

    points: Tensor
    normals: Tensor
    squared: Tensor
    missed: float


class Refinement:
    """Samples of a scan and the steps that bring a surface onto them.

    Args:
        samples: (N, 3) unit frame, that the surface shall pass through.
        raw: the same before their noise was lessened, by which it is judged what is relief and what noise.
        spacing: of the samples.
    """

    def __init__(self, samples: Tensor, raw: Tensor, *, spacing: float) -> None:
        along = _along_blocks(samples)
        self.samples = samples.index_select(0, along)
        self._raw = None if raw is samples else raw.index_select(0, along)
        self._spacing = spacing
        self._lengths = _areas(self.samples, spacing)

    def __len__(self) -> int:
        return len(self.samples)

    def begin(self, potential: Potential, points: Tensor, normals: Tensor) -> tuple[Tensor, Tensor]:
        """The samples as oriented points, with normals across a surface that was found before.

        Where the surface closes over what was not scanned, its shape hangs on the lengths of the normals far around.
        So those of the oriented points are carried over, and shared among the samples by the areas around these.

        Args:
            potential: of that surface.
            points, normals: (M, 3) that it was made of.

        Returns:
            Points and normals (N, 3); the median length of the normals is 1.
        """
        grid = DenseLattice(_LENGTHS_ON)
        had = _density(points, normals.norm(dim=1), grid, at=self.samples)
        has = _density(self.samples, self._lengths, grid, at=self.samples)
        lengths = self._lengths * had / has
        self._lengths = lengths / lengths.median()
        across = deviation(potential, self.samples).normals
        return self.samples.clone(), self._lengths.unsqueeze(1) * across

    def correct(self, potential: Potential, points: Tensor) -> Correction:
        """Move points (N, 3) and turn their normals by how the samples lie beside their surface."""
        found = deviation(potential, self.samples)
        judged = found if self._raw is None else deviation(potential, self._raw)
        raw = self.samples if self._raw is None else self._raw
        farthest = _FARTHEST / potential.finest.lattice.resolution
        moved = points + found.distances.clamp(-farthest, farthest).unsqueeze(1) * found.normals
        return Correction(
            moved,
            self._lengths.unsqueeze(1) * found.normals,
            found.distances.square().mean(),
            shared_by_neighbours(judged, raw, spacing=self._spacing, farthest=2 * farthest),
        )


class Judges:
    """Samples by which it is judged whether to refine a surface, and whether that was of use.

    Args:
        samples: (N, 3) unit frame, as they were scanned.
        spacing: of the samples.
        cell: edge of a cell of the finest grid before the refinement, unit frame.
    """

    def __init__(self, samples: Tensor, *, spacing: float, cell: float) -> None:
        self._samples, self._spacing, self._cell = samples, spacing, cell

    def missed_by(self, potential: Potential) -> float:
        """The share of their deviation from a surface that neighbours have in common."""
        found = deviation(potential, self._samples)
        return shared_by_neighbours(found, self._samples, spacing=self._spacing, farthest=2 * _FARTHEST * self._cell)

    def deviation_from(self, potential: Potential) -> float:
        """Root mean square of their distances from a surface, unit frame; those of lost parts are cut off."""
        farthest = _FARTHEST * self._cell
        distances = deviation(potential, self._samples).distances.clamp(-farthest, farthest)
        return float(distances.square().mean().sqrt())


@torch.no_grad()
def deviation(potential: Potential, samples: Tensor) -> Deviation:
    """How samples (N, 3) lie beside the level set of a potential, by its value and gradient on its finest grid."""
    distances, normals = torch.empty_like(samples[:, 0]), torch.empty_like(samples)
    finest = potential.finest
    for start in range(0, len(samples), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        there = SplineStencil.at(samples[some], finest.lattice).derivatives(finest.values, up_to=1)
        slope = gradient_of(there)
        distances[some] = (there[VALUE] - potential.level) / slope.norm(dim=1).clamp(min=1e-30)
        normals[some] = normalize(slope, dim=1)
    return Deviation(distances, normals)


def shared_by_neighbours(found: Deviation, samples: Tensor, *, spacing: float, farthest: float) -> float:
    """The share of the samples' mean squared distance from a surface that neighbours along the surface have in common.

    Noise differs from one sample to the next, while what a surface has missed of the shape is shared by neighbours. So
    the mean product of two neighbours' distances is the square of what was missed. Of a surface that follows the noise,
    it is negative: each sample draws the surface away from its neighbours.

    Args:
        found: of the samples.
        samples: (N, 3) unit frame.
        spacing: of the samples.
        farthest: distances are cut off there.

    Returns:
        At most 1; 0 where no two samples are neighbours.
    """
    distances = found.distances.clamp(-farthest, farthest)
    onto = samples - distances.unsqueeze(1) * found.normals  # or samples above one another would count as neighbours
    side = math.ceil(1 / (_PAIR_WITHIN * spacing))
    x, y, z = (onto * side).long().unbind(1)
    cell, order = ((x * side + y) * side + z).sort()
    in_order = distances.index_select(0, order)
    products = (in_order[1:] * in_order[:-1])[cell[1:] == cell[:-1]]
    square = distances.square().mean()
    if not len(products) or not square > 0:
        return 0.0
    return float(products.mean() / square)


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
        SplineStencil.at(points[some], lattice).splat({VALUE: weights[some]}, out=grid)
    parts = (SplineStencil.at(some, lattice).derivatives(grid, up_to=0)[VALUE] for some in at.split(_AT_ONCE))
    return torch.cat(list(parts))

"""The Poisson potential of oriented points, dense on a coarse grid and on blocks near the surface of finer ones.

Each level doubles the resolution: its potential is that of the level before, prolonged, and a band of what its own
nodes can tell besides (``bands``). So work and memory grow with the area of the surface.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from sap_core.resolutions import resolutions_of_levels
from sap_core.solver.active import crossed_in, lattice_of, mark_boxes, supporting, touched_by
from sap_core.solver.backing import Backing
from sap_core.solver.bands import Band, Paths, smoothing_of_levels
from sap_core.solver.block_surface import CrossedCells, cell_coordinates, crossed_cells
from sap_core.solver.isosurface import crossed_cell_coordinates
from sap_core.solver.lattice import BLOCK, BlockLattice, DenseLattice, Lattice
from sap_core.solver.levels import Level, Potential
from sap_core.solver.potential import SmoothInverseLaplacian
from sap_core.solver.prolongation import prolong, restrict
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of, hessian_of

_AT_ONCE = 2**17  # points
_AHEAD = 3  # blocks added beside those that a surface leaves to, if it has left before


@dataclass(frozen=True, eq=False)
class SolvedLevel(Level):
    """A level with what the next one, and the way back, need of it.

    Attributes:
        mean: of the potential over the points.
        touched: like ``values``, the share of each node in that mean.
        cells: that the level set of the mean crosses, of a level above the base.
        paths: of the convolutions of such a level.
    """

    mean: Tensor
    touched: Tensor
    cells: CrossedCells | None = None
    paths: Paths | None = None


@dataclass(frozen=True, eq=False)
class SolvedPotential(Potential):
    """A potential that was solved for."""

    levels: tuple[SolvedLevel, ...]

    @property
    def finest(self) -> SolvedLevel:
        return self.levels[-1]


class MultilevelSolver:
    """Solves for the potential of oriented points, and passes its gradient back to them.

    Args:
        resolution: R, nodes along each axis of the finest grid (``resolutions.is_possible``).
        sigma: width of the smoothing, sigma / pi cells of the finest grid.
        like: a tensor on the device and of the precision to work in.
        backing: what an open sheet is closed with. It acts on the base alone, where it is smooth enough for any grid.
    """

    def __init__(self, resolution: int, sigma: float, *, like: Tensor, backing: Backing | None = None) -> None:
        self.device, self.dtype = like.device, like.dtype
        self._backing = backing
        self.resolutions = resolutions_of_levels(resolution)
        *finer, (base, _) = smoothing_of_levels(sigma, len(self.resolutions) - 1)
        coarsest = self.resolutions[0]
        self._source = like.new_empty(3 * (coarsest,))
        self._base = SmoothInverseLaplacian(coarsest, torch.pi * base**0.5, like=like)
        # The transform of the base divides by its number of nodes; a band takes its unit from that.
        self._bands = [
            Band(narrow, broad, fine / coarsest**3, like=like)
            for fine, (narrow, broad) in zip(self.resolutions[1:], reversed(finer), strict=True)
        ]

    @torch.no_grad()
    def solve(self, points: Tensor, normals: Tensor) -> SolvedPotential:
        """The potential of points (N, 3) in the unit cube with normals (N, 3)."""
        dense = DenseLattice(self.resolutions[0])
        touched = _splat(points, normals, dense, self._source.zero_())
        if self._backing is not None:
            self._backing.splat(normals, dense, out=self._source)
        values = self._base(self._source)
        levels = [SolvedLevel(dense, values, _mean(values, touched), touched)]
        wanted = touched_by(points, self.resolutions[1:])
        ahead = [0 for _ in wanted]  # one block after another would take long where the coarser surface has no part
        while len(levels) < len(self.resolutions):
            number = len(levels)
            resolution, marked = self.resolutions[number], wanted[number - 1]
            last = number == len(wanted)
            marked |= crossed_in(_cells_of(levels[-1]), resolution, supports_more=not last)
            lattice = lattice_of(marked, resolution)
            if number > 1 and _widen(wanted[number - 2], supporting(marked, resolution)):
                levels.pop()  # it has to be computed again, on more blocks
                continue
            level = _finer(self._bands[number - 1], levels[-1], lattice, points, normals)
            assert level.cells is not None, "found with the level"
            if len(level.cells.missing):
                reach, missing = BLOCK * ahead[number - 1], BLOCK * level.cells.missing
                mark_boxes(marked, missing - reach, missing + reach, resolution)
                ahead[number - 1] = min(2 * ahead[number - 1] + 1, _AHEAD)
            else:
                levels.append(level)
        mean, corner = levels[-1].mean, values[0, 0, 0]
        return SolvedPotential(tuple(levels), mean, 0.5 / (corner - mean).abs())

    @torch.no_grad()
    def pull_back(
        self, potential: SolvedPotential, points: Tensor, normals: Tensor, gradient: Tensor, of_level: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Gradients by points and normals (N, 3) of a function of the potential of these.

        Args:
            potential: as ``solve`` gave it.
            points, normals: (N, 3).
            gradient: of the function by the values of the finest level; it is written over.
            of_level: of the function by the level, without dimensions.
        """
        by_points, by_normals = torch.zeros_like(points), torch.zeros_like(normals)
        finest = potential.finest
        gradient += of_level * finest.touched
        for number in range(len(self._bands), -1, -1):
            level = potential.levels[number]
            adjoint = self._adjoint(gradient, number, level)
            for some in _parts(points):
                stencil = SplineStencil.at(points[some], level.lattice)
                found = stencil.derivatives(adjoint, up_to=2)
                by_points[some] -= (hessian_of(found) @ normals[some].unsqueeze(-1)).squeeze(-1)
                by_normals[some] -= gradient_of(found)
                if level is finest:  # where a point takes part in the level
                    by_points[some] += of_level / len(points) * gradient_of(stencil.derivatives(level.values, up_to=1))
            if number:
                coarser = potential.levels[number - 1]
                before = torch.zeros_like(coarser.values)
                assert isinstance(level.lattice, BlockLattice), "all but the base are"
                restrict(gradient, level.lattice, coarser.lattice, out=before)
                gradient = before
        return by_points, by_normals

    def _adjoint(self, gradient: Tensor, number: int, level: SolvedLevel) -> Tensor:
        """The transpose of what turned the source of a level into its part of the potential."""
        if level.paths is None:
            return self._base(gradient)
        gradient[-1] = 0
        adjoint = torch.zeros_like(gradient)
        self._bands[number - 1].add_to(adjoint, gradient, level.paths)
        return adjoint


def _finer(band: Band, coarser: SolvedLevel, lattice: BlockLattice, points: Tensor, normals: Tensor) -> SolvedLevel:
    """The next level, on the blocks of a lattice."""
    paths = Paths(lattice)
    values = prolong(coarser.values, coarser.lattice, lattice)
    source = torch.zeros_like(values)
    touched = _splat(points, normals, lattice, source)
    band.add_to(values, source, paths)
    del source
    mean = _mean(values, touched)
    return SolvedLevel(lattice, values, mean, touched, crossed_cells(values, mean, lattice), paths)


def _widen(marked: Tensor, needed: Tensor) -> bool:
    """Mark what is needed as well; whether that is more than was marked."""
    more = bool((needed & ~marked).any())
    marked |= needed
    return more


def _cells_of(level: SolvedLevel) -> Tensor:
    """(M, 3) coordinates of the cells that the surface of a level crosses."""
    if isinstance(level.lattice, BlockLattice):
        assert level.cells is not None, "found with the level"
        return cell_coordinates(level.cells.rows, level.lattice)
    return crossed_cell_coordinates(level.values, level.mean)


def _splat(points: Tensor, normals: Tensor, lattice: Lattice, source: Tensor) -> Tensor:
    """Add the divergence of normals at points (N, 3) to a source; return each node's share in the mean over these."""
    touched = torch.zeros_like(source)
    for some in _parts(points):
        stencil = SplineStencil.at(points[some], lattice)
        stencil.splat_divergence(normals[some], out=source)
        stencil.splat({VALUE: torch.ones_like(points[some, 0])}, out=touched)
    return touched.div_(len(points))


def _mean(values: Tensor, touched: Tensor) -> Tensor:
    return torch.dot(values.flatten(), touched.flatten())


def _parts(points: Tensor) -> Iterator[slice]:
    """All points, so many at a time that what they touch does not fill the memory."""
    return (slice(start, start + _AT_ONCE) for start in range(0, len(points), _AT_ONCE))

"""From oriented points to the surface that Poisson reconstruction makes of them, differentiably."""

import math
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sap_core.solver.backing import Backing
from sap_core.solver.block_surface import CrossedCells, block_normals, crossed_cells, extract_blocks
from sap_core.solver.isosurface import Crossings, extract, marching_cubes, vertex_normals
from sap_core.solver.lattice import BlockLattice, DenseLattice
from sap_core.solver.levels import Level, Potential
from sap_core.solver.multilevel import MultilevelSolver, SolvedLevel, SolvedPotential
from sap_core.solver.poisson import PoissonSolver


@dataclass(frozen=True, eq=False)
class Surface:
    """The zero level of an indicator field as a mesh, and the field, in the unit frame.

    Attributes:
        vertices: (V, 3).
        faces: (F, 3) int64, counter-clockwise seen from outside.
        normals: (V, 3) outward unit normals of the field at the vertices; constant to autograd.
        potential: the field before it is shifted, scaled and bounded.
    """

    vertices: Tensor
    faces: Tensor
    normals: Tensor
    potential: Potential

    def detach(self) -> "Surface":
        """The same without the graph that leads back to the points."""
        return replace(self, vertices=self.vertices.detach())


class SurfaceLayer(Protocol):
    """Makes the surface of oriented points at one resolution and smoothing; differentiable in both arguments.

    Raises:
        SurfaceVanished: the field has no zero level.
    """

    resolution: int
    sigma: float

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        """Of points (N, 3) in the unit cube and their normals (N, 3)."""

    def potential(self, points: Tensor, normals: Tensor) -> Potential:
        """The potential alone, constant to autograd."""


class PublishedLayer:
    """The layers of the paper in a row: trilinear splat, spectral solver, tanh, marching cubes."""

    def __init__(self, resolution: int, sigma: float) -> None:
        self.resolution, self.sigma = resolution, sigma
        self._solver = PoissonSolver(resolution, sigma)

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        field = self._solver(points, normals)
        vertices, faces, normals_there = marching_cubes(torch.tanh(field))
        dense = Level(DenseLattice(self.resolution), field.detach())
        return Surface(vertices, faces, normals_there, Potential((dense,), field.new_zeros(()), field.new_ones(())))

    def potential(self, points: Tensor, normals: Tensor) -> Potential:
        """The potential alone, constant to autograd."""
        return self(points.detach(), normals.detach()).potential


class MultilevelLayer:
    """The same with a splat of quadratic B-splines, on grids from coarse to fine, of which only the base is dense.

    It splats the divergence of the normals instead of the normals, and extracts the level set of the potential itself,
    which shift, scale and tanh do not move. Only the ends of crossed edges then have a gradient, so that no pass over
    a whole grid is left but those of the FFT of the base.

    Args:
        resolution, sigma: as of every layer.
        backing: what an open sheet is closed with.
    """

    def __init__(self, resolution: int, sigma: float, backing: Backing | None = None) -> None:
        self.resolution, self.sigma = resolution, sigma
        self._backing = backing
        self._solver: MultilevelSolver | None = None

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        return Surface(*_Extraction.apply(points, normals, self._solver_like(points)))

    def potential(self, points: Tensor, normals: Tensor) -> SolvedPotential:
        """The potential alone, constant to autograd."""
        return self._solver_like(points).solve(points.detach(), normals.detach())

    def _solver_like(self, points: Tensor) -> MultilevelSolver:
        kept = self._solver
        if kept is None or kept.device != points.device or kept.dtype != points.dtype:
            self._solver = kept = MultilevelSolver(self.resolution, self.sigma, like=points, backing=self._backing)
        return kept


class _Extraction(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, points: Tensor, normals: Tensor, solver: MultilevelSolver
    ) -> tuple[Tensor, Tensor, Tensor, Potential]:
        potential = solver.solve(points, normals)
        crossings, surface_normals = _extracted(potential.finest, potential.level, potential.finest.cells)
        ctx.save_for_backward(points, normals, surface_normals, crossings.nodes, crossings.weights)
        ctx.solver, ctx.potential = solver, potential
        ctx.mark_non_differentiable(crossings.faces, surface_normals)
        return crossings.vertices, crossings.faces, surface_normals, potential

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor, Tensor, None]:
        points, normals, surface_normals, nodes, weights = ctx.saved_tensors
        potential: SolvedPotential = ctx.potential
        # As published, a vertex passes -(dL/dv . n) to the field there; the level takes the opposite of their sum.
        at_vertices = -potential.scale * (grad * surface_normals).sum(-1)
        gradient = torch.zeros_like(potential.finest.values)
        gradient.view(-1).index_add_(0, nodes.flatten(), (at_vertices.unsqueeze(-1) * weights).flatten())
        return (*ctx.solver.pull_back(potential, points, normals, gradient, -at_vertices.sum()), None)


def surface_of(potential: Potential, *, most_faces: float = math.inf) -> Surface:
    """The surface of the finest level of a potential whose mesh has not many more faces; constant to autograd.

    Raises:
        SurfaceVanished: that level has no surface.
    """
    for level in reversed(potential.levels):
        cells = None
        if isinstance(level.lattice, BlockLattice):
            if isinstance(level, SolvedLevel) and level is potential.finest:
                cells = level.cells
            cells = cells or crossed_cells(level.values, potential.level, level.lattice)
            if 2 * len(cells.rows) > most_faces or len(cells.missing):
                continue
        crossings, normals = _extracted(level, potential.level, cells)
        return Surface(crossings.vertices, crossings.faces, normals, potential.plain())
    raise AssertionError("the first level of a potential is dense")


def _extracted(level: Level, at: Tensor, cells: CrossedCells | None) -> tuple[Crossings, Tensor]:
    """The surface of a level where its potential has a value, and the normals at its vertices.

    Args:
        level: of a potential.
        at: the value, without dimensions.
        cells: that the surface crosses, of a level on blocks.
    """
    if isinstance(level.lattice, BlockLattice):
        assert cells is not None, "known for blocks"
        crossings = extract_blocks(level.values, at, level.lattice, cells)
        return crossings, block_normals(level.values, crossings, level.lattice)
    crossings = extract(level.values, at)
    return crossings, vertex_normals(level.values, crossings)

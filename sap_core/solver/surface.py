"""From oriented points to the surface that Poisson reconstruction makes of them, differentiably."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sap_core.solver.isosurface import extract, marching_cubes, vertex_normals
from sap_core.solver.poisson import PoissonSolver
from sap_core.solver.potential import SmoothInverseLaplacian
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of, hessian_of


@dataclass(frozen=True, eq=False)
class Surface:
    """An indicator field and its zero level, in the unit frame.

    Attributes:
        vertices: (V, 3).
        faces: (F, 3) int64, counter-clockwise seen from outside.
        normals: (V, 3) outward unit normals of the field at the vertices; constant to autograd.
        potential: (R, R, R), the field before it is shifted, scaled and bounded.
        level: of the potential on the surface.
        scale: of the potential.
    """

    vertices: Tensor
    faces: Tensor
    normals: Tensor
    potential: Tensor
    level: Tensor
    scale: Tensor

    def plane(self, axis: int, node: int) -> Tensor:
        """The indicator field on a plane of nodes (R, R): ``tanh``, negative inside, as published."""
        return torch.tanh(self.scale * (self.potential.select(axis, node) - self.level))

    def field(self) -> Tensor:
        """The indicator field on all nodes (R, R, R), as ``plane`` has it."""
        return torch.tanh(self.scale * (self.potential - self.level))

    def detach(self) -> "Surface":
        """The same without the graph that leads back to the points."""
        return replace(self, vertices=self.vertices.detach(), potential=self.potential.detach())


class SurfaceLayer(Protocol):
    """Makes the surface of oriented points at one resolution and smoothing; differentiable in both arguments.

    Raises:
        SurfaceVanished: the field has no zero level.
    """

    resolution: int
    sigma: float

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        """Of points (N, 3) in the unit cube and their normals (N, 3)."""


class PublishedLayer:
    """The layers of the paper in a row: trilinear splat, spectral solver, tanh, marching cubes."""

    def __init__(self, resolution: int, sigma: float) -> None:
        self.resolution, self.sigma = resolution, sigma
        self._solver = PoissonSolver(resolution, sigma)

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        field = self._solver(points, normals)
        vertices, faces, normals_there = marching_cubes(torch.tanh(field))
        return Surface(vertices, faces, normals_there, field, field.new_zeros(()), field.new_ones(()))


class SplineLayer:
    """The same in one piece, with a splat of quadratic B-splines: one FFT each way forward, and one each way back.

    It splats the divergence of the normals instead of the normals, and extracts the level set of the potential itself,
    which shift, scale and tanh do not move. Only the ends of crossed edges then have a gradient, so that no pass over
    the whole grid is left but those of the FFT. Work memory is kept from one call to the next.
    """

    def __init__(self, resolution: int, sigma: float) -> None:
        self.resolution, self.sigma = resolution, sigma
        self._work: _Work | None = None

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        return Surface(*_SplineFunction.apply(points, normals, self))

    def work_like(self, tensor: Tensor) -> "_Work":
        """Work memory on the device and of the precision of a tensor; its last contents are lost."""
        kept = self._work
        if kept is None or kept.source.device != tensor.device or kept.source.dtype != tensor.dtype:
            solve = SmoothInverseLaplacian(self.resolution, self.sigma, like=tensor)
            self._work = kept = _Work(tensor.new_empty(3 * (self.resolution,)), solve)
        return kept


class _Work(NamedTuple):
    source: Tensor  # (R, R, R) to splat to
    solve: SmoothInverseLaplacian


class _SplineFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: Tensor, normals: Tensor, layer: SplineLayer) -> tuple[Tensor, ...]:
        stencil = SplineStencil.at(points, layer.resolution)
        work = layer.work_like(points)
        potential = work.solve(stencil.splat_divergence(normals, out=work.source))
        at_points = stencil.derivatives(potential, up_to=1)
        level = at_points[VALUE].mean()
        scale = 0.5 / (potential[0, 0, 0] - level).abs()
        crossings = extract(potential, level)
        surface_normals = vertex_normals(potential, crossings)
        ctx.save_for_backward(
            normals, gradient_of(at_points), surface_normals, crossings.nodes, crossings.weights, scale
        )
        ctx.stencil, ctx.layer = stencil, layer
        ctx.mark_non_differentiable(crossings.faces, surface_normals, potential, level, scale)
        ctx.set_materialize_grads(False)  # or backward would be given an array of zeros for the potential
        return crossings.vertices, crossings.faces, surface_normals, potential, level, scale

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor, Tensor, None]:
        normals, slope, surface_normals, nodes, weights, scale = ctx.saved_tensors
        stencil, layer = ctx.stencil, ctx.layer
        # As published, a vertex passes -(dL/dv . n) to the field there; the level takes the opposite of their sum.
        grad_field = -scale * (grad * surface_normals).sum(-1)
        grad_level = -grad_field.sum() / len(normals)  # for each point: the level is the mean over them
        work = layer.work_like(normals)
        source = stencil.splat({VALUE: grad_level.expand(len(normals))}, out=work.source)
        source.view(-1).index_add_(0, nodes.flatten(), (grad_field.unsqueeze(-1) * weights).flatten())
        adjoint = stencil.derivatives(work.solve(source), up_to=2)
        grad_points = grad_level * slope - (hessian_of(adjoint) @ normals.unsqueeze(-1)).squeeze(-1)
        return grad_points, -gradient_of(adjoint), None

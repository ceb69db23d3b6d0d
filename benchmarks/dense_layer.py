"""The surface of oriented points on a dense grid, to compare blocks with: the same splines, FFTs and marching cubes."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sap_core.solver.isosurface import extract, vertex_normals
from sap_core.solver.lattice import DenseLattice
from sap_core.solver.levels import Level, Potential
from sap_core.solver.potential import SmoothInverseLaplacian
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of, hessian_of
from sap_core.solver.surface import Surface


class DenseLayer:
    """The layer that ``MultilevelLayer`` is up to 192 nodes along each axis, at any resolution."""

    def __init__(self, resolution: int, sigma: float) -> None:
        self.resolution, self.sigma = resolution, sigma
        self._inverse: SmoothInverseLaplacian | None = None

    def __call__(self, points: Tensor, normals: Tensor) -> Surface:
        return Surface(*_Dense.apply(points, normals, self))

    def potential(self, points: Tensor, normals: Tensor) -> Potential:
        """The potential alone, constant to autograd."""
        return self(points.detach(), normals.detach()).potential

    def inverse_like(self, tensor: Tensor) -> SmoothInverseLaplacian:
        """The inverse of the Laplacian, kept from one call to the next."""
        if self._inverse is None:
            self._inverse = SmoothInverseLaplacian(self.resolution, self.sigma, like=tensor)
        return self._inverse


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, points: Tensor, normals: Tensor, layer: DenseLayer
    ) -> tuple[Tensor, Tensor, Tensor, Potential]:
        lattice = DenseLattice(layer.resolution)
        stencil = SplineStencil.at(points, lattice)
        source = points.new_zeros(3 * (layer.resolution,))
        stencil.splat_divergence(normals, out=source)
        values = layer.inverse_like(points)(source)
        there = stencil.derivatives(values, up_to=1)
        level = there[VALUE].mean()
        scale = 0.5 / (values[0, 0, 0] - level).abs()
        crossings = extract(values, level)
        across = vertex_normals(values, crossings)
        ctx.save_for_backward(normals, gradient_of(there), across, crossings.nodes, crossings.weights, scale)
        ctx.stencil, ctx.layer = stencil, layer
        ctx.mark_non_differentiable(crossings.faces, across)
        return crossings.vertices, crossings.faces, across, Potential((Level(lattice, values),), level, scale)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor, Tensor, None]:
        normals, slope, across, nodes, weights, scale = ctx.saved_tensors
        at_vertices = -scale * (grad * across).sum(-1)
        of_level = -at_vertices.sum() / len(normals)
        source = normals.new_zeros(3 * (ctx.layer.resolution,))
        ctx.stencil.splat({VALUE: of_level.expand(len(normals))}, out=source)
        source.view(-1).index_add_(0, nodes.flatten(), (at_vertices.unsqueeze(-1) * weights).flatten())
        adjoint = ctx.stencil.derivatives(ctx.layer.inverse_like(normals)(source), up_to=2)
        by_points = of_level * slope - (hessian_of(adjoint) @ normals.unsqueeze(-1)).squeeze(-1)
        return by_points, -gradient_of(adjoint), None

"""Quadratic B-splines on a lattice: their derivatives at points, and the adjoint that splats.

Unlike trilinear weights, quadratic
ones have a continuous derivative. So the divergence of a field of splatted vectors can be splatted itself, and the
gradient of a potential be read off at a point, without a field of vectors in between.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from sap_core.solver.lattice import Lattice

# How many times to differentiate along x, y and z.
Order = tuple[int, int, int]
VALUE: Order = (0, 0, 0)
GRADIENT: tuple[Order, Order, Order] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


@dataclass(frozen=True, eq=False)
class SplineStencil:
    """The 27 nodes that each of N points touches, three along each axis, with their weights.

    Attributes:
        index: (N * 27,) int64, rows of the lattice.
        weights: along x, y and z: the weights of the three nodes (N, 3), and as far as they were asked for their first
            and second derivatives by the position of the point in the unit cube.
    """

    index: Tensor
    weights: tuple[tuple[Tensor, ...], ...]

    @classmethod
    def at(cls, points: Tensor, lattice: Lattice, *, up_to: int = 2) -> "SplineStencil":
        """The stencil of points (N, 3) in the unit cube, with the derivatives up to an order."""
        position = points * lattice.resolution
        middle = position.round()
        steps = torch.arange(-1, 2, device=points.device)
        x, y, z = (middle.long().unsqueeze(-1) + steps).unbind(1)
        index = lattice.rows(x[:, :, None, None], y[:, None, :, None], z[:, None, None, :])
        weights = _weights(position - middle, lattice.resolution, up_to=up_to)
        return cls(index.flatten(), tuple(zip(*weights, strict=True)))

    def derivatives(self, grid: Tensor, *, up_to: int) -> dict[Order, Tensor]:
        """The derivatives at the points, each (N,), of the spline through the values of all nodes; up to an order."""
        x, y, z = self.weights
        nodes = grid.view(-1).index_select(0, self.index).reshape(-1, 9, 3)
        found = {}
        for k in range(up_to + 1):
            plane = torch.bmm(nodes, z[k].unsqueeze(-1)).reshape(-1, 3, 3)
            for j in range(up_to + 1 - k):
                line = torch.bmm(plane, y[j].unsqueeze(-1)).squeeze(-1)
                for i in range(up_to + 1 - k - j):
                    found[i, j, k] = (line * x[i]).sum(-1)
        return found

    def splat(self, derivatives: Mapping[Order, Tensor], *, out: Tensor) -> None:
        """The adjoint of ``derivatives``, added to the values of all nodes."""
        x, y, z = self.weights
        lines: dict[tuple[int, int], Tensor] = {}
        for (i, j, k), values in derivatives.items():
            line = values.unsqueeze(-1) * x[i]
            lines[j, k] = lines[j, k] + line if (j, k) in lines else line
        planes: dict[int, Tensor] = {}
        for (j, k), line in lines.items():
            plane = line.unsqueeze(-1) * y[j].unsqueeze(-2)
            planes[k] = planes[k] + plane if k in planes else plane
        shares = reduce(torch.add, (plane.unsqueeze(-1) * z[k][:, None, None, :] for k, plane in planes.items()))
        out.view(-1).scatter_add_(0, self.index, shares.flatten())

    def splat_divergence(self, vectors: Tensor, *, out: Tensor) -> None:
        """The divergence of the field that vectors (N, 3) at the points would splat to, added to all nodes."""
        self.splat({order: -vectors[:, axis] for axis, order in enumerate(GRADIENT)}, out=out)


def gradient_of(derivatives: Mapping[Order, Tensor]) -> Tensor:
    """Of the ``derivatives`` at N points those of first order, (N, 3)."""
    return torch.stack([derivatives[order] for order in GRADIENT], -1)


def hessian_of(derivatives: Mapping[Order, Tensor]) -> Tensor:
    """Of the ``derivatives`` at N points those of second order, (N, 3, 3)."""
    rows = [[derivatives[_sum(a, b)] for b in GRADIENT] for a in GRADIENT]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def _sum(a: Order, b: Order) -> Order:
    """Differentiated by one and then by the other."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _weights(offsets: Tensor, resolution: int, *, up_to: int) -> list[Tensor]:
    """Of the three nodes along each axis, for offsets (N, 3) from the middle one in cells: each (3 axes, N, 3)."""
    offset = offsets.T.contiguous()
    below, above = 0.5 - offset, 0.5 + offset
    found = [torch.stack((0.5 * below**2, 0.75 - offset**2, 0.5 * above**2), -1)]
    if up_to > 0:
        found.append(resolution * torch.stack((-below, -2 * offset, above), -1))
    if up_to > 1:
        curvature = torch.tensor([1.0, -2.0, 1.0], dtype=offset.dtype, device=offset.device)
        found.append((resolution**2 * curvature).expand(*offset.shape, 3))
    return found

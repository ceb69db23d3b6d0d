"""Trilinear splat and gather on a periodic grid: an adjoint pair, ``<splat(v), g> = <v, gather(g)>``.

Node ``i`` of ``R`` lies at ``i / R`` of the unit cube; a grid is indexed x, y, z.
Both functions are differentiable by autograd in values and points, except across cell borders,
where trilinear weights have a kink. ``Stencil`` is the explicit form that the Poisson layer builds its backward on.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

# The eight corners of a cell, as 0/1 steps along x, y, z.
_CORNERS = torch.tensor([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])


@dataclass(frozen=True, eq=False)
class Stencil:
    """Where each point of a cloud touches the grid.

    Attributes:
        resolution: R, nodes along each axis.
        index: (B, N, 8) int64, rows of the flattened (R, R, R) grid.
        side: (B, N, 8, 3) trilinear weight along each axis; the weight of a corner is their product.
    """

    resolution: int
    index: Tensor
    side: Tensor

    @classmethod
    def at(cls, points: Tensor, resolution: int) -> "Stencil":
        """The stencil of points (B, N, 3) in the unit cube."""
        position = points * resolution
        cell = position.detach().floor()
        fraction = (position - cell).unsqueeze(-2)  # (B, N, 1, 3)
        corner = _CORNERS.to(points.device)
        node = (cell.long().unsqueeze(-2) + corner).remainder(resolution)  # (B, N, 8, 3)
        index = (node[..., 0] * resolution + node[..., 1]) * resolution + node[..., 2]
        return cls(resolution, index, torch.where(corner.bool(), fraction, 1 - fraction))

    @cached_property
    def weight(self) -> Tensor:
        """(B, N, 8) trilinear weights."""
        x, y, z = self.side.unbind(-1)
        return x * y * z  # CUDA would compile prod() when it is first called

    def splat(self, values: Tensor) -> Tensor:
        """(B, N, C) values at the points -> (B, C, R, R, R)."""
        batch, _, channels = values.shape
        shares = (self.weight.unsqueeze(1) * values.transpose(1, 2).unsqueeze(-1)).reshape(batch, channels, -1)
        index = self.index.reshape(batch, 1, -1).expand(-1, channels, -1)
        grid = values.new_zeros(batch, channels, self.resolution**3)
        return grid.scatter_add_(2, index, shares).reshape(batch, channels, *3 * (self.resolution,))

    def corner_values(self, grid: Tensor) -> Tensor:
        """(B, C, R, R, R) -> (B, C, N, 8): the grid at the corners around each point."""
        batch, channels = grid.shape[:2]
        index = self.index.reshape(batch, 1, -1).expand(-1, channels, -1)
        return grid.flatten(2).gather(2, index).reshape(batch, channels, *self.index.shape[1:])

    def gather(self, grid: Tensor) -> Tensor:
        """(B, C, R, R, R) -> (B, N, C): the trilinear interpolation at the points."""
        return (self.corner_values(grid) * self.weight.unsqueeze(1)).sum(-1).transpose(1, 2)

    def position_gradient(self, corner_values: Tensor) -> Tensor:
        """(B, N, 8) values at the corners -> (B, N, 3): gradient of their interpolation by the point's position.

        A point exactly on a grid plane has no derivative across it; as published, the corner that the point does
        not touch then counts for nothing.
        """
        x, y, z = self.side.unbind(-1)
        direction = 2 * _CORNERS.to(corner_values) - 1  # does the side grow or shrink with the position
        slope = self.resolution * direction * (self.side > 0)
        others = torch.stack((y * z, x * z, x * y), -1)
        return (corner_values.unsqueeze(-1) * slope * others).sum(-2)


def splat(values: Tensor, points: Tensor, resolution: int) -> Tensor:
    """Spread values at points onto the grid.

    Args:
        values: (B, N, C).
        points: (B, N, 3) in the unit cube, periodic.

    Returns:
        (B, C, R, R, R).
    """
    return Stencil.at(points, resolution).splat(values)


def gather(grid: Tensor, points: Tensor) -> Tensor:
    """Interpolate a grid (B, C, R, R, R) at points (B, N, 3) in the unit cube -> (B, N, C)."""
    return Stencil.at(points, grid.shape[-1]).gather(grid)

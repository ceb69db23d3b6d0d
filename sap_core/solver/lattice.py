"""Where the nodes of a grid lie in memory: all of them in a row, or only those of the blocks near a surface."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

BLOCK = 8  # nodes along each edge of a block
NODES = BLOCK**3


class Lattice(Protocol):
    """R nodes along each axis of the unit cube, node ``i`` at ``i / R``, and the rows of an array that hold them."""

    @property
    def resolution(self) -> int:
        """R."""

    @property
    def size(self) -> int:
        """Rows of the array that holds a value for each node."""

    def rows(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Rows (...) of the nodes at whole coordinates, int64 tensors that broadcast; periodic where the grid is."""


@dataclass(frozen=True)
class DenseLattice:
    """All nodes of a periodic grid, as a flattened (R, R, R) array."""

    resolution: int

    @property
    def size(self) -> int:
        return self.resolution**3

    def rows(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        x, y, z = (coordinate.remainder(self.resolution) for coordinate in (x, y, z))
        return (x * self.resolution + y) * self.resolution + z


@dataclass(frozen=True, eq=False)
class BlockLattice:
    """The nodes of some blocks of 8^3 nodes, block after block; each block as a flattened (8, 8, 8) array.

    Around the cube there is a border one block wide, so that what reaches over its faces has a place. One more block,
    the last, stands for all that are not there: what is written to it is lost, and it holds zeros where it is read.

    Attributes:
        resolution: R, a multiple of 8.
        places: (A, 3) int64 coordinates of the blocks, from -1 to R / 8, in ascending order.
        table: row of the block at each place, flattened; A where there is none.
    """

    resolution: int
    places: Tensor
    table: Tensor  # ((R / 8 + 2)^3,) int32

    @classmethod
    def of(cls, marked: Tensor, resolution: int) -> "BlockLattice":
        """The lattice of the marked places.

        Args:
            marked: ((R / 8 + 2)^3,) bool, as ``table``.
            resolution: R.
        """
        side = places_along(resolution)
        keys = marked.nonzero().flatten()
        places = torch.stack((keys // side**2, keys // side % side, keys % side), 1) - 1
        table = torch.full((side**3,), len(keys), dtype=torch.int32, device=keys.device)
        table.index_copy_(0, keys, torch.arange(len(keys), dtype=torch.int32, device=keys.device))
        return cls(resolution, places, table)

    def __len__(self) -> int:
        return len(self.places)

    @property
    def size(self) -> int:
        return (len(self) + 1) * NODES

    def rows(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        blocks = self.blocks_at(x >> 3, y >> 3, z >> 3)
        return (blocks << 9) + (((x & 7) << 6) + ((y & 7) << 3) + (z & 7))

    def blocks_at(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Rows (...) of the blocks at places, int64 tensors that broadcast; what is beyond the border counts to it."""
        side = places_along(self.resolution)
        x, y, z = ((place + 1).clamp_(0, side - 1) for place in (x, y, z))
        key = (x * side + y) * side + z
        return self.table.index_select(0, key.flatten()).view(key.shape).long()

    def beside(self, places: Tensor, axis: int, step: int) -> Tensor:
        """(K,) rows of the blocks so many steps along an axis from places (K, 3); beyond the border there is none."""
        moved = places[:, axis] + step
        rows = self.blocks_at(*(moved if each == axis else places[:, each] for each in range(3)))
        return torch.where((moved >= -1) & (moved <= self.resolution // BLOCK), rows, len(self))

    @cached_property
    def neighbours(self) -> Tensor:
        """(A, 3, 3, 3) int64 rows of the blocks around each, one step back, none, or one ahead along x, y, z."""
        steps = torch.arange(-1, 2, device=self.places.device)
        x, y, z = (self.places[:, axis, None] + steps for axis in range(3))
        return self.blocks_at(x[:, :, None, None], y[:, None, :, None], z[:, None, None, :])

    @cached_property
    def beyond(self) -> Tensor:
        """(A + 1,) whether a block lies outside the cube."""
        outside = ((self.places < 0) | (self.places >= self.resolution // BLOCK)).any(1)
        return torch.cat((outside, outside.new_zeros(1)))

    def widened(self, axis: int) -> "BlockLattice":
        """With the blocks one step back and ahead along an axis."""
        side = places_along(self.resolution)
        cube = (self.table < len(self)).view(side, side, side)
        wider = cube.clone()
        length = side - 1
        wider.narrow(axis, 1, length).logical_or_(cube.narrow(axis, 0, length))
        wider.narrow(axis, 0, length).logical_or_(cube.narrow(axis, 1, length))
        return BlockLattice.of(wider.view(-1), self.resolution)


def places_along(resolution: int) -> int:
    """Blocks along an axis of the cube, and one more at either end."""
    return resolution // BLOCK + 2

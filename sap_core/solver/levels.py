"""A potential on grids from coarse to fine, to be sampled anywhere in the cube."""

from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from sap_core.solver.lattice import BLOCK, NODES, BlockLattice, Lattice

_AT_ONCE = 2**20  # places


@dataclass(frozen=True, eq=False)
class Level:
    """A potential on one grid.

    Attributes:
        lattice: of its nodes.
        values: (R, R, R) where all are there, else (A + 1, 512).
    """

    lattice: Lattice
    values: Tensor


@dataclass(frozen=True, eq=False)
class Potential:
    """What makes the indicator field; at each place the finest level holds that is there.

    Attributes:
        levels: at least one, the first of them dense; each next one twice as fine.
        level: of the potential on the surface, without dimensions.
        scale: of the potential, as published: the indicator field is 1/2 at the corner of the cube.
    """

    levels: tuple[Level, ...]
    level: Tensor
    scale: Tensor

    @property
    def finest(self) -> Level:
        return self.levels[-1]

    def up_to(self, resolution: int) -> "Potential":
        """The same, without the levels finer than that; the base stays."""
        kept = (level for level in self.levels[1:] if level.lattice.resolution <= resolution)
        return Potential((self.levels[0], *kept), self.level, self.scale)

    def plain(self) -> "Potential":
        """The same, without what more it may hold for the way back to the points."""
        return Potential(tuple(Level(level.lattice, level.values) for level in self.levels), self.level, self.scale)

    @torch.no_grad()
    def at(self, places: Tensor) -> Tensor:
        """The potential at places (N, 3) in the unit cube: (N,), linear between nodes."""
        return torch.cat([self._at(some) for some in places.split(_AT_ONCE)])

    def indicator(self, places: Tensor) -> Tensor:
        """The indicator field at places (N, 3): (N,), ``tanh`` as published, negative inside."""
        return torch.tanh(self.scale * (self.at(places) - self.level))

    def plane(self, axis: int, position: float, resolution: int) -> Tensor:
        """The indicator field on a plane (R, R) across an axis, its nodes at i / R along the two others."""
        node = torch.arange(resolution, device=self.level.device, dtype=self.level.dtype) / resolution
        first, second = torch.meshgrid(node, node, indexing="ij")
        others = [first.flatten(), second.flatten()]
        others.insert(axis, torch.full_like(others[0], position))
        return self.indicator(torch.stack(others, 1)).view(resolution, resolution)

    def _at(self, places: Tensor) -> Tensor:
        found, _ = _interpolated(self.levels[0], places)
        rows = torch.arange(len(places), device=places.device)  # of the places that the finer levels may reach
        for level in self.levels[1:]:
            rows = rows.index_select(0, _in_blocks(level.lattice, places.index_select(0, rows)))
            values, whole = _interpolated(level, places.index_select(0, rows))
            rows = rows.index_select(0, whole)
            found.index_copy_(0, rows, values.index_select(0, whole))
        return found


def _in_blocks(lattice: Lattice, places: Tensor) -> Tensor:
    """Rows of those places (N, 3) that lie in a block which is there; those of a grid mostly do not."""
    assert isinstance(lattice, BlockLattice), "all but the base are"
    blocks = (places * (lattice.resolution // BLOCK)).floor().long()
    return (lattice.blocks_at(*blocks.unbind(1)) < len(lattice)).nonzero().flatten()


def _interpolated(level: Level, places: Tensor) -> tuple[Tensor, Tensor]:
    """Values at places (N, 3) from the eight nodes around each, (N,); and which of them have all of these: rows."""
    position = places * level.lattice.resolution
    lower = position.floor()
    above = position - lower
    shares = torch.stack((1 - above, above))
    x, y, z = lower.long().unbind(1)
    total, whole = torch.zeros_like(above[:, 0]), torch.ones_like(x, dtype=torch.bool)
    for i, j, k in product((0, 1), repeat=3):
        rows = level.lattice.rows(x + i, y + j, z + k)
        if isinstance(level.lattice, BlockLattice):
            whole &= rows < len(level.lattice) * NODES
        total += level.values.view(-1).index_select(0, rows) * shares[i, :, 0] * shares[j, :, 1] * shares[k, :, 2]
    return total, whole.nonzero().flatten()

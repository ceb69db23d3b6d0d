"""Lattices of blocks to compute on, and what their nodes are, worked out one by one."""

from itertools import product

import numpy as np
import torch
from torch import Tensor

from sap_core.solver.lattice import BLOCK, NODES, BlockLattice, places_along

Place = tuple[int, int, int]


def lattice_at(places: set[Place], resolution: int) -> BlockLattice:
    """Of the blocks at these places."""
    side = places_along(resolution)
    marked = torch.zeros(side, side, side, dtype=torch.bool)
    for place in places:
        marked[tuple(coordinate + 1 for coordinate in place)] = True
    return BlockLattice.of(marked.flatten(), resolution)


def everywhere(resolution: int) -> BlockLattice:
    """All blocks, and those of the border."""
    return BlockLattice.of(torch.ones(places_along(resolution) ** 3, dtype=torch.bool), resolution)


def scattered(resolution: int, count: int, *, seed: int = 0, border: bool = True) -> BlockLattice:
    """Of so many blocks drawn by chance, of the border as well or not."""
    end = resolution // BLOCK
    span = range(-1, end + 1) if border else range(end)
    all_places = list(product(span, repeat=3))
    drawn = np.random.default_rng(seed).choice(len(all_places), count, replace=False)
    return lattice_at({all_places[number] for number in drawn}, resolution)


def places_of(lattice: BlockLattice) -> list[Place]:
    """In the order of the blocks."""
    return [(x, y, z) for x, y, z in lattice.places.tolist()]


def nodes_of(lattice: BlockLattice) -> Tensor:
    """(A * 512, 3) whole coordinates of the nodes, in the order in which they lie in memory."""
    within = torch.tensor(list(product(range(BLOCK), repeat=3)))
    return (BLOCK * lattice.places[:, None, :] + within).view(-1, 3)


def values_of(field: Tensor, lattice: BlockLattice) -> Tensor:
    """(A + 1, 512): a periodic field (R, R, R) at the nodes of blocks, the last one zero."""
    x, y, z = nodes_of(lattice).remainder(len(field)).unbind(1)
    return torch.cat((field[x, y, z], field.new_zeros(NODES))).view(-1, NODES)


def random_values(lattice: BlockLattice, seed: int) -> Tensor:
    """(A + 1, 512) in double precision, the last block zero."""
    values = torch.randn(len(lattice) + 1, NODES, dtype=torch.double, generator=torch.Generator().manual_seed(seed))
    values[-1] = 0
    return values


def open_edges(faces: Tensor) -> int:
    """How many passages along an edge are not met by exactly one in the opposite direction: 0 of a closed mesh."""
    start, end = faces.flatten().numpy(), faces.roll(-1, 1).flatten().numpy()
    count = int(faces.max()) + 1
    forth, back = np.sort(start * count + end), np.sort(end * count + start)
    repeated = int((forth[1:] == forth[:-1]).sum())
    return repeated if np.array_equal(forth, back) else repeated + len(np.setdiff1d(back, forth))

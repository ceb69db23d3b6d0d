"""From the potential of one level to that on the blocks of the next, twice as fine; and the transpose."""

from collections.abc import Iterator

import torch
from torch import Tensor

from sap_core.solver.lattice import BLOCK, BlockLattice, Lattice

_COARSE = BLOCK // 2 + 2  # nodes of the coarser grid along an edge of a block: from one before it to one after it
_AT_ONCE = 4_096  # blocks
# Cubic B-spline subdivision, from the coarse nodes -1 to 4 of a block to its fine nodes 0 to 7.
_EVEN, _ODD = (1 / 8, 6 / 8, 1 / 8), (4 / 8, 4 / 8)


@torch.no_grad()
def prolong(coarse: Tensor, lattice: Lattice, fine: BlockLattice) -> Tensor:
    """Interpolate the values of a coarser grid at the nodes of blocks by cubic subdivision.

    Args:
        coarse: the values of all nodes of ``lattice``, in any shape.
        lattice: R / 2 nodes along each axis.
        fine: R nodes.

    Returns:
        (A + 1, 512), the last block zero.
    """
    matrix = _matrix(like=coarse)
    out = coarse.new_empty(len(fine) + 1, BLOCK**3)
    out[-1] = 0
    for start, rows in _rows_around(lattice, fine):
        around = coarse.view(-1).index_select(0, rows.flatten())
        for _ in range(3):  # each turns the axes round by one
            around = torch.matmul(around.view(len(rows), _COARSE, -1).transpose(1, 2), matrix)
        out[start : start + len(rows)] = around.view(len(rows), -1)
    return out


@torch.no_grad()
def restrict(fine: Tensor, lattice: BlockLattice, coarse: Lattice, *, out: Tensor) -> None:
    """Add the transpose of ``prolong``: values (A + 1, 512) of blocks, to the nodes of the coarser grid.

    Args:
        fine: on ``lattice``.
        lattice: R nodes along each axis.
        coarse: R / 2 nodes.
        out: the values of all nodes of ``coarse``, in any shape; they are added to.
    """
    matrix = _matrix(like=fine).T
    for start, rows in _rows_around(coarse, lattice):
        around = fine[start : start + len(rows)]
        for _ in range(3):
            around = torch.matmul(around.view(len(rows), BLOCK, -1).transpose(1, 2), matrix)
        out.view(-1).index_add_(0, rows.flatten(), around.flatten())


def _rows_around(coarse: Lattice, fine: BlockLattice) -> Iterator[tuple[int, Tensor]]:
    """Of some blocks at a time, the first of them and the rows (a, 6, 6, 6) of the coarse nodes in and around them."""
    steps = torch.arange(-1, _COARSE - 1, device=fine.places.device)
    for start in range(0, len(fine), _AT_ONCE):
        first = fine.places[start : start + _AT_ONCE] * (BLOCK // 2)
        x, y, z = (first[:, axis, None] + steps for axis in range(3))
        yield start, coarse.rows(x[:, :, None, None], y[:, None, :, None], z[:, None, None, :])


def _matrix(*, like: Tensor) -> Tensor:
    """(6, 8)."""
    matrix = like.new_zeros(_COARSE, BLOCK)
    for node in range(BLOCK):
        weights = _ODD if node % 2 else _EVEN
        first = node // 2 + node % 2
        matrix[first : first + len(weights), node] = like.new_tensor(weights)
    return matrix

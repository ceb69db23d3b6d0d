"""Which blocks of a level are computed: those that points touch or the surface crosses, and what these need."""

from itertools import product

import torch
from torch import Tensor

from sap_core.solver.lattice import BLOCK, BlockLattice, places_along

_BEFORE, _AFTER = 1, 2  # nodes that a point may touch before and after the cell in which it lies
_CUBE = 2  # cells; points in one such cube are marked together
_MOVES = 2  # cells by which the surface of a level may lie beside that of the level before; if more, blocks are added
_SUPPORT = 7  # cells beside a surface that the level after needs; if more, blocks are added


@torch.no_grad()
def touched_by(points: Tensor, resolutions: tuple[int, ...]) -> list[Tensor]:
    """Mark the blocks of each level that points touch, and those that the next level is prolonged from there.

    Args:
        points: (N, 3) in the unit cube.
        resolutions: of the levels above the base, ascending.

    Returns:
        For each level (places,) bool, as ``BlockLattice.table``.
    """
    found: list[Tensor] = []
    for resolution in reversed(resolutions):
        x, y, z = (points * resolution).div_(_CUBE, rounding_mode="floor").long().unbind(1)
        side = resolution // _CUBE + 1
        keys = ((x * side + y) * side + z).unique()
        low = _CUBE * torch.stack((keys // side**2, keys // side % side, keys % side), 1)
        marked = nowhere(points.device, resolution)
        mark_boxes(marked, low - _BEFORE, low + _CUBE - 1 + _AFTER, resolution)
        if found:
            marked |= supporting(found[0], 2 * resolution)
        found.insert(0, marked)
    return found


@torch.no_grad()
def crossed_in(cells: Tensor, resolution: int, *, supports_more: bool) -> Tensor:
    """Mark the blocks near the cells (M, 3) of the grid half as fine that the surface crosses: (places,) bool.

    Args:
        cells: whole coordinates of their lowest corners.
        resolution: R of the blocks.
        supports_more: whether another level is prolonged from these blocks.
    """
    marked = nowhere(cells.device, resolution)
    margin = _SUPPORT if supports_more else _MOVES
    mark_boxes(marked, 2 * cells - margin, 2 * cells + 1 + margin, resolution)
    return marked


@torch.no_grad()
def supporting(marked: Tensor, resolution: int) -> Tensor:
    """Mark the blocks of the grid half as fine that hold a node from which marked ones are prolonged."""
    coarse = nowhere(marked.device, resolution // 2)
    first = BLOCK // 2 * marked_places(marked, resolution)
    mark_boxes(coarse, first - 1, first + BLOCK // 2, resolution // 2)
    return coarse


def mark_boxes(marked: Tensor, low: Tensor, high: Tensor, resolution: int) -> None:
    """Mark all blocks that hold a node of the boxes from low to high (M, 3), which are all of one size."""
    side = places_along(resolution)
    width = int((high[:1] - low[:1]).max()) if len(low) else 0
    steps = torch.arange(0, width + BLOCK, BLOCK, device=low.device)
    corners = torch.minimum(low + steps[:, None, None], high)
    places = corners.div_(BLOCK, rounding_mode="floor").add_(1).clamp_(0, side - 1)
    for x, y, z in product(*(places[:, :, axis] for axis in range(3))):
        marked.index_fill_(0, (x * side + y) * side + z, True)


@torch.no_grad()
def lattice_of(marked: Tensor, resolution: int) -> BlockLattice:
    """The lattice of the marked blocks and of those outside the cube beside them, so that a surface can be capped."""
    side = places_along(resolution)
    cube = marked.view(side, side, side)
    for axis in range(3):
        for outer, inner in ((0, 1), (-1, -2)):
            cube.select(axis, outer).logical_or_(cube.select(axis, inner))
    return BlockLattice.of(marked, resolution)


def marked_places(marked: Tensor, resolution: int) -> Tensor:
    """(K, 3) of the marked blocks."""
    keys, side = marked.nonzero().flatten(), places_along(resolution)
    return torch.stack((keys // side**2, keys // side % side, keys % side), 1) - 1


def nowhere(device: torch.device, resolution: int) -> Tensor:
    """(places,) bool without a mark."""
    return torch.zeros(places_along(resolution) ** 3, dtype=torch.bool, device=device)

"""The level set on the nodes of active blocks, as one mesh on one lattice.

A cell goes by the row of its lowest corner. Cells that the surface crosses must have all their corners on active nodes:
then what a cell does on a face depends on that face alone, the cell behind it does the same, and the mesh is closed.
``crossed_cells`` says which blocks are missing for that.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sap_core.solver.cell_table import CORNER_STEPS, cell_table
from sap_core.solver.isosurface import Crossings, SurfaceVanished
from sap_core.solver.lattice import BLOCK, NODES, BlockLattice

_AT_ONCE = 2**18  # cells
_FAR_OUTSIDE = 1e30  # of nodes outside the cube, where the surface is capped


class CrossedCells(NamedTuple):
    """The cells that the surface crosses.

    Attributes:
        rows: (M,) int64 of their lowest corners, ascending.
        patterns: (M,) int64, which of their corners are inside.
        missing: (K, 3) int64 places of blocks that crossed cells reach into and that are not active.
    """

    rows: Tensor
    patterns: Tensor
    missing: Tensor


@torch.no_grad()
def crossed_cells(values: Tensor, level: Tensor, lattice: BlockLattice) -> CrossedCells:
    """Find the cells whose corners are not all on one side of the level.

    Args:
        values: (A + 1, 512) of the nodes; the last block is that of all which are not there.
        level: without dimensions; a node is inside where its value is lower. Outside the cube all are outside.
        lattice: of the nodes.
    """
    inside = torch.lt(values, level)
    inside.logical_and_(~lattice.beyond.unsqueeze(1))
    patterns = inside.view(torch.uint8)
    spare = torch.empty_like(patterns)
    for axis, step in enumerate(CORNER_STEPS):
        _add_next(patterns, lattice, axis, 1 << step, out=spare)
        patterns, spare = spare, patterns
    kept = patterns[:-1]
    mixed = torch.add(kept, 1, out=spare[:-1]).bitwise_and_(254)  # a byte wraps: 0 for the patterns 0 and 255
    groups = mixed.view(torch.int64).flatten().nonzero().flatten()  # of eight cells, most of them without a mixed one
    group, member = mixed.view(-1, 8).index_select(0, groups).nonzero().unbind(1)
    rows = groups.index_select(0, group).mul_(8).add_(member)
    return CrossedCells(rows, kept.reshape(-1).index_select(0, rows).long(), _missing(mixed, lattice))


@torch.no_grad()
def extract_blocks(values: Tensor, level: Tensor, lattice: BlockLattice, cells: CrossedCells) -> Crossings:
    """Extract the surface ``values == level`` from the cells that it crosses, by marching cubes; closed.

    Args:
        values: (A + 1, 512).
        level: without dimensions.
        lattice: of the nodes.
        cells: of these values and this level; none are missing.

    Returns:
        The mesh; ``nodes`` are rows of the lattice.

    Raises:
        SurfaceVanished: no cell is crossed.
    """
    if not len(cells.rows):
        raise SurfaceVanished(
            "the indicator field does not cross its level, so there is no surface: lower the learning rate or sigma, "
            "or reset"
        )
    device, table = values.device, cell_table(values.device)
    crossed = table.crossed.index_select(0, cells.patterns)  # (M, 3)
    vertex = crossed.flatten().cumsum(0, dtype=torch.int32).sub_(1).view(-1, 3)  # on each edge from a cell's corner
    # Only rows of crossed cells are written and read; the memory between them is never touched.
    place = torch.empty(lattice.size, dtype=torch.int32, device=device)
    place.index_copy_(0, cells.rows, torch.arange(len(cells.rows), dtype=torch.int32, device=device))
    counts = table.triangles.index_select(0, cells.patterns)
    nodes = torch.empty(int(vertex[-1, -1]) + 1, 2, dtype=torch.int64, device=device)
    axes = torch.empty(len(nodes), dtype=torch.int64, device=device)
    faces = torch.empty(int(counts.sum()), 3, dtype=torch.int64, device=device)
    edges_done = faces_done = 0
    for start in range(0, len(cells.rows), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        corners = _corner_rows(cells.rows[some], lattice)
        owner, axis = crossed[some].nonzero().unbind(1)
        own = slice(edges_done, edges_done + len(owner))
        torch.index_select(corners[:, 0], 0, owner, out=nodes[own, 0])
        ahead = owner * 8 + _steps(device).index_select(0, axis)
        torch.index_select(corners.view(-1), 0, ahead, out=nodes[own, 1])
        axes[own] = axis
        edges_done = own.stop
        found = _faces(cells.patterns[some], place.index_select(0, corners.flatten()), vertex)
        faces[faces_done : faces_done + len(found)] = found
        faces_done += len(found)
    return _between(nodes, axes, faces, values, level, lattice)


@torch.no_grad()
def block_normals(values: Tensor, crossings: Crossings, lattice: BlockLattice) -> Tensor:
    """Outward unit normals (V, 3): the direction of the gradient, taken at the nodes and interpolated.

    The gradient is a central difference; where the next node is not active, half of a one-sided one.

    Args:
        values: (A + 1, 512).
        crossings: extracted from them.
        lattice: of the nodes.
    """
    touched = torch.zeros(len(lattice) + 1, dtype=torch.bool, device=values.device)
    touched.index_fill_(0, (crossings.nodes >> 9).flatten(), True)
    blocks = touched.nonzero().flatten()
    place = touched.cumsum(0).sub_(1)
    nodes = crossings.nodes.flatten()
    rows = (place.index_select(0, nodes >> 9) << 9).add_(nodes & (NODES - 1))
    normals = values.new_empty(len(crossings.vertices), 3)
    for axis in range(3):
        slope = _slope(values, blocks, lattice, axis).index_select(0, rows).view(-1, 2)
        torch.sum(slope.mul_(crossings.weights), 1, out=normals[:, axis])
    return normalize(normals, dim=1)


def _between(
    nodes: Tensor, axis: Tensor, faces: Tensor, values: Tensor, level: Tensor, lattice: BlockLattice
) -> Crossings:
    """The mesh whose vertices lie between pairs of nodes (V, 2), one step apart along an axis (V,)."""
    ends = values.view(-1).index_select(0, nodes.flatten())
    beyond = lattice.beyond.index_select(0, (nodes >> 9).flatten())
    distance = torch.where(beyond, _FAR_OUTSIDE, ends.sub_(level)).abs_().view(-1, 2)
    weights = distance.flip(1) / distance.sum(1, keepdim=True)
    vertices = cell_coordinates(nodes[:, 0], lattice).to(values.dtype)
    vertices.scatter_add_(1, axis.unsqueeze(1), weights[:, 1:])
    return Crossings(vertices.div_(lattice.resolution), faces, nodes, weights)


def _faces(patterns: Tensor, places: Tensor, vertex: Tensor) -> Tensor:
    """(F, 3) vertices of the triangles in some cells.

    Args:
        patterns: (m,) of the cells.
        places: (m * 8,) of the cells that begin at their corners, where those are crossed.
        vertex: (M, 3) of the three edges from the lowest corner of each crossed cell.
    """
    table = cell_table(patterns.device)
    count = table.triangles.index_select(0, patterns)
    cell = torch.repeat_interleave(count)  # of each triangle
    shift = table.first.index_select(0, patterns) - count.cumsum(0) + count
    triangle = torch.arange(len(cell), device=cell.device) + shift.index_select(0, cell)
    corner = (table.lower * _steps(cell.device)).sum(-1).index_select(0, triangle)  # (F, 3)
    owner = places.index_select(0, (corner + 8 * cell.unsqueeze(1)).flatten())
    edge = owner.long().mul_(3).add_(table.axis.index_select(0, triangle).flatten())
    return vertex.view(-1).index_select(0, edge).view(-1, 3).long()


def _corner_rows(rows: Tensor, lattice: BlockLattice) -> Tensor:
    """(M, 8) rows of the corners of cells (M,)."""
    block, (x, y, z) = rows >> 9, _within(rows)
    ahead = lattice.neighbours[:, 1:, 1:, 1:].reshape(-1)  # each block itself, and those ahead of it
    corners = []
    for corner in range(8):
        i, j, k = (x + (corner >> 2), y + (corner >> 1 & 1), z + (corner & 1))
        carry = ((i >> 3) << 2) + ((j >> 3) << 1) + (k >> 3)
        there = ahead.index_select(0, (block << 3) + carry)
        corners.append((there << 9) + ((i & 7) << 6) + ((j & 7) << 3) + (k & 7))
    return torch.stack(corners, 1)


def cell_coordinates(rows: Tensor, lattice: BlockLattice) -> Tensor:
    """(M, 3) whole coordinates of nodes (M,)."""
    return lattice.places.index_select(0, rows >> 9).mul_(BLOCK).add_(torch.stack(_within(rows), 1))


def _within(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Coordinates of nodes inside their blocks."""
    return rows >> 6 & 7, rows >> 3 & 7, rows & 7


def _along(values: Tensor, axis: int) -> Tensor:
    """A view (A, before, 8, after) of blocks (A, 512), with the axis third."""
    return values.view(len(values), BLOCK**axis, BLOCK, BLOCK ** (2 - axis))


def _add_next(patterns: Tensor, lattice: BlockLattice, axis: int, factor: int, *, out: Tensor) -> None:
    """Patterns (A + 1, 512) and ``factor`` times those of the next node along an axis.

    Where the next block is not there, its nodes are taken for those before them.
    """
    now, sums = _along(patterns, axis), _along(out, axis)
    torch.add(now[:, :, :-1], now[:, :, 1:], alpha=factor, out=sums[:, :, :-1])
    following = _first_beyond(now, lattice, axis, step=1)
    torch.add(now[:-1, :, -1], following, alpha=factor, out=sums[:-1, :, -1])


def _first_beyond(now: Tensor, lattice: BlockLattice, axis: int, *, step: int, blocks: Tensor | None = None) -> Tensor:
    """(A, before, after) of the blocks the plane just behind (step -1) or ahead (1); their own last where none is."""
    there = lattice.beside(lattice.places, axis, step)
    own = now[:-1]
    if blocks is not None:
        there, own = there.index_select(0, blocks), now.index_select(0, blocks)
    end = -1 if step > 0 else 0
    beside = now[:, :, 0 if step > 0 else -1].index_select(0, there)
    return torch.where((there == len(lattice))[:, None, None], own[:, :, end], beside)


def _slope(values: Tensor, blocks: Tensor, lattice: BlockLattice, axis: int) -> Tensor:
    """(B * 512,) differences between the next and the last node along an axis, for the nodes of some blocks (B,)."""
    now = _along(values, axis)
    own = now.index_select(0, blocks)
    rise = torch.empty_like(own)
    torch.sub(own[:, :, 2:], own[:, :, :-2], out=rise[:, :, 1:-1])
    before, after = (_first_beyond(now, lattice, axis, step=step, blocks=blocks) for step in (-1, 1))
    torch.sub(own[:, :, 1], before, out=rise[:, :, 0])
    torch.sub(after, own[:, :, -2], out=rise[:, :, -1])
    return rise.view(-1)


def _missing(mixed: Tensor, lattice: BlockLattice) -> Tensor:
    """(K, 3) places that crossed cells reach into: beside a block whose outermost cells are crossed there."""
    absent = (lattice.neighbours == len(lattice)).view(-1, 27)
    blocks = absent.any(1).nonzero().flatten()
    reached = mixed.index_select(0, blocks).view(-1, BLOCK, BLOCK, BLOCK).bool()
    for axis in (1, 2, 3):
        reached = torch.stack((reached.select(axis, 0), reached.any(axis), reached.select(axis, BLOCK - 1)), axis)
    wanted = (reached.view(-1, 27) & absent.index_select(0, blocks)).nonzero()
    step = torch.stack((wanted[:, 1] // 9, wanted[:, 1] // 3 % 3, wanted[:, 1] % 3), 1) - 1
    return lattice.places.index_select(0, blocks.index_select(0, wanted[:, 0])) + step


def _steps(device: torch.device) -> Tensor:
    """What one step along x, y, z adds to the number of a corner."""
    return torch.tensor(CORNER_STEPS, device=device)

"""The level set of a field as a triangle mesh, differentiable as published (Remelli et al. 2020; Peng et al. 2021).

Marching cubes in torch operations, so that the mesh is made where the field is, and is the same on every device.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import normalize

from sap_core.solver.cell_table import CORNER_STEPS, cell_table


class SurfaceVanished(RuntimeError):
    """The field does not cross the level, so there is no surface."""


class Crossings(NamedTuple):
    """A closed mesh whose vertices are the places where the surface crosses the edges of the grid.

    Node ``i`` of ``R`` lies at ``i / R``. Where the surface is capped at the border of the grid, both ends of a vertex
    are the border node on which it lies.
    """

    vertices: Tensor  # (V, 3) in the unit cube
    faces: Tensor  # (F, 3) int64, counter-clockwise seen from outside
    nodes: Tensor  # (V, 2) int64, the ends of the vertex's edge as rows of the flattened field
    weights: Tensor  # (V, 2), by which a vertex interpolates its ends; their sum is 1


def marching_cubes(field: Tensor, level: float | Tensor = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Extract the surface ``field == level`` as ``extract`` does, differentiably.

    The backward pass takes ``dL/dfield = -dL/dv . n`` at each vertex ``v`` with normal ``n``, spread over the two nodes
    between which it lies. The exact derivative of the vertex position gives lower training loss but worse surfaces
    (docs/design.md). Faces and normals are constants to autograd, and so is the level.

    Args:
        field: (R, R, R), smaller inside than outside.
        level: a number, or a tensor without dimensions.

    Returns:
        vertices (V, 3) in the unit cube, faces (F, 3) int64 counter-clockwise seen from outside,
        outward unit normals (V, 3); on the field's device.

    Raises:
        SurfaceVanished: the whole field is above or below the level, or a value is not a number.
        ValueError: the field is not a cube of floating-point numbers.
    """
    return _MarchingCubes.apply(field, level)


class _MarchingCubes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, field: Tensor, level: float | Tensor) -> tuple[Tensor, Tensor, Tensor]:
        crossings = extract(field, level)
        normals = vertex_normals(field, crossings)
        ctx.save_for_backward(crossings.nodes, crossings.weights, normals)
        ctx.shape = field.shape
        ctx.mark_non_differentiable(crossings.faces, normals)
        return crossings.vertices, crossings.faces, normals

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor, None]:
        nodes, weights, normals = ctx.saved_tensors
        along_normal = -(grad * normals).sum(1, keepdim=True)
        grad_field = grad.new_zeros(ctx.shape.numel())
        grad_field.index_add_(0, nodes.flatten(), (along_normal * weights).flatten())
        return grad_field.view(ctx.shape), None


@torch.no_grad()
def extract(field: Tensor, level: float | Tensor = 0.0) -> Crossings:
    """Extract the surface ``field == level`` by marching cubes (Lorensen and Cline 1987); always closed.

    A node is inside where the field is below the level. All nodes outside the grid count as outside the surface, so a
    surface that reaches the border is capped there. Where the field meets the level exactly at a node, vertices fall
    together; the mesh is closed nevertheless.

    Args:
        field: (R, R, R), smaller inside than outside, finite.
        level: a number, or a tensor without dimensions.

    Returns:
        The mesh, and where its vertices lie on the grid; constant to autograd, on the field's device.

    Raises:
        SurfaceVanished: the whole field is above or below the level, or a value is not a number.
        ValueError: the field is not a cube of floating-point numbers.
    """
    if field.ndim != 3 or not 0 < len(field) == field.shape[1] == field.shape[2]:
        raise ValueError(f"field must have shape (R, R, R), got {tuple(field.shape)}")
    if not field.is_floating_point():
        raise ValueError(f"field must hold floating-point numbers, got {field.dtype}")
    level = torch.as_tensor(level, dtype=field.dtype, device=field.device)
    _check_crossing(field, level)

    resolution = len(field)
    padded = _padded_edge(resolution)
    cells, patterns = _active_cells(_padded_inside(field, level, padded))
    # A crossed edge belongs to the cell of which it leaves the lowest corner. That cell is active, too.
    crossed = cell_table(field.device).crossed.index_select(0, patterns).flatten()  # (3A,)
    faces = _faces(cells, patterns, crossed, padded)

    edges = crossed.nonzero().flatten()
    lower = torch.stack(_coordinates(cells.index_select(0, edges // 3), padded), 1) - 1
    upper = lower + torch.eye(3, dtype=torch.int64, device=field.device).index_select(0, edges % 3)
    ends = torch.stack((lower, upper), 1).clamp_(0, resolution - 1)
    nodes = _rows(ends, resolution)
    distance = (_take(field.flatten(), nodes) - level).abs_()
    weights = distance.flip(1) / distance.sum(1, keepdim=True)
    start, end = ends.unbind(1)
    vertices = (start + weights[:, 1:] * (end - start)).div_(resolution)
    return Crossings(vertices, faces, nodes, weights)


@torch.no_grad()
def vertex_normals(field: Tensor, crossings: Crossings) -> Tensor:
    """Outward unit normals (V, 3): the direction of the field's gradient, taken at the nodes and interpolated.

    The gradient is a central difference, one-sided at the border. Where it is zero, so is the normal.

    Args:
        field: (R, R, R), the one that the crossings were extracted from.
        crossings: of the field with any level.
    """
    values, nodes = field.flatten(), crossings.nodes
    slopes = []
    for coordinate, stride in zip(_coordinates(nodes, len(field)), _strides(len(field)), strict=True):
        up, down = coordinate < len(field) - 1, coordinate > 0
        rise = _take(values, nodes + stride * up) - _take(values, nodes - stride * down)
        slopes.append((rise * crossings.weights / (up.int() + down.int())).sum(1))
    return normalize(torch.stack(slopes, 1), dim=1)


@torch.no_grad()
def crossed_cell_coordinates(field: Tensor, level: Tensor) -> Tensor:
    """(M, 3) whole coordinates of the lowest corners of the cells that the surface crosses, -1 before the first node.

    Raises:
        SurfaceVanished: there are none.
    """
    _check_crossing(field, level)
    padded = _padded_edge(len(field))
    cells, _ = _active_cells(_padded_inside(field, level, padded))
    return torch.stack(_coordinates(cells, padded), 1) - 1


def _check_crossing(field: Tensor, level: Tensor) -> None:
    low, high = field.aminmax()  # both are nan if any value is
    if not (low < level) & (level <= high):
        where = "not a number" if low.isnan() else f"{low:.3g} to {high:.3g}"
        raise SurfaceVanished(
            f"the indicator field ({where}) does not cross {level:g}, so there is no surface: "
            "lower the learning rate or sigma, or reset"
        )


def _padded_edge(resolution: int) -> int:
    """Nodes along an axis with the border; even, so that the cells come in whole groups of eight."""
    return resolution + 2 + resolution % 2


def _padded_inside(field: Tensor, level: Tensor, padded: int) -> Tensor:
    """Whether each node is inside the surface (P, P, P), with a border of outside nodes around the grid.

    The border closes the surface. It also lets strides along the flattened grid pass from one line to the next: the
    cells that this makes between two lines have no inside corner.
    """
    inside = torch.zeros(padded, padded, padded, dtype=torch.bool, device=field.device)
    grid = slice(1, len(field) + 1)
    torch.lt(field, level, out=inside[grid, grid, grid])
    return inside


def _active_cells(inside: Tensor) -> tuple[Tensor, Tensor]:
    """Cells whose corners are not all alike, ascending (A,), and their patterns (A,).

    A cell goes by the row of its lowest corner in the flattened grid. Overwrites ``inside``: at high resolutions new
    memory costs more than the sums.
    """
    patterns = inside.view(torch.uint8).flatten()
    spare = torch.zeros_like(patterns)
    for stride, step in zip(_strides(len(inside)), CORNER_STEPS, strict=True):
        torch.add(patterns[:-stride], patterns[stride:], alpha=1 << step, out=spare[:-stride])
        patterns, spare = spare, patterns
    active = torch.add(patterns, 1, out=spare).bitwise_and_(254)  # a byte wraps: 0 for the patterns 0 and 255
    groups = active.view(torch.int64).nonzero().flatten()  # of eight cells, most of them without an active one
    group, member = active.view(-1, 8)[groups].nonzero().unbind(1)
    cells = groups[group].mul_(8).add_(member)
    return cells, patterns.index_select(0, cells).int()


def _faces(cells: Tensor, patterns: Tensor, crossed: Tensor, padded: int) -> Tensor:
    """(F, 3) rows of the vertices, which are the crossed ones of the cells' own edges (3A,), in order."""
    table = cell_table(cells.device)
    count = table.triangles.index_select(0, patterns)
    cell = torch.repeat_interleave(count)  # (F,), of each face
    shift = table.first.index_select(0, patterns) - count.cumsum(0) + count
    triangle = torch.arange(len(cell), device=cells.device) + shift.index_select(0, cell)

    # Only rows of active cells are written and read; the memory between them is never touched.
    first_edge = torch.empty(padded**3, dtype=torch.int32, device=cells.device)
    first_edge[cells] = torch.arange(0, len(crossed), 3, dtype=torch.int32, device=cells.device)
    owner = _rows(table.lower, padded).index_select(0, triangle).add_(cells.index_select(0, cell).unsqueeze(1))
    edge = _take(first_edge, owner).add_(table.axis.index_select(0, triangle))
    vertex = crossed.cumsum(0, dtype=torch.int32).sub_(1)
    return _take(vertex, edge).long()


def _strides(resolution: int) -> tuple[int, int, int]:
    """From a node to the next one along x, y, z in the flattened grid."""
    return resolution**2, resolution, 1


def _rows(coordinates: Tensor, resolution: int) -> Tensor:
    """Grid coordinates (..., 3) -> rows of the flattened grid (...)."""
    x, y, z = coordinates.unbind(-1)
    return (x * resolution + y) * resolution + z


def _coordinates(rows: Tensor, resolution: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of the flattened grid -> grid coordinates x, y, z; ``torch.unravel_index`` loads sympy, half a second."""
    return rows // resolution**2, rows // resolution % resolution, rows % resolution


def _take(values: Tensor, rows: Tensor) -> Tensor:
    """``values[rows]``, several times as fast on the CPU."""
    return values.index_select(0, rows.flatten()).view(rows.shape)

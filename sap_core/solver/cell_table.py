"""The case table of marching cubes, worked out from one rule for the faces of a cell.

Corner ``c`` of a cell lies ``(c >> 2 & 1, c >> 1 & 1, c & 1)`` steps along x, y, z from its lowest one. Bit ``c`` of a
cell's *pattern* says that this corner is inside the surface, so there are 256 patterns.
"""

import math
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

CORNER_STEPS = (4, 2, 1)  # from a corner to the next one along x, y, z

Edge = tuple[int, int]  # the lower corner, the axis
Triangle = tuple[Edge, Edge, Edge]


class CellTable(NamedTuple):
    """What marching cubes has to know of each pattern.

    The triangles of all patterns stand one after another, T in all; their corners lie on edges of the cell.
    """

    crossed: Tensor  # (256, 3) bool, whether the surface crosses the edge from the lowest corner along x, y, z
    triangles: Tensor  # (256,) int64, how many the pattern has
    first: Tensor  # (256,) int64, row of the first of them
    lower: Tensor  # (T, 3, 3) int64, steps along x, y, z to the lower end of the edge
    axis: Tensor  # (T, 3) int64, the axis of the edge


@cache
def cell_table(device: torch.device) -> CellTable:
    """The table on a device, made on first use.

    On each face of a cell a segment cuts off every run of neighbouring inside corners. That depends on the corners of
    the face alone, so the cell on its other side draws the same segments, and the mesh is closed whatever the field.
    The segments join to loops, and each loop is filled with triangles whose inner edges pass through the cell: no
    other cell has them, so no edge belongs to more than two triangles.
    """
    triangles = [list(_triangles(pattern)) for pattern in range(256)]
    crossed = [[_is_crossed(pattern, (0, axis)) for axis in range(3)] for pattern in range(256)]
    count = torch.tensor([len(group) for group in triangles], device=device)
    corner, axis = torch.tensor([triangle for group in triangles for triangle in group], device=device).unbind(-1)
    return CellTable(
        crossed=torch.tensor(crossed, device=device),
        triangles=count,
        first=count.cumsum(0) - count,
        lower=torch.stack([corner // step % 2 for step in CORNER_STEPS], -1),
        axis=axis.contiguous(),
    )


def _is_crossed(pattern: int, edge: Edge) -> bool:
    lower, axis = edge
    upper = lower + CORNER_STEPS[axis]
    return pattern >> lower & 1 != pattern >> upper & 1


def _triangles(pattern: int) -> Iterator[Triangle]:
    """Counter-clockwise seen from outside the surface."""
    for loop in _loops(pattern):
        fans = (loop[turn:] + loop[:turn] for turn in range(len(loop)))
        hub, *rim = min(fans, key=_spokes_length)
        for first, second in pairwise(rim):
            yield hub, first, second


def _loops(pattern: int) -> Iterator[list[Edge]]:
    """The closed lines in which the surface meets the faces of the cell, as the edges that they pass in turn."""
    following: dict[Edge, Edge] = {}
    for ring in _rings():
        corners = ring + ring
        inside = [pattern >> corner & 1 for corner in corners]
        for start in range(1, 5):
            if inside[start] > inside[start - 1]:
                end = inside.index(0, start)
                entry = _edge_between(corners[start - 1], corners[start])
                following[entry] = _edge_between(corners[end - 1], corners[end])
    while following:
        first, edge = following.popitem()
        loop = [first]
        while edge != first:
            loop.append(edge)
            edge = following.pop(edge)
        yield loop


def _rings() -> Iterator[tuple[int, ...]]:
    """The corners of the six faces, counter-clockwise seen from outside the cell."""
    for axis, step in enumerate(CORNER_STEPS):
        across, up = CORNER_STEPS[axis - 2], CORNER_STEPS[axis - 1]
        ring = (0, across, across + up, up)
        yield ring[::-1]
        yield tuple(corner + step for corner in ring)


def _edge_between(a: int, b: int) -> Edge:
    return min(a, b), CORNER_STEPS.index(abs(a - b))


def _spokes_length(fan: list[Edge]) -> float:
    """Length of the inner edges of a fan around its first corner; infinite where one of them lies in a face."""
    hub, *rim = map(_middle, fan)
    return sum(math.inf if _share_a_face(hub, end) else math.dist(hub, end) for end in rim[1:-1])


def _middle(edge: Edge) -> list[int]:
    """In half steps from the lowest corner."""
    lower, axis = edge
    return [1 if along == axis else 2 * (lower // step % 2) for along, step in enumerate(CORNER_STEPS)]


def _share_a_face(a: list[int], b: list[int]) -> bool:
    return any(p == q != 1 for p, q in zip(a, b, strict=True))

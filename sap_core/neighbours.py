"""Exact nearest neighbours: a k-d tree on the CPU, a grid of torch operations on every other device."""

import math
from typing import NamedTuple

import torch
from pykdtree.kdtree import KDTree
from torch import Tensor

_POINTS_PER_CELL = 2.0  # fewer leave more queries to the next grid, more are more distances to compute
_CROWDED = 2 * _POINTS_PER_CELL
_FINEST = 2**14  # cells along an axis; float32 still places a point to a thousandth of a cell
_COARSENING = 4
_COARSEST = 8  # of fewer cells along an axis, 27 hold a good part of all points
_QUERIES_AT_ONCE = 2**18
_PAIRS_AT_ONCE = 2**22  # some 80 bytes each


class NearestNeighbours:
    """A search structure over points (N, 3), to be asked many times.

    Raises:
        ValueError: the points are not of shape (N, 3) with N > 0.
    """

    def __init__(self, points: Tensor) -> None:
        if points.ndim != 2 or points.shape[-1] != 3 or len(points) == 0:
            raise ValueError(f"points must have shape (N, 3) with N > 0, got {tuple(points.shape)}")
        on_cpu = points.device.type == "cpu"
        self._search = TreeSearch(points.detach()) if on_cpu else GridSearch(points.detach())

    def __call__(self, queries: Tensor) -> Tensor:
        """Rows of the nearest points to queries (M, 3) -> (M,) int64, on the queries' device.

        Queries are on the points' device, in their precision; all coordinates are finite. Of points that are equally
        near, the same one is given every time, but not the same one on every device.
        """
        return self._search(queries.detach())


class TreeSearch:
    """A k-d tree in main memory, asked by all cores at once."""

    def __init__(self, points: Tensor) -> None:
        self._tree = KDTree(points.numpy())

    def __call__(self, queries: Tensor) -> Tensor:
        _, rows = self._tree.query(queries.numpy(), sqr_dists=True)
        return torch.from_numpy(rows.astype("int64"))


class GridSearch:
    """Points sorted by the cells of a grid, on their own device; nothing but sizes crosses to the host.

    A query looks at the 27 cells in and around its own. The nearest point there is the nearest of all if it is no
    farther than the border of these cells. Otherwise a grid of wider cells is asked.
    """

    def __init__(self, points: Tensor, *, lattice: "_Lattice | None" = None) -> None:
        self._points = points
        self._lattice = lattice or _Lattice.suited_to(points)
        self._keys, self._rows = self._lattice.keys(points).sort()
        self._sorted = points[self._rows]
        self._coarser: GridSearch | None = None

    def __call__(self, queries: Tensor) -> Tensor:
        return torch.cat([self._nearest(some) for some in queries.split(_QUERIES_AT_ONCE)])

    def _nearest(self, queries: Tensor) -> Tensor:
        first, counts = self._columns(queries)
        total = int(counts.sum())
        if total > _PAIRS_AT_ONCE and len(queries) > 1:
            return torch.cat([self._nearest(half) for half in queries.chunk(2)])
        query, place = _expand(first, counts, total)
        squared = (queries[query] - self._sorted[place]).square().sum(-1)
        nearest = queries.new_full((len(queries),), math.inf).scatter_reduce(0, query, squared, "amin")
        hit = (squared == nearest[query]).nonzero().squeeze(1)
        rows = query.new_full((len(queries),), len(self._points))
        rows = rows.scatter_reduce(0, query[hit], self._rows[place[hit]], "amin")
        # A point outside the 27 cells is at least as far as their border, but for rounding.
        unsettled = (nearest.sqrt() > 0.99 * self._lattice.border(queries)).nonzero().squeeze(1)
        if len(unsettled):
            rows[unsettled] = self._wider(len(unsettled))(queries[unsettled])
        return rows

    def _columns(self, queries: Tensor) -> tuple[Tensor, Tensor]:
        """Of the 9 columns of 3 cells around each query: the first point in sorted order, and how many; (M, 9)."""
        middle = self._lattice.keys_around(queries)
        first = torch.searchsorted(self._keys, middle - 1)
        return first, torch.searchsorted(self._keys, middle + 1, right=True) - first

    def _wider(self, queries: int) -> "GridSearch | AllPairs":
        few = queries * len(self._points) <= _PAIRS_AT_ONCE
        if few or self._lattice.resolution < _COARSENING * _COARSEST:
            return AllPairs(self._points)
        if self._coarser is None:
            self._coarser = GridSearch(self._points, lattice=self._lattice.coarser())
        return self._coarser


class AllPairs:
    """Every query against every point."""

    def __init__(self, points: Tensor) -> None:
        self._points = points

    def __call__(self, queries: Tensor) -> Tensor:
        at_once = max(1, _PAIRS_AT_ONCE // len(self._points))
        return torch.cat([self._nearest(some) for some in queries.split(at_once)])

    def _nearest(self, queries: Tensor) -> Tensor:
        x, y, z = ((queries[:, axis, None] - self._points[:, axis]).square_() for axis in range(3))
        return x.add_(y).add_(z).argmin(1)


class _Lattice(NamedTuple):
    """Cubic cells around the points. What lies outside counts to the nearest cell."""

    low: Tensor  # (3,)
    edge: float
    resolution: int  # cells along the longest axis

    @classmethod
    def suited_to(cls, points: Tensor) -> "_Lattice":
        """Cells of which the occupied ones hold some ``_POINTS_PER_CELL``; a surface leaves most cells empty."""
        low = points.amin(0)
        lattice = cls._over(low, float((points.amax(0) - low).amax()), math.ceil(len(points) ** (1 / 3)))
        while (crowd := lattice._points_per_occupied_cell(points)) > _CROWDED and lattice.resolution < _FINEST:
            # Of a surface, the number of occupied cells grows with the square of the resolution.
            lattice = lattice._with(lattice.resolution * math.sqrt(crowd / _POINTS_PER_CELL))
        return lattice

    @classmethod
    def _over(cls, low: Tensor, extent: float, resolution: int) -> "_Lattice":
        return cls(low, extent / resolution or 1.0, resolution)

    def _with(self, resolution: float) -> "_Lattice":
        return self._over(self.low, self.edge * self.resolution, min(math.ceil(resolution), _FINEST))

    def coarser(self) -> "_Lattice":
        return self._with(self.resolution / _COARSENING)

    def keys(self, points: Tensor) -> Tensor:
        """(M, 3) -> (M,) int64, one number for each cell; the three cells of a column follow one another."""
        return self._key(self._cells(points))

    def keys_around(self, points: Tensor) -> Tensor:
        """(M, 3) -> (M, 9): the keys of the cell of each point and of its neighbours along x and y."""
        steps = torch.arange(-1, 2, device=points.device)
        return self._key(self._cells(points).unsqueeze(1) + torch.cartesian_prod(steps, steps, steps.new_zeros(1)))

    def border(self, points: Tensor) -> Tensor:
        """(M,): how far the 27 cells around each point reach, where there are others beyond them."""
        position, cells = self._position(points), self._cells(points)
        below = torch.where(cells > 1, position - (cells - 1), math.inf)
        above = torch.where(cells < self.resolution - 2, cells + 2 - position, math.inf)
        return torch.minimum(below, above).amin(-1) * self.edge

    def _points_per_occupied_cell(self, points: Tensor) -> float:
        steps = self.keys(points).sort().values.diff()
        return len(points) / (1 + int(steps.count_nonzero()))

    def _position(self, points: Tensor) -> Tensor:
        return (points - self.low) / self.edge

    def _cells(self, points: Tensor) -> Tensor:
        return self._position(points).clamp(0, self.resolution - 1).long()

    def _key(self, cells: Tensor) -> Tensor:
        x, y, z = (cells + 1).unbind(-1)  # neighbours outside the lattice have keys of their own
        stride = self.resolution + 2
        return (x * stride + y) * stride + z


def _expand(first: Tensor, counts: Tensor, total: int) -> tuple[Tensor, Tensor]:
    """Of runs (M, K), each from ``first`` on and ``counts`` long: for all their elements the m and the place."""
    lengths = counts.flatten()
    run = torch.repeat_interleave(lengths, output_size=total)
    offset = torch.arange(total, device=first.device) - (lengths.cumsum(0) - lengths)[run]
    return run // counts.shape[1], first.flatten()[run] + offset

"""Nearest neighbours and the squared Chamfer distance between point sets."""

import torch
from scipy.spatial import KDTree
from torch import Tensor


class NearestNeighbours:
    """A search structure over points (N, 3), to be asked many times."""

    def __init__(self, points: Tensor) -> None:
        self._tree = KDTree(points.detach().cpu().numpy())

    def __call__(self, queries: Tensor) -> Tensor:
        """Rows of the nearest points to queries (M, 3) -> (M,) int64, on the queries' device."""
        _, rows = self._tree.query(queries.detach().cpu().numpy(), workers=-1)
        return torch.as_tensor(rows, dtype=torch.int64, device=queries.device)


def chamfer_distance(a: Tensor, b: Tensor, *, b_neighbours: NearestNeighbours | None = None) -> Tensor:
    """Mean squared distance from each set to the other, added up.

    Args:
        a: (N, 3).
        b: (M, 3).
        b_neighbours: the search structure of ``b``, if it is at hand.

    Returns:
        Scalar in squared units of the points. Differentiable in both sets, except where two neighbours are
        equally near.

    Raises:
        ValueError: a set is empty or not of shape (N, 3).
    """
    for name, points in (("a", a), ("b", b)):
        if points.ndim != 2 or points.shape[-1] != 3 or len(points) == 0:
            raise ValueError(f"{name} must have shape (N, 3) with N > 0, got {tuple(points.shape)}")
    nearest_in_b = (b_neighbours or NearestNeighbours(b))(a)
    nearest_in_a = NearestNeighbours(a)(b)
    return _mean_squared(a - b[nearest_in_b]) + _mean_squared(b - a[nearest_in_a])


def _mean_squared(offsets: Tensor) -> Tensor:
    return offsets.square().sum(-1).mean()

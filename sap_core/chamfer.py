"""The squared Chamfer distance between point sets."""

from typing import NamedTuple

from torch import Tensor

from sap_core.neighbours import NearestNeighbours


class SquaredDistances(NamedTuple):
    """From every point of either of two sets to the nearest point of the other, in squared units of the points."""

    from_a: Tensor  # (N,)
    from_b: Tensor  # (M,)
    nearest_in_b: Tensor  # (N,) int64, the rows that ``from_a`` leads to


def squared_distances(a: Tensor, b: Tensor, *, b_neighbours: NearestNeighbours | None = None) -> SquaredDistances:
    """The squared distances whose means make up the Chamfer distance.

    Differentiable in both sets, except where two neighbours are equally near.

    Args:
        a: (N, 3).
        b: (M, 3).
        b_neighbours: the search structure of ``b``, if it is at hand.

    Raises:
        ValueError: a set is empty or not of shape (N, 3).
    """
    for name, points in (("a", a), ("b", b)):
        if points.ndim != 2 or points.shape[-1] != 3 or len(points) == 0:
            raise ValueError(f"{name} must have shape (N, 3) with N > 0, got {tuple(points.shape)}")
    nearest_in_b = (b_neighbours or NearestNeighbours(b))(a)
    nearest_in_a = NearestNeighbours(a)(b)
    # The backward of index_select is several times as fast as that of square brackets.
    return SquaredDistances(
        from_a=(a - b.index_select(0, nearest_in_b)).square().sum(-1),
        from_b=(b - a.index_select(0, nearest_in_a)).square().sum(-1),
        nearest_in_b=nearest_in_b,
    )


def chamfer_distance(a: Tensor, b: Tensor, *, b_neighbours: NearestNeighbours | None = None) -> Tensor:
    """Mean squared distance from each set to the other, added up; arguments and errors as ``squared_distances``.

    Returns:
        Scalar in squared units of the points.
    """
    distances = squared_distances(a, b, b_neighbours=b_neighbours)
    return distances.from_a.mean() + distances.from_b.mean()

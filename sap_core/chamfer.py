"""The squared Chamfer distance between point sets."""

from typing import NamedTuple

from torch import Tensor

from sap_core.neighbours import NearestNeighbours


class NearestPairs(NamedTuple):
    """Every point of two sets, a (N, 3) and b (M, 3), with the nearest point of the other set.

    Attributes:
        in_b: (N,) int64, the rows of b that are nearest to the points of a.
        in_a: (M,) int64, the same the other way.
        from_b_to_a: (N, 3), the points of a less the nearest of b.
        from_a_to_b: (M, 3), the points of b less the nearest of a.
    """

    in_b: Tensor
    in_a: Tensor
    from_b_to_a: Tensor
    from_a_to_b: Tensor


class SquaredDistances(NamedTuple):
    """From every point of either of two sets to the other set, in squared units of the points."""

    from_a: Tensor  # (N,)
    from_b: Tensor  # (M,)


def nearest_pairs(a: Tensor, b: Tensor, *, b_neighbours: NearestNeighbours | None = None) -> NearestPairs:
    """Pair every point of either set with the nearest one of the other.

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
    in_b = (b_neighbours or NearestNeighbours(b))(a)
    in_a = NearestNeighbours(a)(b)
    # The backward of index_select is several times as fast as that of square brackets.
    return NearestPairs(in_b, in_a, a - b.index_select(0, in_b), b - a.index_select(0, in_a))


def squared_distances(pairs: NearestPairs) -> SquaredDistances:
    """The squared distances whose means make up the Chamfer distance."""
    return SquaredDistances(pairs.from_b_to_a.square().sum(-1), pairs.from_a_to_b.square().sum(-1))


def chamfer_distance(a: Tensor, b: Tensor, *, b_neighbours: NearestNeighbours | None = None) -> Tensor:
    """Mean squared distance from each set to the other, added up; arguments and errors as ``nearest_pairs``.

    Returns:
        Scalar in squared units of the points.
    """
    distances = squared_distances(nearest_pairs(a, b, b_neighbours=b_neighbours))
    return distances.from_a.mean() + distances.from_b.mean()

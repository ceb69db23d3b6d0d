"""The separate parts of a cloud, its smooth patches, and which way round the normals of each belong."""

import numpy as np
import torch
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from sap_core.geometry import FloatArray

SMOOTH = 0.5  # cosine between the normals of neighbours on one smooth patch, at least
_NEIGHBOURS = 8
_MOST = 32  # components whose normals are turned, each as a whole
_WORTH = 0.01  # share of the squared residual that a turn has to take away


def point_components(points: FloatArray, *, most: int = _MOST) -> NDArray[np.int64]:
    """The component of each point (N, 3) in the graph of 8 nearest neighbours: (N,), from 0 for the largest.

    Args:
        points: any frame.
        most: components that are told apart; all smaller ones count as one.
    """
    neighbours = neighbours_of(points)
    return _numbered(neighbours, np.ones(neighbours.shape, np.bool_), most=most)


def smooth_patches(points: FloatArray, directions: FloatArray) -> NDArray[np.int64]:
    """The patch of each point (N, 3): (N,), from 0 for the largest.

    Components as well, but neighbours whose unit normals (N, 3) turn by more than 60 degrees are not joined, so that a
    patch ends at edges and where the normals change sides.
    """
    neighbours = neighbours_of(points)
    cosines = np.einsum("nc,nkc->nk", directions, directions[neighbours])
    return _numbered(neighbours, cosines > SMOOTH)


def neighbours_of(points: FloatArray) -> NDArray[np.int64]:
    """The rows of the 8 points nearest to each of the points (N, 3), and of itself: (N, 9), or (N, N) of fewer."""
    _, rows = KDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))
    return rows.astype(np.int64).reshape(len(points), -1)


def _numbered(neighbours: NDArray[np.int64], joined: NDArray[np.bool_], *, most: int = _MOST) -> NDArray[np.int64]:
    """The component of each point by the neighbours (N, K) that it is joined to."""
    start = np.repeat(np.arange(len(neighbours)), joined.sum(1))
    end = neighbours[joined]
    graph = coo_array((np.ones(len(start), np.bool_), (start, end)), shape=(len(neighbours), len(neighbours)))
    _, labels = connected_components(graph, directed=False)
    rank = np.argsort(np.argsort(-np.bincount(labels), kind="stable"))
    return np.minimum(rank, most - 1)[labels]


def best_signs(potentials: Tensor, target: Tensor) -> Tensor:
    """Signs s with little ``|sum_c s_c potentials_c - target|^2``, found by turning one component after another.

    Args:
        potentials: (C, N) of C components at N points.
        target: (N,).

    Returns:
        (C,) of 1 and -1; all 1 where no single turn takes away a hundredth of that square.
    """
    gram, towards = potentials @ potentials.T, potentials @ target
    signs = torch.ones_like(towards)
    while True:
        residual = signs @ potentials - target
        taken_away = 4 * (signs * (gram @ signs - towards) - gram.diagonal())
        most = taken_away.argmax()
        if taken_away[most] <= _WORTH * residual.square().sum():
            return signs
        signs[most] *= -1

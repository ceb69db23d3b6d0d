"""Normals of planes through neighbouring points, given signs that neighbours agree on (Hoppe et al. 1992).

It needs no inside, and no global decision: the sign of one point is handed on along a tree of nearest neighbours,
through those first whose planes are most alike.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

from sap_core.geometry import FloatArray

_HANDED_ON_TO = 10  # points of the patch, spread over it
_PATCHES = (12, 24, 48, 96)  # points of a plane, few first: many round off what is curved, few follow the noise
_LINE = 0.1  # variance across to that along, below which the points of a patch are those of one scan line
_ALIKE = 0.98  # share of neighbours that agree, from which more points are not tried
_STEP = 1e-3  # that every edge costs; scipy takes edges that cost nothing for none


class Propagated(NamedTuple):
    """Normals that were handed on.

    Attributes:
        normals: (N, 3) of length 1; each part may be turned as a whole.
        parts: (N,) which of the parts that no neighbours join each point belongs to, from 0.
        agreeing: share of neighbours whose normals point to the same side.
        patch: how many points the planes were fitted to.
        linear: whether most of these patches lie within a scan line, and tell of no plane.
    """

    normals: FloatArray
    parts: NDArray[np.int64]
    agreeing: float
    patch: int
    linear: bool


def propagated_normals(points: FloatArray) -> Propagated:
    """Normals of points (N, 3), from planes through as few neighbours as reach other scan lines and agree."""
    tree, tried = KDTree(points), list[Propagated]()
    for patch in _PATCHES:
        _, rows = tree.query(points, k=min(patch, len(points)))
        tried.append(_propagated(points, rows.astype(np.int64)))
        if tried[-1].agreeing >= _ALIKE and not tried[-1].linear:
            break
    return max(tried, key=lambda each: (not each.linear, each.agreeing))


def agreement(normals: FloatArray, neighbours: NDArray[np.int64]) -> float:
    """The share of neighbours (N, K) whose normals (N, 3) point to the same side."""
    return float((np.einsum("nc,nkc->nk", normals, normals[neighbours]) > 0).mean())


def _propagated(points: FloatArray, patches: NDArray[np.int64]) -> Propagated:
    """With planes through the points of the patches (N, K), each of which begins with the point itself."""
    around = points[patches]
    around -= around.mean(1, keepdims=True)
    variances, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
    normals = axes[:, :, 0]
    neighbours = patches[:, 1 :: max(1, patches.shape[1] // _HANDED_ON_TO)]
    start, end = np.repeat(np.arange(len(points)), neighbours.shape[1]), neighbours.ravel()
    cost = 1 + _STEP - np.abs(np.einsum("nc,nc->n", normals[start], normals[end]))
    graph = coo_array((cost, (start, end)), shape=2 * (len(points),)).tocsr()
    tree = minimum_spanning_tree(graph.maximum(graph.T))
    _, parts = connected_components(tree, directed=False)
    signs = np.ones(len(points))
    for root in np.unique(parts, return_index=True)[1]:
        order, before = breadth_first_order(tree, root, directed=False)
        turned = np.einsum("nc,nc->n", normals[order[1:]], normals[before[order[1:]]]) < 0
        for point, other, turn in zip(order[1:], before[order[1:]], turned, strict=True):
            signs[point] = -signs[other] if turn else signs[other]
    normals = normals * signs[:, None]
    linear = bool(np.median(variances[:, 1] / np.maximum(variances[:, 2], np.finfo(float).tiny)) < _LINE)
    return Propagated(normals, parts.astype(np.int64), agreement(normals, neighbours), patches.shape[1], linear)

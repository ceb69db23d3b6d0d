"""Which points of a scan are strays: beside its surface, or alone in space."""

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray, IntArray
from sap_core.scan.survey import estimate_noise

_SAMPLE = 50_000  # points that a large scan is compared with
_NEIGHBOURS = 8
_MOST, _FAR = 0.8, 2.0  # times the distance that this share of the points keeps to
_FARTHER = 1.5  # times the usual distance of the neighbours: on an even random surface, one point in eighty
_APART = 3.0  # times that of the neighbours, at most, where a surface gets sparse
_STEEP = 0.7  # sine of the angle to the plane through the neighbours, beyond which a point lies over them
_NOISE = 6.0  # standard deviations
_FLAT = 0.3  # of nine random points in space, one set in seventy
_ASKED = 5_000  # points that a share is estimated from
_CLUMP = 32  # points, fewer than which make no part of a surface

BoolArray = NDArray[np.bool_]


def find_outliers(points: FloatArray, *, rng: np.random.Generator) -> BoolArray:
    """Mark stray points: those far from their neighbours that do not continue the surface either.

    Distance is the mean one to the 8 nearest other points; duplicates count once. Suspect is what is twice as far as
    80 % of the points, or half as far again as its neighbours. A suspect belongs to the scan if it lies with its
    neighbours in a flat patch, as alike in distance as where a surface gets sparse, or if it continues what belongs
    to the scan: half of its neighbours do, and it is no farther than is usual there, or lies beside them and not over
    them. The first rule finds sparse parts beyond a sudden fall in density, the second follows the scan into them. All
    other suspects are strays; around those it is asked again, for without them others may be alone. Of what is then
    left, clumps of fewer than 32 points that are not flat and apart from all others are strays as well.

    Args:
        points: (N, 3), any frame.
        rng: draws the 50,000 points that those of a larger scan are compared with.

    Returns:
        (N,) True for an outlier.
    """
    stray = np.zeros(len(points), np.bool_)
    sample = np.arange(len(points)) if len(points) <= _SAMPLE else rng.choice(len(points), _SAMPLE, replace=False)
    sample = sample[np.unique(points[sample], axis=0, return_index=True)[1]]
    if len(sample) <= _NEIGHBOURS:
        return stray
    noise = estimate_noise(points[sample], rng=np.random.default_rng(0))
    neighbours, distance = _nearest(points, points, sample)
    while True:
        bound = _FAR * np.quantile(distance[sample], _MOST)
        stray |= _alone(points, neighbours, distance, bound=bound, noise=noise, stray=stray)
        sample = sample[~stray[sample]]
        bereft = np.flatnonzero(~stray & stray[neighbours].any(1))
        if not len(bereft) or len(sample) <= _NEIGHBOURS:
            break
        neighbours[bereft], distance[bereft] = _nearest(points[bereft], points, sample)
    return stray | _in_clumps(points, neighbours, distance, sample=sample)


def share_in_space(points: FloatArray, *, rng: np.random.Generator) -> float:
    """The share of points that lie scattered in space with their neighbours, and not in a surface.

    These are half as far again from their 8 neighbours as those in dense parts are, a quarter of the points, and in no
    flat patch with them. Strays that are nearly as many as the points of the surface have no others to stand out from;
    by this they tell.

    Args:
        points: (N, 3), any frame.
        rng: draws those that are looked at, and those that a large scan is thinned to.
    """
    thinned = np.unique(points[rng.permutation(len(points))[:_SAMPLE]], axis=0)
    if len(thinned) <= _NEIGHBOURS:
        return 0.0
    asked = rng.permutation(len(thinned))[:_ASKED]
    neighbours, distance = _nearest(thinned[asked], thinned, np.arange(len(thinned)))
    far = distance > _FARTHER * np.quantile(distance, 0.25)
    return float((far & ~_flat(thinned[np.column_stack([asked, neighbours])])).mean())


def _nearest(asked: FloatArray, points: FloatArray, sample: IntArray) -> tuple[IntArray, FloatArray]:
    """The 8 points of the sample next to those asked (M, 3), as rows of the points, and their mean distance."""
    distances, rows = KDTree(points[sample]).query(asked, k=_NEIGHBOURS + 1)
    # The nearest is the point itself, where its place is in the sample.
    return sample[rows[:, 1:]], distances[:, 1:].mean(1)


def _alone(
    points: FloatArray, neighbours: IntArray, distance: FloatArray, *, bound: float, noise: float, stray: BoolArray
) -> BoolArray:
    """Which of the points that are not yet strays are: (N,)."""
    far = distance > np.minimum(bound, _FARTHER * np.median(distance[neighbours], axis=1))
    alone = far & ~stray
    suspects = np.flatnonzero(alone)
    around = neighbours[suspects]
    alike = distance[suspects] <= _APART * np.median(distance[around], axis=1)
    alone[suspects] = ~(alike & _flat(points[np.column_stack([suspects, around])]))
    while True:
        suspects = np.flatnonzero(alone)
        around = neighbours[suspects]
        known = ~alone[around]
        # The median of all 8, so that half of them have to belong to the scan.
        within = np.median(np.where(known, distance[around], 0.0), axis=1)
        near = (within > 0) & (distance[suspects] <= np.maximum(_APART * within, bound))
        suspects, around, known, within = suspects[near], around[near], known[near], within[near]
        over = _distance_from_plane(points[suspects], points[around], known)
        beside = over <= np.maximum(_STEEP * distance[suspects], _NOISE * noise)
        continues = suspects[beside | (distance[suspects] <= _FARTHER * within)]
        if not len(continues):
            return alone
        alone[continues] = False


def _flat(patches: FloatArray) -> BoolArray:
    """Whether each of some patches (P, K, 3) is much thinner than wide."""
    _, width, thickness = np.linalg.svd(patches - patches.mean(1, keepdims=True), compute_uv=False).T
    return thickness < _FLAT * width


def _distance_from_plane(points: FloatArray, around: FloatArray, counted: BoolArray) -> FloatArray:
    """Of points (M, 3) from the planes that fit best to those around them (M, K, 3) that are counted (M, K)."""
    weights = counted[:, :, None].astype(float)
    middle = (weights * around).sum(1, keepdims=True) / weights.sum(1, keepdims=True)
    offsets = weights * (around - middle)
    _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))
    return np.abs(np.einsum("ni,ni->n", points - middle[:, 0], axes[:, :, 0]))


def _in_clumps(points: FloatArray, neighbours: IntArray, distance: FloatArray, *, sample: IntArray) -> BoolArray:
    """Which points (N,) lie in clumps of few, which are not flat, apart from the others of the sample."""
    from scipy.sparse import coo_array  # noqa: PLC0415  a tenth second
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    place = np.full(len(points), -1)
    place[sample] = np.arange(len(sample))
    one, other = np.repeat(sample, _NEIGHBOURS), neighbours[sample].ravel()
    joined = np.linalg.norm(points[one] - points[other], axis=1) <= _APART * np.minimum(distance[one], distance[other])
    graph = coo_array((joined[joined], (place[one[joined]], place[other[joined]])), shape=2 * sample.shape)
    _, labels = connected_components(graph, directed=False)
    counts = np.bincount(labels)
    clumps = [
        rows
        for label in np.flatnonzero((counts < _CLUMP) & (counts < counts.max()))
        if len(rows := sample[labels == label]) <= _NEIGHBOURS or not _flat(points[rows][None])[0]
    ]
    inside = np.zeros(len(points), np.bool_)
    if clumps:
        inside[np.concatenate(clumps)] = True
        inside |= inside[neighbours].all(1)
    return inside

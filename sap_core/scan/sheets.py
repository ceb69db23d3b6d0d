"""On how many sheets the points of a scan lie: on one, as a surface does, on two close together, or in a whole volume.

Neither of the last two is told by noise, which fills a patch as a volume does, but only up to its own width, and is
densest in the middle, where two sheets have nothing between them.
"""

from typing import NamedTuple

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray

_PATCHES = 1_000
_FEWEST, _TIMES = 16, 4  # points of the smallest patches, and how many more the next ones have
_WIDEST = 0.1  # share of the points: a patch of more is as round as what was scanned
_ROUND = 0.5  # thickness to width: .7 and more amid a volume, .54 in half a ball at its border
_OF_SHEETS = 128  # points of the patches in which two sheets are sought
_FLAT = 0.01, 0.3  # thickness to width: below, two sheets are the digits of the coordinates, above, they are no sheets
_APART = 1.4  # kurtosis of the heights: 1 for two sheets, 1.8 for points spread between them, 3 for noise


class Sheets(NamedTuple):
    """How points lie together.

    Attributes:
        fill_volume: patches of no size are flat.
        doubled: share of the places at which the points lie on two sheets.
        gap: between these, in the unit of the points; 0 where there are none.
    """

    fill_volume: bool
    doubled: float
    gap: float


def sheets(points: FloatArray, *, rng: np.random.Generator) -> Sheets:
    """Look at patches of a scan.

    Args:
        points: (N, 3) any frame; some ten thousand of a large scan.
        rng: draws the places.
    """
    points = np.unique(points, axis=0)
    if len(points) < _FEWEST / _WIDEST:
        return Sheets(fill_volume=False, doubled=0.0, gap=0.0)
    tree, places = KDTree(points), points[rng.permutation(len(points))[:_PATCHES]]
    return Sheets(_all_round(points, tree, places), *_doubled(points, tree, places))


def _all_round(points: FloatArray, tree: KDTree, places: FloatArray) -> bool:
    """Whether patches around the places (P, 3) are round, whatever their size."""
    count = _FEWEST
    while count <= _WIDEST * len(points):
        _, rows = tree.query(places, k=count)
        extents, _ = _principal(points[rows])
        if np.median(extents[:, 0] / np.maximum(extents[:, 1], np.finfo(float).tiny)) < _ROUND:
            return False
        count *= _TIMES
    return True


def _doubled(points: FloatArray, tree: KDTree, places: FloatArray) -> tuple[float, float]:
    """At what share of the places (P, 3) the points lie on two sheets, and how far these are apart."""
    _, rows = tree.query(places, k=min(_OF_SHEETS, len(points)))
    extents, along = _principal(points[rows])
    height, y, x = along.transpose(2, 0, 1)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    basis, _ = np.linalg.qr(terms)
    left = height - np.einsum("pkt,pt->pk", basis, np.einsum("pkt,pk->pt", basis, height))
    square = np.square(left).mean(1)
    thickness, (least, most) = np.sqrt(square), _FLAT
    two = (thickness > least * extents[:, 1]) & (thickness < most * extents[:, 1])
    two &= np.power(left, 4).mean(1) < _APART * square**2
    return float(two.mean()), 2 * float(np.median(thickness[two])) if two.any() else 0.0


def _principal(patches: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The extents (P, 3) of patches (P, K, 3) along their own axes, the least first, and their points along these."""
    local = patches - patches.mean(1, keepdims=True)
    squares, axes = np.linalg.eigh(np.einsum("pki,pkj->pij", local, local) / patches.shape[1])
    return np.sqrt(squares.clip(min=0)), local @ axes

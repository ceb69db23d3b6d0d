"""How densely a scan samples its surface."""

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray

_NEIGHBOURS = 16  # reaches past the next points of the same scan line, which may be ten times as near as the next line
_SAMPLE = 20_000  # points asked: enough for a percentile, and quick for a million points


def spacing(points: FloatArray) -> float:
    """The typical distance between neighbouring points of a scan: the median of ``local_spacing``."""
    return float(np.median(local_spacing(points)))


def local_spacing(points: FloatArray) -> FloatArray:
    """The distance between neighbouring points around each of at most 20,000 points, drawn at random.

    It is the edge s of a square that has the area of surface for one point. The disc around a point that reaches to
    its 16th neighbour has 16 such squares: s = r sqrt(pi / 16). That holds for points on a grid and for random ones,
    and for overlapping scans of one surface, which count as one that is denser. Duplicates count once.

    Args:
        points: (N, 3), any frame.

    Returns:
        (M,) in units of the points.

    Raises:
        ValueError: fewer than two different points.
    """
    distinct = np.unique(points, axis=0)
    if len(distinct) < 2:
        raise ValueError(f"spacing needs at least 2 different points, got {len(distinct)}")
    asked = np.random.default_rng(0).permutation(len(distinct))[:_SAMPLE]
    return np.sqrt(_areas(distinct, distinct[asked]))


def local_areas(points: FloatArray) -> FloatArray:
    """The area of surface around each of the points (N, 3), in squared units of the points: (N,).

    The square of the ``local_spacing``, but a tenth to ten times the median. Duplicates count once.
    """
    distinct, place = np.unique(points, axis=0, return_inverse=True)
    areas = _areas(distinct, distinct)
    return np.clip(areas, 0.1 * np.median(areas), 10 * np.median(areas))[place]


def _areas(points: FloatArray, asked: FloatArray) -> FloatArray:
    """Of the disc around each of the points asked (M, 3) that reaches to its 16th neighbour, a 16th: (M,)."""
    neighbours = min(_NEIGHBOURS, len(points) - 1)
    distances, _ = KDTree(points).query(asked, k=neighbours + 1)  # the nearest is the point itself
    return distances[:, -1] ** 2 * np.pi / neighbours

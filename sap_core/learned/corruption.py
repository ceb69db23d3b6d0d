"""A scan made of a model by chance: seen from some places only, sparse, noisy, with outliers."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from sap_core.frame import HALF_EXTENT
from sap_core.geometry import FloatArray
from sap_core.learned.config import Corruption

_FLIP_RADIUS = 30.0  # of the mirror in which hidden points are found, in times of the farthest point
_LOOKED_AT = 2  # points of which the seen ones are found, in times of those of the scan
_CLEAN = 0.5  # share of the scans without outliers
_DISTANCE = 2.0  # of a place from which the model is seen, in edges of the unit cube


def corrupt(surface: FloatArray, settings: Corruption, rng: np.random.Generator) -> FloatArray:
    """Draw a scan of a surface.

    Args:
        surface: (M, 3) points spread over it, unit frame.
        settings: the ranges to draw from.
        rng: decides everything.

    Returns:
        (N, 3) with N = ``settings.points``, unit frame; in no order.
    """
    if rng.random() < settings.occlusion:
        surface = surface[rng.permutation(len(surface))[: _LOOKED_AT * settings.points]]
        surface = surface[_seen(surface, int(rng.integers(1, settings.views + 1)), rng)]
    count = int(rng.integers(min(settings.fewest_points, settings.points), settings.points + 1))
    points = surface[rng.choice(len(surface), count, replace=len(surface) < count)]
    points = points + rng.normal(size=points.shape) * settings.noise * rng.random()
    if rng.random() >= _CLEAN:
        strays = int(count * settings.outliers * rng.random())
        scatter(points[:strays], rng)
    filled = np.concatenate([np.arange(count), rng.integers(count, size=settings.points - count)])
    return points[rng.permutation(filled)]


def scatter(points: FloatArray, rng: np.random.Generator) -> None:
    """Spread points (N, 3) evenly over the box that a model fills, unit frame, in place."""
    points[:] = 0.5 + rng.uniform(-HALF_EXTENT, HALF_EXTENT, points.shape)


def _seen(points: FloatArray, places: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which points (M, 3) are seen from some random places: bool (M,). Katz, Tal, Basri, SIGGRAPH 2007."""
    seen = np.zeros(len(points), bool)
    for _ in range(places):
        direction = rng.normal(size=3)
        offset = points - 0.5 - _DISTANCE * direction / np.linalg.norm(direction)
        distance = np.linalg.norm(offset, axis=1, keepdims=True)
        mirrored = offset + 2 * (_FLIP_RADIUS * distance.max() - distance) * offset / distance
        hull = ConvexHull(np.concatenate([mirrored, np.zeros((1, 3))]))
        seen[hull.vertices[hull.vertices < len(points)]] = True
    return seen

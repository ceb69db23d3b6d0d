"""What can be told of a scan before it is reconstructed: its noise, and a thinner even sample of it."""

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray

_VOXELS = 64
_FITTED = 2_000
_FITTED_AMONG = 20_000  # points at least, where a scan has so many
_THINNED = 4  # times, from one try to the next
_WIDE = 6.0  # times the noise, that patches are wide
_FITTED_NEIGHBOURS = 10
_QUANTILE = 0.25
_CHI_SQUARE = 1.922557526229554  # with four degrees of freedom, at this quantile; scipy.special loads a quarter second


def thin(points: FloatArray, *, at_most: int, rng: np.random.Generator) -> FloatArray:
    """So many of the points as ``draw_evenly`` takes; duplicates are left out.

    Args:
        points: (N, 3), any frame.
        at_most: how many to draw of a scan that has more.
        rng: draws them.

    Returns:
        (M, 3).
    """
    return np.unique(draw_evenly(points, at_most=at_most, rng=rng), axis=0)


def draw_evenly(points: FloatArray, *, at_most: int, rng: np.random.Generator) -> FloatArray:
    """So many of the points, drawn so that every part of the surface counts by its area.

    A point is drawn with a weight that falls with the density around it: the number of points in its voxel, 1/64 of
    the extent wide, and in those around, smoothed. That is wider than any noise, so that what is drawn from a noisy
    sheet is as noisy as the sheet.

    Args:
        points: (N, 3), any frame.
        at_most: how many to draw of a scan that has more.
        rng: draws them.

    Returns:
        (M, 3).
    """
    if len(points) <= at_most:
        return points
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  a quarter second, for large scans alone

    low = points.min(0)
    x, y, z = ((points - low) * (_VOXELS / np.ptp(points, axis=0).max())).astype(np.int64).clip(max=_VOXELS - 1).T
    voxel = (x * _VOXELS + y) * _VOXELS + z
    counts = np.bincount(voxel, minlength=_VOXELS**3).reshape(3 * (_VOXELS,)).astype(float)
    density = gaussian_filter(counts, 1.0, mode="constant").reshape(-1)[voxel]
    # The least of exponential variables of these rates: drawing without replacement (Efraimidis, Spirakis 2006).
    return points[np.argpartition(rng.exponential(size=len(points)) * np.sqrt(density), at_most)[:at_most]]


def estimate_noise(points: FloatArray, *, rng: np.random.Generator) -> float:
    """Standard deviation of the points from the surface that they sample, in the unit of the points.

    A quadratic surface is fitted to the 10 points nearest to some of them. It has to be tried how many points of a scan
    to look at: among many, the nearest 10 lie within the noise on all sides, and tell of nothing but one another; among
    few, they lie so far apart that relief is taken for noise. So it is tried with all points, a quarter of them, and
    so on, until the patches are several times as wide as what the fits leave.

    Args:
        points: (N, 3) without outliers, any frame.
        rng: draws what is looked at.
    """
    points = points[rng.permutation(len(points))]
    while True:
        noise, width = _noise_of_patches(np.unique(points, axis=0))
        if width >= _WIDE * noise or len(points) <= _FITTED_AMONG:
            return noise
        points = points[: max(len(points) // _THINNED, _FITTED_AMONG)]


def _noise_of_patches(points: FloatArray) -> tuple[float, float]:
    """The deviation of points (N, 3) from quadratic surfaces through 10 each, and the typical extent of these patches.

    What a fit leaves has 4 degrees of freedom, so that its square is distributed as chi squared; the lower quartile
    gives the deviation. A paraboloid follows what is curved, and a low quantile leaves out edges and parts so thin that
    both sides are among the 10.
    """
    if len(points) < _FITTED_NEIGHBOURS:
        return 0.0, 0.0
    asked = points[np.random.default_rng(0).permutation(len(points))[:_FITTED]]
    _, rows = KDTree(points).query(asked, k=_FITTED_NEIGHBOURS)
    local = points[rows] - points[rows].mean(1, keepdims=True)
    extent = np.abs(local).max((1, 2))
    local /= extent[:, None, None]
    _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", local, local))
    height, y, x = np.einsum("nki,nij->jnk", local, axes)  # along the axes of least to most extent
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, height], -1)
    triangle = np.linalg.qr(terms).R
    left = extent * np.abs(triangle[:, -1, -1])  # of the heights, by the six terms before them
    return float(np.quantile(left, _QUANTILE) / np.sqrt(_CHI_SQUARE)), float(np.median(extent))

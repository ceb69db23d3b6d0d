"""Samples of a noisy scan, moved to where the scan's points around them are on average."""

import math

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray
from sap_core.schedule import Sampling

_REACH = 3.0  # times the noise: the ball around a sample then holds the whole thickness of the noisy sheet
_FEWEST = 4  # points that a plane is fitted to; three lie on any plane
_MOST = 64  # they leave a quarter of the noise
_AT_ONCE = 20_000  # samples


def denoise(samples: FloatArray, points: FloatArray, *, sampling: Sampling, rng: np.random.Generator) -> FloatArray:
    """Move each sample onto the plane through the points around it, along the normal of the plane.

    A loss that measures a few samples of a dense scan so profits from all its points. A scan without noise, or with so
    few points that none are within reach, stays as it is. Only the noise between neighbouring points is lessened, not
    that over longer distances: ``Sampling.sigma`` of the scan still holds.

    Args:
        samples: (M, 3) in the unit frame.
        points: (N, 3) of the scan, which the samples were drawn from.
        sampling: of these points.
        rng: draws those to take the mean of where they lie very densely.

    Returns:
        (M, 3).
    """
    within_reach = math.pi * (_REACH * sampling.noise / sampling.spacing) ** 2
    if within_reach < _FEWEST:
        return samples
    if within_reach > _MOST:
        fewer = max(_MOST, round(len(points) * _MOST / within_reach))
        points = points[rng.permutation(len(points))[:fewer]]
    neighbours = min(round(within_reach), _MOST, len(points))
    tree = KDTree(points)
    parts = np.array_split(samples, math.ceil(len(samples) / _AT_ONCE))
    return np.concatenate([_onto_planes(part, points[tree.query(part, k=neighbours)[1]]) for part in parts])


def _onto_planes(samples: FloatArray, around: FloatArray) -> FloatArray:
    """Samples (M, 3), each onto the plane that fits its points (M, K, 3) best."""
    middle = around.mean(1, keepdims=True)
    offsets = around - middle
    _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))
    normals = axes[:, :, 0]
    return samples - np.einsum("ni,ni->n", samples - middle[:, 0], normals)[:, None] * normals

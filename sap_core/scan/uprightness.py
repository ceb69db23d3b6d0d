"""Whether normals stand upright on the surface, whatever their side."""

import math

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray
from sap_core.schedule import Sampling

_ASKED = 2_000  # points
_FEWEST, _MOST = 16, 200  # neighbours
_WIDE = 4.0  # times the noise, that the radius of a patch is
_FLAT = 0.5  # thickness over width, up to which a patch tells of a plane
_UPRIGHT = math.cos(math.radians(30))


def upright_share(points: FloatArray, directions: FloatArray, *, sampling: Sampling) -> float:
    """The share of unit normals that are within 30 degrees of that of the plane through the points around.

    Both sides of a thin leaf lie in one plane, so it may be as thin as it likes. At edges no plane fits; there are few
    of these points, and where a patch is no plane at all it is not asked.

    Args:
        points: (N, 3) unit frame, in no order: the first 2,000 stand for all.
        directions: (N, 3).
        sampling: of the points. Patches are several times as wide as the noise.
    """
    wide = math.pi * (_WIDE * sampling.noise / sampling.of(len(points))) ** 2 if sampling.spacing else 0.0
    neighbours = min(max(round(wide), _FEWEST), _MOST, len(points))
    _, rows = KDTree(points).query(points[:_ASKED], k=neighbours)
    offsets = points[rows] - points[rows].mean(1, keepdims=True)
    squares, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", offsets, offsets))
    flat = squares[:, 0] <= _FLAT**2 * squares[:, 1]
    if not flat.any():
        return 1.0
    cosines = np.abs(np.einsum("ni,ni->n", axes[:, :, 0], directions[:_ASKED]))
    return float((cosines[flat] >= _UPRIGHT).mean())

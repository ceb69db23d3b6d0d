"""What the network's answer tells of a scan before an optimisation: where to start, and which points to believe."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray, PointCloud
from sap_core.learned.prediction import predict
from sap_core.learned.weights import shipped_weights

_WITHIN = 0.02  # of the longest edge: a point so near to the predicted surface is always believed
_SPREAD = 6.0  # so many times as far as the nearest quarter of the points is believed too; noise reaches that far
_DROPPED = 0.1  # of the median length of normals: what the network makes so short carries no surface


class Guess(NamedTuple):
    """What a network makes of a scan, in the scan's coordinates.

    Attributes:
        cloud: oriented points to start from; lengths of normals weigh them, and their median is 1.
        believed: (N,) which points of the scan lie near the predicted surface.
    """

    cloud: PointCloud
    believed: NDArray[np.bool_]


def guess(scan: PointCloud, *, device: str, seed: int) -> Guess:
    """Ask the network that comes with the program.

    Args:
        scan: any frame and unit; points that are not finite are neither believed nor doubted.
        device: as in ``Settings``.
        seed: of the points that the network sees.

    Raises:
        InputError: the scan cannot be used.
        SurfaceVanished: the network finds no surface.
    """
    found = predict(scan, shipped_weights(), device=device, seed=seed)
    assert found.cloud.normals is not None, "the network gives them"
    lengths = np.linalg.norm(found.cloud.normals, axis=1)
    carrying = lengths > _DROPPED * np.median(lengths)
    normals = found.cloud.normals / np.median(lengths[carrying])
    distances = _distances(scan.points, found.mesh.vertices)
    reach = max(_WITHIN * float(np.ptp(found.mesh.vertices, axis=0).max()), _SPREAD * np.nanquantile(distances, 0.25))
    return Guess(PointCloud(found.cloud.points[carrying], normals[carrying]), ~(distances > reach))


def _distances(points: FloatArray, vertices: FloatArray) -> FloatArray:
    """From points (N, 3) to the nearest vertex (N,); NaN for those that are not finite."""
    finite = np.isfinite(points).all(1)
    distances = np.full(len(points), np.nan)
    distances[finite] = KDTree(vertices).query(points[finite], k=1)[0]
    return distances

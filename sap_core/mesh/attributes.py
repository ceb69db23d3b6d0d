"""What a scan lends to the vertices of a mesh: its colours, and how far they are from it."""

from dataclasses import replace

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import ByteArray, FloatArray, Mesh, PointCloud

_NEIGHBOURS = 4  # fewer leave steps between colours, more blur them


class ScanAttributes:
    """The points of a scan, to be asked many times.

    Works in double precision, so that map coordinates need no care.

    Args:
        scan: at least one point, without NaN or infinite ones.
    """

    def __init__(self, scan: PointCloud) -> None:
        self._colors = scan.colors
        self._tree = KDTree(scan.points)
        self._neighbours = 1 if scan.colors is None else min(_NEIGHBOURS, len(scan))

    def dress(self, mesh: Mesh) -> Mesh:
        """The mesh with the distance of each vertex to the nearest point, and with colours if the scan has any.

        The colour of a vertex is the mean of those of the nearest points, weighted by inverse distance (Shepard
        1968): a vertex on a point takes its colour.
        """
        distances, colors = self._at(mesh.vertices)
        return replace(mesh, colors=colors, distances=distances)

    def colors_at(self, points: FloatArray) -> ByteArray | None:
        """(N, 3) of points (N, 3), as those of vertices; None if the scan has none."""
        return None if self._colors is None else self._at(points)[1]

    def _at(self, points: FloatArray) -> tuple[FloatArray, ByteArray | None]:
        distances, rows = self._tree.query(points, k=self._neighbours)
        distances, rows = (found.reshape(len(points), self._neighbours) for found in (distances, rows))
        return distances[:, 0], None if self._colors is None else _weighted_mean(self._colors[rows], distances)


def _weighted_mean(colors: ByteArray, distances: np.ndarray) -> ByteArray:
    """Colours (V, K, 3) at ascending distances (V, K) -> (V, 3)."""
    # Relative to the nearest, 1/d stays finite: at distance 0, points there weigh 1 and all others 0.
    weights = np.divide(distances[:, :1], distances, out=np.ones_like(distances), where=distances > 0)
    mean = np.einsum("vk,vkc->vc", weights, colors) / weights.sum(axis=1, keepdims=True)
    return mean.round().astype(np.uint8)

"""A body with a relief: its surface is known everywhere, so that a mesh is compared with it and not with samples."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import trimesh
from pykdtree.kdtree import KDTree

from benchmarks.polygonise import polygonise
from benchmarks.shapes import TURN
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.learned.sdf import Sdf, turned
from sap_core.mesh.sampling import sample_surface

Relief = Callable[[FloatArray], FloatArray]  # height above a solid, the same all along its normals

_STEP = 1e-7  # of the differences; the bodies are 2 long, and their sharpest edges have a radius of 0.003
_NEWTON_STEPS = 2
_ROUNDS = 2  # of looking beside the nearest sample; each squares what is left
_ON_SURFACE = 1e-7
_BATCH = 20_000


@dataclass(frozen=True, eq=False)
class Body:
    """A solid with fine detail.

    Attributes:
        solid: negative inside, zero on the surface; near it without steps or flat places.
        mesh: of the surface. Its vertices lie on it; its faces cut off what they span.
        density: how many points are spread over it to be compared with.
    """

    solid: Sdf
    mesh: Mesh
    density: int = 1_000_000

    @property
    def edge(self) -> float:
        """The longest edge of the box around it."""
        return float(np.ptp(self.mesh.vertices, axis=0).max())

    def samples(self, count: int, *, seed: int = 0) -> PointCloud:
        """Points on the surface, spread evenly, with its outward unit normals."""
        return self.on_surface(sample_surface(self.mesh, count, rng=np.random.default_rng(seed)).points)

    def on_surface(self, points: FloatArray) -> PointCloud:
        """Points moved onto the surface, with its outward unit normals there; they must be near it."""
        found, normals = np.empty_like(points), np.empty_like(points)
        for part in _batches(len(points)):
            there = points[part]
            for _ in range(_NEWTON_STEPS):
                height, slope = _tangent(self.solid, there)
                there = there - (height / (slope**2).sum(1))[:, None] * slope
            # The last step moved it by next to nothing, so that the slope is still that where it is.
            found[part], normals[part] = there, slope / np.linalg.norm(slope, axis=1, keepdims=True)
        return PointCloud(found, normals)

    def nearest(self, points: FloatArray) -> PointCloud:
        """For each point the one of the surface that is nearest to it, with its outward unit normal.

        It is looked for from the nearest of those that are ``spread``, in its tangent plane, so that it is found where
        the surface bends little within the distance; elsewhere it may be one of them itself.
        """
        distance, rows = self._tree.query(points)
        start = self.spread.take(rows)
        assert start.normals is not None, "samples of a body have normals"
        found, normals = start.points.copy(), start.normals.copy()
        for _ in range(_ROUNDS):
            height = ((points - found) * normals).sum(1, keepdims=True)
            with np.errstate(all="ignore"):  # from afar it may lead anywhere
                candidate = self.on_surface(points - height * normals)
                to_candidate = np.linalg.norm(points - candidate.points, axis=1)
                nearer = (to_candidate < distance) & (np.abs(self.solid(candidate.points)) < _ON_SURFACE)
            assert candidate.normals is not None, "points moved onto a body have normals"
            found[nearer], normals[nearer] = candidate.points[nearer], candidate.normals[nearer]
            distance[nearer] = to_candidate[nearer]
        return PointCloud(found, normals)

    @cached_property
    def spread(self) -> PointCloud:
        """As many points on the surface as ``density`` says, spread evenly, with its outward unit normals."""
        return self.samples(self.density, seed=1)

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.spread.points)


def raise_relief(
    base: Sdf, relief: Relief, *, half_extent: tuple[float, float, float], cells: int, subdivisions: int = 2
) -> Body:
    """The body whose surface is the base raised by the relief, turned as all the models are.

    Args:
        base: the exact distance from a solid.
        relief: height above it.
        half_extent: of the base.
        cells: of the base's mesh along the longest edge.
        subdivisions: of its faces into four before they are raised.
    """
    coarse = polygonise(base, half_extent=half_extent, resolution=cells)
    vertices, faces = coarse.vertices, coarse.faces
    for _ in range(subdivisions):
        vertices, faces = trimesh.remesh.subdivide(vertices, faces)
    height, normals = _tangent(base, vertices)
    on_base = vertices - height[:, None] * normals
    raised = on_base + relief(on_base)[:, None] * _tangent(base, on_base)[1]
    return Body(turned(lambda p: base(p) - relief(p), TURN), Mesh(raised @ TURN.T, faces))


def _tangent(solid: Sdf, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The values (N,) at points (N, 3), and their gradients (N, 3)."""
    values = solid(points)
    return values, np.stack([solid(points + step) - values for step in _STEP * np.eye(3)], -1) / _STEP


def _batches(count: int) -> Iterator[slice]:
    """Parts of the rows that fit a processor's cache."""
    return (slice(start, start + _BATCH) for start in range(0, count, _BATCH))

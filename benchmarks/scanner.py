"""A simulated scan of a mesh: what a scanner sees from some directions, how evenly, and with how much noise."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.mesh.sampling import sample_surface

_DEPTH_SAMPLES = 1_000_000
_PIXELS = 250  # along the longest edge
_MIN_COSINE = 0.2  # a surface that is seen at a flatter angle sends nothing back
_BATCH = 1_000_000


def scan(
    mesh: Mesh,
    *,
    points: int,
    noise: float = 0.0,
    noise_along: Literal["all", "view"] = "all",
    views: int | FloatArray = 0,
    uneven: float = 1.0,
    seed: int = 0,
) -> PointCloud:
    """Scan a mesh.

    Args:
        mesh: what is scanned; its faces are counter-clockwise seen from outside.
        points: how many.
        noise: standard deviation as a share of the mesh's longest edge, along each axis or along the line of sight.
        noise_along: "all" directions alike, or the "view" that faces the point most.
        views: how many directions, spread over the sphere, the mesh is seen from, or unit vectors (K, 3) towards the
            viewers; 0 sees everything. What is seen is decided by a depth image of a million samples for each view.
        uneven: how many times denser the points are at one end of the longest axis than at the other; between, the
            density changes exponentially.
        seed: equal seeds give equal scans.

    Returns:
        Points in the frame of the mesh, without normals.

    Raises:
        ValueError: noise along the view is asked for without views.
    """
    towards_viewers = _spread_directions(views) if isinstance(views, int) else views
    if noise_along == "view" and not len(towards_viewers):
        raise ValueError(f"noise along the view needs views, got {views}: use noise_along='all'")
    rng = np.random.default_rng(seed)
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    axis = int((high - low).argmax())
    edge = float((high - low)[axis])
    depth_images = _depth_images(mesh, towards_viewers, edge / _PIXELS, rng)
    seen: list[FloatArray] = []
    directions: list[FloatArray] = []
    missing = points
    while missing > 0:
        candidates = sample_surface(mesh, min(2 * points, _BATCH), rng=rng)
        share = (candidates.points[:, axis] - low[axis]) / edge
        kept = candidates.take(rng.random(len(candidates)) < uneven**-share)
        towards_view = _best_view(kept, depth_images)
        visible = np.flatnonzero(np.isfinite(towards_view).all(1))[:missing]
        seen.append(kept.points[visible])
        directions.append(towards_view[visible])
        missing -= len(visible)
    exact = np.concatenate(seen)
    if noise_along == "view":
        return PointCloud(exact + noise * edge * rng.normal(size=(points, 1)) * np.concatenate(directions))
    return PointCloud(exact + noise * edge * rng.normal(size=(points, 3)))


@dataclass(frozen=True, eq=False)
class _DepthImage:
    """An orthographic view: for each pixel, how near the nearest surface in it or beside it comes to the viewer."""

    basis: FloatArray  # (3, 3): right, up and towards the viewer
    origin: FloatArray  # (2,)
    pixel: float
    nearest: FloatArray  # (W, H) height towards the viewer

    @classmethod
    def of(cls, samples: FloatArray, towards_viewer: FloatArray, pixel: float) -> "_DepthImage":
        right = np.cross(towards_viewer, np.eye(3)[np.abs(towards_viewer).argmin()])
        right /= np.linalg.norm(right)
        basis = np.stack([right, np.cross(towards_viewer, right), towards_viewer])
        seen = samples @ basis.T
        origin = seen[:, :2].min(0) - pixel  # a pixel of margin, for points beyond the outermost samples
        column, row = ((seen[:, :2] - origin) / pixel).astype(np.int64).T
        nearest = np.full((column.max() + 2, row.max() + 2), -np.inf)
        np.maximum.at(nearest, (column, row), seen[:, 2])
        # Neighbours close the gaps between samples, through which hidden points would show.
        return cls(basis, origin, pixel, maximum_filter(nearest, size=3))

    def sees(self, cloud: PointCloud) -> NDArray[np.bool_]:
        """Which points face the viewer with nothing in front."""
        seen = cloud.points @ self.basis.T
        cosine = self.cosine(cloud)
        column, row = ((seen[:, :2] - self.origin) / self.pixel).astype(np.int64).T
        # A slanted surface is not all equally near within the pixels that share its depth.
        slope = np.sqrt(1 - np.clip(cosine, _MIN_COSINE, 1) ** 2) / np.clip(cosine, _MIN_COSINE, 1)
        in_front = self.nearest[column, row] - seen[:, 2]
        return (cosine > _MIN_COSINE) & (in_front < 2 * np.sqrt(2) * self.pixel * (slope + 0.1))

    def cosine(self, cloud: PointCloud) -> FloatArray:
        """Between the normals and the direction to the viewer."""
        assert cloud.normals is not None, "samples of a surface have normals"
        return cloud.normals @ self.basis[2]


def _depth_images(mesh: Mesh, towards_viewers: FloatArray, pixel: float, rng: np.random.Generator) -> list[_DepthImage]:
    if not len(towards_viewers):
        return []
    samples = sample_surface(mesh, _DEPTH_SAMPLES, rng=rng).points
    return [_DepthImage.of(samples, direction, pixel) for direction in towards_viewers]


def _spread_directions(count: int) -> FloatArray:
    """(count, 3) unit vectors along a golden spiral."""
    index = np.arange(count)
    height = 1 - (2 * index + 1) / count
    angle = index * np.pi * (3 - np.sqrt(5))
    around = np.sqrt(1 - height**2)
    return np.stack([around * np.cos(angle), around * np.sin(angle), height], 1)


def _best_view(cloud: PointCloud, views: list[_DepthImage]) -> FloatArray:
    """(N, 3) direction of the view that each point faces most; NaN where none sees it, 0 where there are no views."""
    best = np.full((len(cloud), 3), np.nan if views else 0.0)
    best_cosine = np.zeros(len(cloud))
    for view in views:
        cosine = view.cosine(cloud)
        better = view.sees(cloud) & (cosine > best_cosine)
        best[better] = view.basis[2]
        best_cosine[better] = cosine[better]
    return best

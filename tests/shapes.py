"""Shapes of known answer that several tests reconstruct."""

import numpy as np
import trimesh

from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.mesh.sampling import sphere


def unit_frame_sphere(count: int = 5_000, *, radius: float = 0.3, seed: int = 0) -> PointCloud:
    return sphere(count, radius=radius, center=np.full(3, 0.5), rng=np.random.default_rng(seed))


def torus(count: int = 8_000, *, major: float = 1.0, minor: float = 0.35, seed: int = 0) -> PointCloud:
    """Around the z axis, with outward unit normals; evenly spread."""
    rng = np.random.default_rng(seed)
    around, across = rng.uniform(0, 2 * np.pi, (2, 4 * count))
    # The outer side is longer than the inner one: keep points in proportion.
    kept = rng.random(4 * count) * (major + minor) < major + minor * np.cos(across)
    around, across = around[kept][:count], across[kept][:count]
    outward = np.stack([np.cos(across) * np.cos(around), np.cos(across) * np.sin(around), np.sin(across)], 1)
    ring = np.stack([np.cos(around), np.sin(around), np.zeros_like(around)], 1)
    return PointCloud(major * ring + minor * outward, outward)


def torus_mesh(*, major: float = 1.0, minor: float = 0.35) -> Mesh:
    """The surface that ``torus`` samples."""
    shape = trimesh.creation.torus(major, minor, major_sections=64, minor_sections=32)
    return Mesh(shape.vertices, shape.faces)


def distance_to_torus(points: FloatArray, *, major: float = 1.0, minor: float = 0.35) -> FloatArray:
    """From points (N, 3) to the surface that ``torus`` samples."""
    return np.abs(np.hypot(np.hypot(points[:, 0], points[:, 1]) - major, points[:, 2]) - minor)


def ball(count: int = 5_000, *, radius: float = 1.0, center: tuple[float, float, float] = (0, 0, 0)) -> PointCloud:
    return sphere(count, radius=radius, center=np.array(center), rng=np.random.default_rng(count))


def box(count: int = 6_000, *, size: tuple[float, float, float] = (1, 1, 1), seed: int = 0) -> PointCloud:
    """The six sides of a box around the origin; evenly spread."""
    rng = np.random.default_rng(seed)
    edges = np.array(size)
    areas = edges.prod() / edges
    axis = rng.choice(3, count, p=areas / areas.sum())
    normals = np.zeros((count, 3))
    normals[np.arange(count), axis] = rng.choice([-1.0, 1.0], count)
    points = rng.uniform(-0.5, 0.5, (count, 3))
    return PointCloud(np.where(normals, normals / 2, points) * edges, normals)


def thin_plate(count: int = 6_000, *, thickness: float = 0.06) -> PointCloud:
    return box(count, size=(1, 1, thickness))


def together(*clouds: PointCloud) -> PointCloud:
    """The points of all, which have normals."""
    return PointCloud(*(np.concatenate([getattr(cloud, name) for cloud in clouds]) for name in ("points", "normals")))


def moved(cloud: PointCloud, by: tuple[float, float, float]) -> PointCloud:
    return PointCloud(cloud.points + by, cloud.normals)


def noisy(cloud: PointCloud, share: float, *, seed: int = 1) -> PointCloud:
    """With noise of a standard deviation that is this share of the longest edge."""
    deviation = share * np.ptp(cloud.points, axis=0).max()
    noise = np.random.default_rng(seed).normal(0, deviation, cloud.points.shape)
    return PointCloud(cloud.points + noise, cloud.normals)


def uneven(cloud: PointCloud, ratio: float, *, sudden: bool = False, seed: int = 1) -> PointCloud:
    """Thinned along x, by the ratio at the far end: little by little, or all of the second half alike."""
    along = (cloud.points[:, 0] - cloud.points[:, 0].min()) / np.ptp(cloud.points[:, 0])
    kept = ratio ** -(along > 0.5).astype(float) if sudden else ratio**-along
    return cloud.take(np.random.default_rng(seed).random(len(cloud)) < kept)

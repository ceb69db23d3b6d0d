"""Shapes of known answer that several tests reconstruct."""

import numpy as np

from sap_core.geometry import PointCloud
from sap_core.sampling import sphere


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

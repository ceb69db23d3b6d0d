"""Arrows as slender pyramids in one mesh. Polyscope's own arrows are ray-cast, which takes ten times as long."""

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import IntArray


def needles(
    feet: NDArray[np.float32], arrows: NDArray[np.float32], *, radius: float
) -> tuple[NDArray[np.float32], IntArray]:
    """Slender pyramids that stand for arrows.

    Args:
        feet: (M, 3).
        arrows: (M, 3) from the foot to the tip.
        radius: of the base.

    Returns:
        Vertices (4 M, 3) and faces (3 M, 3) of one mesh.
    """
    # Any two directions across the arrow will do: that of the axis it leans to least, and their cross product.
    helper = np.eye(3, dtype=np.float32)[np.abs(arrows).argmin(axis=1)]
    u = np.cross(arrows, helper)
    v = np.cross(arrows, u)
    angles = 2 * np.pi / 3 * np.arange(3)[:, None, None]
    base = feet + radius * (np.cos(angles) * _unit(u) + np.sin(angles) * _unit(v))  # (3, M, 3)
    vertices = np.stack([*base, feet + arrows], axis=1).reshape(-1, 3).astype(np.float32)
    sides = np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]])
    faces = (sides + 4 * np.arange(len(feet))[:, None, None]).reshape(-1, 3)
    return vertices, faces


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: NDArray[np.float32] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return units

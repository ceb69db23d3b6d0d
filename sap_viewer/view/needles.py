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
    u, v = _across(arrows)
    vertices = np.empty((len(feet), 4, 3), np.float32)
    for corner in range(3):
        angle = 2 * np.pi / 3 * corner
        vertices[:, corner] = feet + np.float32(radius * np.cos(angle)) * u + np.float32(radius * np.sin(angle)) * v
    vertices[:, 3] = feet + arrows
    sides = np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]])
    faces = (sides + 4 * np.arange(len(feet))[:, None, None]).reshape(-1, 3)
    return vertices.reshape(-1, 3), faces


def _across(arrows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two unit vectors (M, 3) across each arrow and each other, by Duff et al. (2017); zero where the arrow is."""
    lengths = np.sqrt(np.einsum("mi,mi->m", arrows, arrows))
    there = lengths > 0
    x, y, z = (arrows / np.where(there, lengths, 1)[:, None]).T
    sign = np.copysign(there.astype(np.float32), z)
    a = -sign / (1 + np.abs(z))
    b = x * y * a
    u = np.stack((there + sign * x * x * a, sign * b, -sign * x), axis=1)
    v = np.stack((b, sign + y * y * a, -y), axis=1)
    return u.astype(np.float32), v.astype(np.float32)

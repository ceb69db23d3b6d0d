"""Scans and meshes that tests write to files and read back."""

import numpy as np
import trimesh

from sap_core.geometry import Mesh, PointCloud

MAP_OFFSET = np.array([447_000.25, 5_411_950.125, 319.0625])  # metres, in a UTM zone


def colored_ball(*, offset: np.ndarray | float = 0.0) -> PointCloud:
    """162 points of the unit sphere with normals of different lengths and with colours."""
    normals = np.asarray(trimesh.creation.icosphere(2).vertices)
    lengths = np.linspace(0.5, 1.5, len(normals))[:, None]
    colors = np.round(127.5 * (normals + 1)).astype(np.uint8)
    return PointCloud(normals + offset, lengths * normals, colors)


def ball_mesh(*, offset: np.ndarray | float = 0.0) -> Mesh:
    """The unit sphere in 320 outward faces."""
    ball = trimesh.creation.icosphere(2)
    return Mesh(np.asarray(ball.vertices) + offset, ball.faces)


def dressed_ball(*, offset: np.ndarray | float = 0.0) -> Mesh:
    """As ``ball_mesh``, with the colours of ``colored_ball`` and with distances up to 1."""
    ball = ball_mesh(offset=offset)
    return Mesh(ball.vertices, ball.faces, colored_ball().colors, np.linspace(0, 1, len(ball.vertices)))

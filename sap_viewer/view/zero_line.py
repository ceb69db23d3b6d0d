"""The zero level of the field on a slice: a ribbon on either side. Polyscope's curves are ray-cast, which is dear."""

import numpy as np
import polyscope as ps
from numpy.typing import NDArray

from sap_core.geometry import IntArray
from sap_viewer.scene.scene import SliceLayer

_COLOR = (0.08, 0.09, 0.10)
_WIDTH = 0.0018  # of half a ribbon
_LIFT = 0.001  # above the slice, so that it is not buried in it


class ZeroLine:
    """The line of one slice, while there is one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._drawn: SliceLayer | None = None

    def draw(self, layer: SliceLayer | None) -> None:
        """Show the line of this slice, or none."""
        if layer == self._drawn:
            return
        self._drawn = layer
        nodes, edges = layer.zero_line() if layer is not None else (np.zeros((0, 3), np.float32), None)
        if layer is None or edges is None or not len(edges):
            ps.remove_surface_mesh(self._name, error_if_absent=False)
            return
        vertices, faces = ribbons(nodes[edges], axis=layer.field.axis)
        ps.register_surface_mesh(
            self._name, vertices, faces, color=_COLOR, material="flat", back_face_policy="identical"
        )


def ribbons(segments: NDArray[np.float32], *, axis: int) -> tuple[NDArray[np.float32], IntArray]:
    """Two rectangles for each segment (E, 2, 3) in a plane across the axis, one on each side of it.

    Returns:
        Vertices (8 E, 3) and faces (2 E, 4) of one mesh.
    """
    across = np.eye(3, dtype=np.float32)[axis]
    along = segments[:, 1] - segments[:, 0]
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), np.finfo(np.float32).tiny) * _WIDTH
    aside = np.cross(across, along)
    start, end = segments[:, 0] - along / 2, segments[:, 1] + along / 2  # they overlap, so that bends have no gaps
    outline = np.stack([start - aside, end - aside, end + aside, start + aside], axis=1).reshape(-1, 3)
    vertices = np.concatenate([outline + _LIFT * across, outline - _LIFT * across]).astype(np.float32)
    return vertices, np.arange(len(vertices)).reshape(-1, 4)

"""Area and enclosed volume of a mesh."""

from typing import NamedTuple

import numpy as np

from sap_core.geometry import Mesh


class Extent(NamedTuple):
    """In square and cubic units of the mesh; the volume means something for a closed mesh alone."""

    area: float
    volume: float


def extent(mesh: Mesh) -> Extent:
    """The area of the faces, and the volume that they enclose where they are counter-clockwise seen from outside."""
    if not len(mesh.vertices):
        return Extent(0.0, 0.0)
    # From a corner nearby, or map coordinates of millions of metres would leave few digits of a volume.
    a, b, c = (mesh.vertices - mesh.vertices.min(0))[mesh.faces].swapaxes(0, 1)
    doubled_areas = np.cross(b - a, c - a)
    return Extent(float(np.linalg.norm(doubled_areas, axis=1).sum()) / 2, float((a * doubled_areas).sum()) / 6)

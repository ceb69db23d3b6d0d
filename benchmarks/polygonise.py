"""A solid given by its signed distance, as a closed mesh."""

import numpy as np
from numpy.typing import ArrayLike
from skimage import measure

from sap_core.geometry import Mesh
from sap_core.learned.sdf import Sdf


def polygonise(solid: Sdf, *, half_extent: ArrayLike, resolution: int) -> Mesh:
    """The zero level as a closed mesh.

    Args:
        solid: must lie within the box.
        half_extent: (3,) of a box around the origin.
        resolution: cells along the longest edge of the box; sharp edges are bevelled by less than a cell.
    """
    half = np.asarray(half_extent, float)
    cell = 2 * half.max() / resolution
    # Nodes at odd fractions of a cell, off the faces of boxes: a node on the surface gives triangles without area.
    axes = [np.arange(-h - 2.37 * cell, h + 3 * cell, cell) for h in half]
    values = solid(np.stack(np.meshgrid(*axes, indexing="ij"), -1))
    vertices, faces, _, _ = measure.marching_cubes(values, 0.0)
    return Mesh(vertices * cell + [axis[0] for axis in axes], faces)

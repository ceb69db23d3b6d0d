"""What a file holds, and how a mesh becomes a point cloud."""

from dataclasses import dataclass, field

import numpy as np
import scipy

from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud
from sap_core.mesh.sampling import sample_surface
from sap_core.validate.points import faces_without_area

SAMPLES = 50_000


@dataclass(frozen=True, eq=False)
class Scan:
    """The contents of a file, as they are there.

    Attributes:
        cloud: the points, or a mesh's vertices.
        faces: (F, 3) rows of the cloud; none for a file of points.
        distances: (N,) of a mesh's vertices to the scan it was made from, or None.
        notices: one sentence for each thing that was left out.
    """

    cloud: PointCloud
    faces: IntArray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    distances: FloatArray | None = None
    notices: tuple[str, ...] = ()


def sample_mesh(scan: Scan, *, rng: np.random.Generator, source: str) -> tuple[PointCloud, tuple[str, ...]]:
    """Draw points on the faces of a mesh, evenly over its area.

    Returns:
        ``SAMPLES`` points with the unit normals of their faces, coloured as the nearest vertex if vertices have
        colours; notices of what was done and of faces left out because a corner is not finite.

    Raises:
        InputError: no face has an area.
    """
    vertices = scan.cloud.points
    faces = scan.faces[np.isfinite(vertices[scan.faces]).all(axis=(1, 2))]
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # an area that overflows ends in the same refusal
            cloud = sample_surface(Mesh(vertices, faces), SAMPLES, rng=rng)
    except ValueError as error:
        raise faces_without_area(source) from error
    if scan.cloud.colors is not None:
        used = np.unique(faces)
        _, nearest = scipy.spatial.cKDTree(vertices[used]).query(cloud.points)
        cloud = PointCloud(cloud.points, cloud.normals, scan.cloud.colors[used[nearest]])

    total = len(scan.faces)
    notices = [f"a mesh of {total:,} faces: {SAMPLES:,} points were drawn on it, with its normals"]
    if len(faces) < total:
        notices.append(f"{total - len(faces):,} of {total:,} faces have a NaN or infinite corner and were left out")
    return cloud, tuple(notices)

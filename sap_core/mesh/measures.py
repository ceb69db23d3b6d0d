"""What a mesh measures in the scan's own units: size, area, volume, parts, and how far it is from the scan."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sap_core.geometry import FloatArray, Mesh
from sap_core.mesh.extent import extent
from sap_core.mesh.topology import topology


class BoundingBox(NamedTuple):
    """An axis-aligned bounding box, scan frame."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @classmethod
    def around(cls, points: FloatArray) -> "BoundingBox":
        """The smallest that holds all points (N, 3).

        Raises:
            ValueError: there are none.
        """
        low, high = points.min(0).tolist(), points.max(0).tolist()
        return cls((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    @property
    def size(self) -> tuple[float, float, float]:
        """Lengths of the edges along x, y and z."""
        (left, front, bottom), (right, back, top) = self
        return right - left, back - front, top - bottom


class Spread(NamedTuple):
    """Distances in three numbers: the mean, what 95 % of them keep to, and the largest."""

    mean: float
    within_95_percent: float
    largest: float

    @classmethod
    def of(cls, distances: FloatArray) -> "Spread":
        """Summarise distances (N,), at least one."""
        return cls(float(distances.mean()), float(np.percentile(distances, 95)), float(distances.max()))


@dataclass(frozen=True)
class Measures:
    """The numbers of a mesh, in units of the scan.

    Attributes:
        box: around its vertices.
        area: of its faces.
        volume: enclosed; None where the mesh is open, or its faces do not agree on what is outside.
        vertices, faces: their numbers.
        components: parts that share no vertex.
        watertight: exactly two faces meet at every edge.
        distance: from the vertices to the nearest point of the scan each; None for a mesh without distances.
    """

    box: BoundingBox
    area: float
    volume: float | None
    vertices: int
    faces: int
    components: int
    watertight: bool
    distance: Spread | None


def measure(mesh: Mesh) -> Measures:
    """The numbers of a mesh, whose distances are those to the scan.

    Raises:
        ValueError: the mesh has no vertices.
    """
    box = BoundingBox.around(mesh.vertices)
    area, volume = extent(mesh)
    structure = topology(mesh)
    closed = structure.watertight and structure.oriented
    return Measures(
        box=box,
        area=area,
        volume=volume if closed else None,
        vertices=len(mesh.vertices),
        faces=len(mesh.faces),
        components=structure.components,
        watertight=structure.watertight,
        distance=None if mesh.distances is None else Spread.of(mesh.distances),
    )

"""How the vertices of a mesh are coloured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import Mesh
from sap_viewer.commands import SetMeshValues
from sap_viewer.mesh_values import MeshValues
from sap_viewer.scene.legend import Legend, curvature_legend, distance_legend
from sap_viewer.scene.view_options import ColorBy, ViewOptions
from sap_viewer.snapshot import Snapshot


@dataclass(frozen=True)
class Coloring:
    """Colours of the vertices, compared by what they come from and converted only when they are drawn.

    Attributes:
        source: what has the colours or the values.
        by: which of them.
        legend: of values, the map that colours them; None for colours.
    """

    source: Mesh | MeshValues
    by: ColorBy
    legend: Legend | None = None

    def values(self) -> NDArray[np.float32]:
        """(V,) to be coloured by the legend's map."""
        found = self.source.values if isinstance(self.source, MeshValues) else self.source.distances
        return np.asarray(found, np.float32)

    def colors(self) -> NDArray[np.float32]:
        """(V, 3) sRGB, 0 to 1: those of the scan; of a normal, its direction, each axis a channel."""
        if isinstance(self.source, MeshValues):
            return np.asarray((self.source.values + 1) / 2, np.float32)
        return np.asarray(self.source.colors, np.float32) / np.float32(255)


def coloring_of(snapshot: Snapshot, by: ColorBy) -> Coloring | None:
    """The colouring of a snapshot's mesh; None where it is plain, or has not what it takes."""
    mesh, values = snapshot.mesh, snapshot.values
    if mesh is None:
        return None
    if by == "scan" and mesh.colors is not None:
        return Coloring(mesh, by)
    if by == "distance" and mesh.distances is not None and snapshot.invented_beyond > 0:
        return Coloring(mesh, by, distance_legend(snapshot.invented_beyond))
    if values is None or values.by != by:
        return None
    return Coloring(values, by, curvature_legend(values.typical) if by == "curvature" else None)


def values_wanted(options: ViewOptions) -> SetMeshValues:
    """What to ask of the engine, so that the values by which the mesh is coloured are computed and no others."""
    if not options.show_mesh:
        return SetMeshValues()
    match options.color_by:
        case "normal" | "curvature" as by:
            return SetMeshValues(by)
        case _:
            return SetMeshValues()

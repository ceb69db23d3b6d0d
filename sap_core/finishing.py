"""From the surface of a run to a mesh in the coordinates of its scan."""

from functools import cached_property

from sap_core.config import Components, Trim
from sap_core.geometry import ByteArray, Mesh
from sap_core.loss import Nearest
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.attributes import ScanAttributes
from sap_core.mesh.sampling import main_components
from sap_core.mesh.trim import automatic_distance, trim
from sap_core.mesh.witness import Witness
from sap_core.scan.preparation import PreparedScan
from sap_core.scan.spacing import spacing
from sap_core.solver.surface import Surface


class Finishing:
    """Makes meshes of the surfaces that follow one scan.

    Args:
        scan: the one that they follow.
    """

    def __init__(self, scan: PreparedScan) -> None:
        self._scan = scan

    def measured(self, surface: Surface, nearest: Nearest) -> Mesh:
        """The whole surface, with what the loss knows of it.

        Args:
            surface: unit frame.
            nearest: of its vertices; distances and colours of the mesh are those of these samples.
        """
        frame, colors = self._scan.frame, self._sample_colors
        return Mesh(
            frame.to_scan(surface.vertices.cpu().numpy()),
            surface.faces.cpu().numpy(),
            colors=None if colors is None else colors[nearest.rows.cpu().numpy()],
            distances=frame.edge * nearest.distances.cpu().numpy(),
        )

    def finished(self, measured: Mesh, *, components: Components, beyond: Trim, resolution: int) -> Mesh:
        """The mesh with its distance to every point of the scan and the colours of the nearest, as far as it is kept.

        Args:
            measured: scan frame.
            components: which of its parts are kept.
            beyond: where to cut it: 'off', 'auto', or a distance in multiples of the scan's spacing.
            resolution: of the grid that it was extracted from.

        Raises:
            InputError: trimming leaves nothing.
        """
        cell = self._scan.frame.edge / resolution
        mesh = self._attributes.dress(self._kept(measured, components, cell=cell))
        if beyond == "off":
            return mesh
        points = self._scan.cloud.points
        if beyond == "auto":
            distance = automatic_distance(points, cell=cell)
            return trim(mesh, beyond=distance, back_to=distance / 2)
        return trim(mesh, beyond=beyond * spacing(points))

    def agreement(self, finished: Mesh, *, resolution: int, invented_beyond: float) -> Agreement:
        """How far a finished mesh and the scan agree.

        Args:
            finished: as ``finished`` gave it.
            resolution: of the grid that it was extracted from.
            invented_beyond: distance from the scan, in its units, at which a surface is no longer a gap in it.
        """
        cell = self._scan.frame.edge / resolution
        return self._witness.agreement(finished, cell=cell, invented_beyond=invented_beyond)

    def _kept(self, mesh: Mesh, components: Components, *, cell: float) -> Mesh:
        match components:
            case "scanned":
                return self._witness.scanned(mesh, cell=cell)
            case "largest":
                return main_components(mesh)
            case "all":
                return mesh

    @cached_property
    def _witness(self) -> Witness:
        return Witness(self._scan)

    @cached_property
    def _sample_colors(self) -> ByteArray | None:
        """(M, 3) of the samples, which need not be points of the scan."""
        if self._scan.cloud.colors is None:
            return None
        return self._attributes.colors_at(self._scan.frame.to_scan(self._scan.samples))

    @cached_property
    def _attributes(self) -> ScanAttributes:
        return ScanAttributes(self._scan.cloud)

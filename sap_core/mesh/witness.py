"""The points of a scan as a witness to the meshes made of it."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from sap_core.geometry import FloatArray, IntArray, Mesh
from sap_core.mesh.agreement import CELLS_ACROSS, FEWEST, MISSED, Agreement
from sap_core.mesh.measures import Spread
from sap_core.mesh.nearness import nearness
from sap_core.mesh.sampling import component_labels
from sap_core.scan.components import point_components
from sap_core.scan.preparation import PreparedScan
from sap_core.scan.sheets import Sheets, sheets

_ASKED = 20_000  # points of the scan: enough for a hundredth of it, and quick
_NOISE = 4.0  # standard deviations that a point may lie beside its surface
_CELLS = 2.0  # that a surface may lie beside its points, since it is no more exact than its grid

BoolArray = NDArray[np.bool_]


class Witness:
    """Tells how far meshes agree with a scan; what does not depend on the mesh is found once.

    Args:
        scan: that they follow.
    """

    def __init__(self, scan: PreparedScan) -> None:
        self._scan = scan
        rows = np.random.default_rng(0).permutation(len(scan.cloud))[:_ASKED]
        self._points = scan.cloud.points[rows]

    def agreement(self, mesh: Mesh, *, cell: float, invented_beyond: float) -> Agreement:
        """How far a mesh agrees with the scan.

        Args:
            mesh: scan frame, with its distances to every point.
            cell: edge of a cell of the grid that it was extracted from, in units of the scan.
            invented_beyond: distance from the scan at which a surface is no longer a gap between points.

        Raises:
            ValueError: it has no distances.
        """
        if mesh.distances is None:
            raise ValueError("a mesh agrees with a scan by its distances to it, and has none")
        found = nearness(self._points, mesh)
        sampling, edge = self._scan.sampling, self._scan.frame.edge
        near = max(_CELLS * cell, _NOISE * sampling.noise * edge, sampling.spacing * edge)
        invented_beyond = max(invented_beyond, _CELLS * cell)
        missed = found.distances > near
        labels = component_labels(mesh)
        part_of_point, mesh_parts = labels[found.vertices], int(labels.max()) + 1
        stray = self._bear_few(part_of_point, mesh_parts) | self._bear_few_of_another(part_of_point, mesh_parts)
        parts = [self._components == part for part in self._parts]
        return Agreement(
            from_mesh=Spread.of(mesh.distances),
            from_scan=Spread.of(found.distances),
            points=len(self._scan.cloud),
            near=near,
            missed=float(missed.mean()),
            scan_parts=len(parts),
            lost_parts=sum(bool(missed[part].mean() > 0.5) for part in parts),
            small_parts=sum(self._is_small(part, CELLS_ACROSS * cell) for part in parts),
            invented_beyond=invented_beyond,
            invented=_share_beyond(mesh, mesh.distances, invented_beyond),
            parts=len(stray),
            stray_parts=int(stray.sum()),
            cell=cell,
            fill_volume=self._sheets.fill_volume,
            doubled=self._sheets.doubled,
            gap=self._sheets.gap,
            spacing=sampling.spacing * edge,
        )

    def scanned(self, mesh: Mesh, *, cell: float) -> Mesh:
        """The parts of a mesh that lie around points of the scan; all of them if none does.

        Left out are parts around too few points to be one, and those around few that are as small as a few cells: a
        larger one may be what is left of something thin.

        Args:
            mesh: scan frame.
            cell: edge of a cell of the grid that it was extracted from, in units of the scan.
        """
        labels = component_labels(mesh)
        parts = int(labels.max()) + 1
        if parts == 1:
            return mesh
        part_of_point = labels[nearness(self._points, mesh).vertices]
        specks = self._bear_few_of_another(part_of_point, parts) & (_across(mesh, labels) < CELLS_ACROSS * cell)
        kept = ~(specks | self._bear_few(part_of_point, parts))
        return mesh.keep_faces(kept[labels[mesh.faces[:, 0]]]) if kept.any() else mesh

    def _bear_few(self, part_of_point: IntArray, parts: int) -> BoolArray:
        """Which parts of a mesh lie around too few points of the scan to be one."""
        borne = np.bincount(part_of_point, minlength=parts)
        return borne * len(self._scan.cloud) < FEWEST * len(self._points)

    def _bear_few_of_another(self, part_of_point: IntArray, parts: int) -> BoolArray:
        """Which parts of a mesh lie around few points that belong to another.

        A small part of the mesh is one if it is what most of some part of the scan lies on.
        """
        ones = np.ones(len(part_of_point), np.int64)
        table = coo_array((ones, (self._components, part_of_point)), shape=(len(ones), parts)).tocsr()
        small: BoolArray = table.sum(axis=0) < MISSED * len(self._points)
        small[table[: self._components.max() + 1].argmax(axis=1)] = False
        return small

    def _is_small(self, part: BoolArray, across: float) -> bool:
        """Whether a part of the scan that is more than strays fits into so much."""
        return bool(part.mean() >= MISSED and np.ptp(self._points[part], axis=0).max() < across)

    @cached_property
    def _components(self) -> IntArray:
        return point_components(self._points, most=len(self._points))

    @cached_property
    def _parts(self) -> IntArray:
        """The numbers of the components that are more than a few points."""
        return np.flatnonzero(np.bincount(self._components) >= FEWEST)

    @cached_property
    def _sheets(self) -> Sheets:
        return sheets(self._points, rng=np.random.default_rng(0))


def _across(mesh: Mesh, labels: IntArray) -> FloatArray:
    """The longest side of the box around each part of a mesh, whose vertices are labelled (V,) with its number."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(labels.max() + 1))
    vertices = mesh.vertices[order]
    sides: FloatArray = np.maximum.reduceat(vertices, starts) - np.minimum.reduceat(vertices, starts)
    return sides.max(axis=1)


def _share_beyond(mesh: Mesh, distances: FloatArray, beyond: float) -> float:
    """The share of a mesh's area that is farther from the scan, by the mean of a face's corners (V,)."""
    a, b, c = mesh.vertices[mesh.faces].swapaxes(0, 1)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    far = distances[mesh.faces].mean(axis=1) > beyond
    return float(areas[far].sum() / areas.sum())

"""From a snapshot and the view options to what is drawn: pure, so that every renderer and test shares it.

Layers refer to the snapshot's own arrays and compare by them: a renderer has nothing to do where a layer equals
the one it drew last. Only what is drawn anew is converted to the view frame, in which every scan has the same size.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sap_core.crop import Region
from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud
from sap_viewer.commands import SetSlices
from sap_viewer.scene.coloring import Coloring, coloring_of
from sap_viewer.scene.contour import zero_segments
from sap_viewer.scene.legend import Legend
from sap_viewer.scene.outline import outline
from sap_viewer.scene.view_options import INKS, MAX_NORMALS, MAX_POINTS, Ink, Shading, ViewOptions
from sap_viewer.snapshot import FieldSlice, Snapshot

Rgb = tuple[float, float, float]  # sRGB, 0 to 1
_GHOST_INK: Ink = "sky"
_GHOST_OPACITY = 0.4


@dataclass(frozen=True)
class ViewFrame:
    """Maps scan coordinates to the view: the unit cube becomes a cube of edge 1 around the origin."""

    center: tuple[float, float, float]
    edge: float

    @classmethod
    def of(cls, bounds: FloatArray) -> "ViewFrame":
        """The frame for the corners (2, 3) of the unit cube in the scan frame."""
        low, high = bounds
        x, y, z = (low + high) / 2
        return cls((float(x), float(y), float(z)), float(high[0] - low[0]))

    def to_view(self, points: FloatArray) -> NDArray[np.float32]:
        """(N, 3) scan frame -> view frame; the centre is subtracted before float32 takes the digits away.

        Column by column in memory, as Polyscope takes it.
        """
        columns = np.empty(points.shape[::-1], np.float32)
        np.subtract(points.T, np.array(self.center)[:, None], out=columns, casting="same_kind")
        columns /= self.edge
        return columns.T


@dataclass(frozen=True)
class PointsLayer:
    """Points to be drawn as discs, of more than so many an even part; the radius is in the view frame."""

    cloud: PointCloud
    frame: ViewFrame
    radius: float
    color: Rgb
    opacity: float
    own_colors: bool = False
    most: int | None = None

    def positions(self) -> NDArray[np.float32]:
        """(N, 3) view frame."""
        return self.frame.to_view(self.cloud.points[:: self._stride])

    def colors(self) -> NDArray[np.float32] | None:
        """(N, 3) sRGB, 0 to 1, of the points themselves; None where all have ``color``."""
        if not self.own_colors or self.cloud.colors is None:
            return None
        return (self.cloud.colors[:: self._stride] / 255).astype(np.float32)

    @property
    def _stride(self) -> int:
        return 1 if self.most is None else max(1, -(-len(self.cloud) // self.most))


@dataclass(frozen=True)
class NormalsLayer:
    """The directions of the normals of a cloud, all drawn with one length, which is in the view frame."""

    cloud: PointCloud
    frame: ViewFrame
    length: float
    color: Rgb
    opacity: float

    def arrows(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Feet and arrows, (M, 3) each, view frame, of evenly spread rows of the cloud and of the same ones each time.

        Where a normal is zero, so is the arrow.

        Raises:
            ValueError: the cloud has no normals.
        """
        if self.cloud.normals is None:
            raise ValueError(f"normals cannot be drawn: the cloud of {len(self.cloud)} points has none")
        stride = -(-len(self.cloud) // MAX_NORMALS)
        normals = self.cloud.normals[::stride]
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        directions = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
        feet = self.frame.to_view(self.cloud.points[::stride])
        return feet, (directions * self.length).astype(np.float32)


@dataclass(frozen=True)
class MeshLayer:
    """A mesh to be drawn."""

    mesh: Mesh
    frame: ViewFrame
    color: Rgb
    opacity: float
    shading: Shading
    edges: bool
    coloring: Coloring | None = None

    def vertices(self) -> NDArray[np.float32]:
        """(V, 3) view frame."""
        return self.frame.to_view(self.mesh.vertices)

    @property
    def faces(self) -> IntArray:
        """(F, 3) rows of the vertices."""
        return self.mesh.faces


@dataclass(frozen=True)
class SliceLayer:
    """A plane of the indicator field: a textured rectangle, the line where the field is zero, or both."""

    field: FieldSlice
    frame: ViewFrame
    opacity: float
    line: bool
    plane: bool = True

    def corners(self) -> NDArray[np.float32]:
        """(4, 3) view frame, in the order of ``FieldSlice.corners``."""
        return self.frame.to_view(self.field.corners)

    def zero_line(self) -> tuple[NDArray[np.float32], IntArray]:
        """Nodes (N, 3), view frame, and edges (E, 2) of the line where the field is zero; none if it is hidden."""
        nodes = zero_segments(self.field.values).reshape(-1, 2) if self.line else np.zeros((0, 2))
        first, last_row, _, last_column = self.field.corners
        shares = (nodes + 0.5) / self.field.values.shape  # the corners are half a pixel outside the outermost nodes
        placed = first + shares[:, :1] * (last_row - first) + shares[:, 1:] * (last_column - first)
        return self.frame.to_view(placed), np.arange(len(nodes)).reshape(-1, 2)


@dataclass(frozen=True)
class RegionLayer:
    """A region to be drawn as lines."""

    region: Region
    frame: ViewFrame

    def lines(self) -> tuple[NDArray[np.float32], IntArray]:
        """Nodes (N, 3), view frame, and edges (E, 2)."""
        nodes, edges = outline(self.region)
        return self.frame.to_view(nodes), edges


@dataclass(frozen=True)
class Scene:
    """All that is drawn. What is hidden or does not exist yet is None.

    Attributes:
        caption: lines for a corner of the window.
        hint: one line for its middle, when there is nothing else to see.
        legend: of the mesh's colours, for its lower left corner.
    """

    scan: PointsLayer | None = None
    points: PointsLayer | None = None
    normals: NormalsLayer | None = None
    mesh: MeshLayer | None = None
    ghost: MeshLayer | None = None
    slices: tuple[SliceLayer, ...] = ()
    region: RegionLayer | None = None
    caption: tuple[str, ...] = ()
    hint: str = ""
    legend: Legend | None = None


def build_scene(snapshot: Snapshot, options: ViewOptions, *, region: Region | None = None) -> Scene:
    """What the options show of a snapshot, and the region that is being chosen."""
    cloud, mesh = snapshot.cloud, snapshot.mesh
    if snapshot.bounds is None or cloud is None:
        hint = "" if snapshot.status == "busy" else "Drop a scan here"
        return Scene(caption=caption(snapshot), hint=hint)
    frame = ViewFrame.of(snapshot.bounds)
    drawn = _mesh(mesh, frame, options, coloring_of(snapshot, options.color_by))
    coloring = drawn.coloring if drawn is not None and options.show_legend else None
    return Scene(
        scan=_scan(snapshot.scan, frame, options),
        points=_points(cloud, frame, options),
        normals=_normals(cloud, frame, options),
        mesh=drawn,
        slices=_slices(snapshot.slices, frame, options, plane=not _hides_slices(drawn)),
        region=RegionLayer(region, frame) if region is not None else None,
        caption=caption(snapshot),
        legend=coloring.legend if coloring is not None else None,
    )


def with_ghost(scene: Scene, mesh: Mesh, moved: FloatArray | None = None) -> Scene:
    """The scene with another mesh: translucent over its own, or moved by a vector (3,) of the view frame.

    Without a mesh of its own it stays as it is.

    Of slices the lines are left where one mesh lies over the other, since planes would hide half of both.
    """
    if scene.mesh is None:
        return scene
    (x, y, z), edge = scene.mesh.frame.center, scene.mesh.frame.edge
    ghost = replace(scene.mesh, mesh=mesh, color=_rgb(_GHOST_INK), coloring=None, edges=False)
    if moved is None:
        lines = tuple(replace(layer, plane=False) for layer in scene.slices)
        return replace(scene, ghost=replace(ghost, opacity=_GHOST_OPACITY), slices=lines)
    there = ViewFrame((x - edge * moved[0], y - edge * moved[1], z - edge * moved[2]), edge)
    return replace(scene, ghost=replace(ghost, opacity=1.0, frame=there))


def slices_wanted(options: ViewOptions) -> SetSlices:
    """What to ask of the engine, so that the slices shown are computed and no others."""
    return SetSlices(
        x=options.slice_x_at if options.slice_x else None,
        y=options.slice_y_at if options.slice_y else None,
        z=options.slice_z_at if options.slice_z else None,
    )


def caption(snapshot: Snapshot) -> tuple[str, ...]:
    """The state of the run in a few short lines."""
    if not snapshot.name:
        return (snapshot.message,) if snapshot.message else ()
    lines = [snapshot.name, f"step {snapshot.step:,} of {snapshot.total_steps:,}, {snapshot.status}"]
    if len(snapshot.history.losses):
        lines.append(f"loss {snapshot.history.losses[-1]:.2e}")
    if snapshot.message:
        lines.append(snapshot.message)
    return tuple(lines)


def _scan(scan: PointCloud | None, frame: ViewFrame, options: ViewOptions) -> PointsLayer | None:
    if not options.show_scan or scan is None:
        return None
    color = _rgb(options.scan_color)
    return PointsLayer(scan, frame, options.scan_radius, color, options.scan_opacity, own_colors=options.scan_colors)


def _points(cloud: PointCloud, frame: ViewFrame, options: ViewOptions) -> PointsLayer | None:
    if not options.show_points:
        return None
    color = _rgb(options.point_color)
    return PointsLayer(cloud, frame, options.point_radius, color, options.point_opacity, most=MAX_POINTS)


def _normals(cloud: PointCloud, frame: ViewFrame, options: ViewOptions) -> NormalsLayer | None:
    if not options.show_normals or cloud.normals is None:
        return None
    return NormalsLayer(cloud, frame, options.normal_length, _rgb(options.normal_color), options.normal_opacity)


def _mesh(mesh: Mesh | None, frame: ViewFrame, options: ViewOptions, coloring: Coloring | None) -> MeshLayer | None:
    if not options.show_mesh or mesh is None or not len(mesh.faces):
        return None
    color = _rgb(options.mesh_color)
    return MeshLayer(mesh, frame, color, options.mesh_opacity, options.mesh_shading, options.mesh_edges, coloring)


def _hides_slices(mesh: MeshLayer | None) -> bool:
    """Whether planes would have to show through it to be seen, and would mix with colours that have a meaning."""
    return mesh is not None and mesh.coloring is not None and mesh.opacity == 1


def _slices(
    fields: tuple[FieldSlice, ...], frame: ViewFrame, options: ViewOptions, *, plane: bool
) -> tuple[SliceLayer, ...]:
    shown = (options.slice_x, options.slice_y, options.slice_z)
    look = options.slice_opacity, options.slice_line, plane
    return tuple(SliceLayer(field, frame, *look) for field in fields if shown[field.axis])


def _rgb(ink: Ink) -> Rgb:
    red, green, blue = INKS[ink]
    return red / 255, green / 255, blue / 255

"""The layers of a scene as Polyscope structures: registered when first seen, then updated in place where that works."""

from abc import ABC, abstractmethod
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import polyscope as ps
from numpy.typing import NDArray

from sap_core.geometry import Mesh, PointCloud
from sap_viewer.scene.coloring import Coloring
from sap_viewer.scene.scene import MeshLayer, NormalsLayer, PointsLayer, Scene, SliceLayer, ViewFrame
from sap_viewer.scene.view_options import Shading
from sap_viewer.view.needles import needles
from sap_viewer.view.region import RegionLines
from sap_viewer.view.zero_line import ZeroLine

_OWN, _BY_VERTEX = "own colours", "by vertex"
_EDGE_COLOR, _EDGE_WIDTH = (0.15, 0.17, 0.20), 0.5  # pixels: wider ones hide the colours of a fine mesh
# Polyscope keeps the look of a structure for another of its name, and each of these calls takes a quarter millisecond.
_MESH_LOOK: dict[str, Any] = {
    "material": "clay",
    "edge_color": _EDGE_COLOR,
    "back_face_policy": "cull",  # a closed surface shows none, unless it is see-through
}
_NEEDLE_LOOK: dict[str, Any] = {"material": "flat", "back_face_policy": "cull"}
_NEEDLE_RADIUS = 0.0007
_FIELD_RANGE = (-0.8, 0.8)  # the field ends at +-0.46; the outermost colours would outshine everything else

# While slices are shown with an opaque mesh, layers that cover one another are averaged with these weights.
_MESH_WEIGHT, _POINT_WEIGHT, _SLICE_WEIGHT = 0.9, 0.5, 0.28
_DEPTHS = 3  # of translucent layers behind one another; each costs another drawing of all

Blending = Literal["none", "simple", "pretty"]  # as Polyscope calls them: opaque, averaged, translucent
Layer = TypeVar("Layer", PointsLayer, NormalsLayer, MeshLayer, SliceLayer)


class SceneLayers:
    """The scene drawn last. A layer that equals the one drawn before it costs nothing."""

    def __init__(self) -> None:
        self._blending: Blending = "none"
        ps.set_transparency_mode("none")
        ps.set_transparency_render_passes(_DEPTHS)
        self._scan = _Points("scan", weight=_POINT_WEIGHT)
        self._points = _Points("points", weight=_POINT_WEIGHT)
        self._normals = _Normals("normals", weight=_POINT_WEIGHT)
        self._mesh = _Mesh("mesh", weight=_MESH_WEIGHT)
        self._ghost = _Mesh("ghost", weight=_MESH_WEIGHT)
        self._region = RegionLines()
        self._slices = tuple(_Slice(f"slice {axis}", weight=_SLICE_WEIGHT) for axis in "xyz")
        self._lines = tuple(ZeroLine(f"zero level {axis}") for axis in "xyz")

    def draw(self, scene: Scene) -> None:
        """Bring what is drawn in line with the scene. Slices show through the mesh and the points."""
        blending = _blending(scene)
        if blending != self._blending:
            self._blending = blending
            ps.set_transparency_mode(blending)
        self._scan.draw(scene.scan, blending)
        self._points.draw(scene.points, blending)
        self._normals.draw(scene.normals, blending)
        self._mesh.draw(scene.mesh, blending)
        self._ghost.draw(scene.ghost, blending)
        self._region.draw(scene.region)
        by_axis = {layer.field.axis: layer for layer in scene.slices}
        for axis, (drawn, line) in enumerate(zip(self._slices, self._lines, strict=True)):
            layer = by_axis.get(axis)
            drawn.draw(layer if layer is not None and layer.plane else None, blending)
            line.draw(layer)


def _blending(scene: Scene) -> Blending:
    planes = tuple(layer for layer in scene.slices if layer.plane)
    layers = (scene.scan, scene.points, scene.normals, scene.mesh, scene.ghost, *planes)
    if any(layer is not None and layer.opacity < 1 for layer in layers):
        return "pretty"
    if planes and scene.mesh is not None:  # which would hide them
        return "simple"  # several times faster than "pretty"
    return "none"


class _Drawn(ABC, Generic[Layer]):
    """One layer, and the structure that shows it."""

    def __init__(self, name: str, *, weight: float) -> None:
        self._name = name
        self._weight = weight
        self._drawn: tuple[Layer | None, Blending] = (None, "none")

    def draw(self, layer: Layer | None, blending: Blending) -> None:
        if (layer, blending) == self._drawn:
            return
        self._drawn = (layer, blending)
        if layer is not None:
            structure = self._show(layer)
            # An opaque scene has to be opaque throughout, or Polyscope would change over to its slow mode by itself.
            structure.set_transparency(self._weight if blending == "simple" else layer.opacity)
            structure.set_enabled(True)
        elif (hidden := self._structure) is not None:
            hidden.set_enabled(False)

    @property
    def _structure(self) -> ps.Structure | None:
        """Looked up, never kept: Polyscope mistakes what it allocates later where a kept one has died for that one."""
        if ps.has_surface_mesh(self._name):
            return ps.get_surface_mesh(self._name)
        return ps.get_point_cloud(self._name) if ps.has_point_cloud(self._name) else None

    @abstractmethod
    def _show(self, layer: Layer) -> ps.Structure:
        """Register the structure, or update it."""


class _Points(_Drawn[PointsLayer]):
    _shape: tuple[PointCloud, ViewFrame] | None = None  # that is registered

    def _show(self, layer: PointsLayer) -> ps.Structure:
        cloud = self._structure
        if cloud is None or self._shape != (layer.cloud, layer.frame):
            self._shape = layer.cloud, layer.frame
            cloud = self._placed(layer.positions())
        cloud.set_color(layer.color)
        cloud.set_radius(layer.radius, relative=False)
        colors = layer.colors()
        if colors is not None:
            cloud.add_color_quantity(_OWN, colors, enabled=True)
        else:
            cloud.remove_quantity(_OWN)
        return cloud

    def _placed(self, positions: NDArray[np.float32]) -> ps.Structure:
        cloud = self._structure
        if cloud is not None and cloud.n_points() == len(positions):
            cloud.update_point_positions(positions)
            return cloud
        return ps.register_point_cloud(
            self._name,
            positions,
            point_render_mode="quad",  # less than half the time of spheres
            material="flat",
        )


class _Normals(_Drawn[NormalsLayer]):
    def _show(self, layer: NormalsLayer) -> ps.Structure:
        vertices, faces = needles(*layer.arrows(), radius=_NEEDLE_RADIUS)
        mesh = self._structure
        if mesh is not None and mesh.n_vertices() == len(vertices):
            mesh.update_vertex_positions(vertices)
        else:
            look = _NEEDLE_LOOK if mesh is None else {}
            mesh = ps.register_surface_mesh(self._name, vertices, faces, **look)
        mesh.set_color(layer.color)
        return mesh


class _Mesh(_Drawn[MeshLayer]):
    _shape: tuple[Mesh, ViewFrame] | None = None  # that is registered
    _coloring: Coloring | None = None  # that it has
    _look: tuple[Shading, bool] | None = None  # that it has, with edges or not

    def _show(self, layer: MeshLayer) -> ps.Structure:
        mesh, shape = self._structure, (layer.mesh, layer.frame)
        if mesh is None or shape != self._shape:
            self._shape, self._coloring = shape, None
            look = _MESH_LOOK if mesh is None else {}
            faces = np.asarray(layer.faces, np.int32, order="F")  # what Polyscope takes without another copy
            mesh = ps.register_surface_mesh(self._name, layer.vertices(), faces, **look)
        if layer.coloring != self._coloring:
            self._coloring = layer.coloring
            _color(mesh, layer.coloring)
        mesh.set_color(layer.color)
        if (layer.shading, layer.edges) != self._look:
            self._look = layer.shading, layer.edges
            mesh.set_smooth_shade(layer.shading == "smooth")
            mesh.set_edge_width(_EDGE_WIDTH if layer.edges else 0.0)
        return mesh


def _color(mesh: ps.SurfaceMesh, coloring: Coloring | None) -> None:
    if coloring is None:
        mesh.remove_quantity(_BY_VERTEX)
    elif coloring.legend is None:
        mesh.add_color_quantity(_BY_VERTEX, coloring.colors(), enabled=True)
    else:
        legend = coloring.legend
        mesh.add_scalar_quantity(
            _BY_VERTEX, coloring.values(), cmap=legend.map, vminmax=(legend.low, legend.high), enabled=True
        )


class _Slice(_Drawn[SliceLayer]):
    def _show(self, layer: SliceLayer) -> ps.Structure:
        corners, values = layer.corners(), layer.field.values
        rectangle = self._structure
        if rectangle is None:
            rectangle = ps.register_surface_mesh(
                self._name, corners, np.array([[0, 1, 2, 3]]), material="flat", back_face_policy="identical"
            )
            # Columns of the image run along u and rows along v; the corners come in the order of FieldSlice.
            uv = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
            rectangle.add_parameterization_quantity("uv", uv, defined_on="vertices")
        else:
            rectangle.update_vertex_positions(corners)
        rectangle.add_scalar_quantity(
            "field",
            values,
            defined_on="texture",
            param_name="uv",
            image_origin="lower_left",
            filter_mode="linear",
            cmap="coolwarm",
            vminmax=_FIELD_RANGE,
            enabled=True,
        )
        return rectangle

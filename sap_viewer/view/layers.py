"""The layers of a scene as Polyscope structures: registered when first seen, then updated in place where that works."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import numpy as np
import polyscope as ps

from sap_viewer.scene import MeshLayer, NormalsLayer, PointsLayer, Scene, SliceLayer
from sap_viewer.view.needles import needles
from sap_viewer.view.region import RegionLines

_POINT_COLOR = (0.10, 0.40, 0.70)
_NORMAL_COLOR = (0.90, 0.50, 0.10)
_MESH_COLOR = (0.98, 0.96, 0.92)
_NEEDLE_RADIUS = 0.0007
_FIELD_RANGE = (-0.8, 0.8)  # the field ends at +-0.46; the outermost colours would outshine everything else

# While slices are shown, layers that cover one another are averaged with these weights.
_MESH_WEIGHT, _POINT_WEIGHT, _SLICE_WEIGHT = 0.9, 0.4, 0.4

Layer = TypeVar("Layer")


class SceneLayers:
    """The scene drawn last. A layer that equals the one drawn before it costs nothing."""

    def __init__(self) -> None:
        self._see_through = False
        ps.set_transparency_mode("none")
        self._points = _Points("points", weight=_POINT_WEIGHT)
        self._normals = _Normals("normals", weight=_POINT_WEIGHT)
        self._mesh = _Mesh("mesh", weight=_MESH_WEIGHT)
        self._region = RegionLines()
        self._slices = tuple(_Slice(f"slice {axis}", weight=_SLICE_WEIGHT) for axis in "xyz")

    def draw(self, scene: Scene) -> None:
        """Bring what is drawn in line with the scene. Slices show through the mesh and the points."""
        see_through = bool(scene.slices)
        if see_through != self._see_through:
            self._see_through = see_through
            ps.set_transparency_mode("simple" if see_through else "none")  # "pretty" takes eight times as long
        self._points.draw(scene.points, see_through=see_through)
        self._normals.draw(scene.normals, see_through=see_through)
        self._mesh.draw(scene.mesh, see_through=see_through)
        self._region.draw(scene.region)
        by_axis = {layer.field.axis: layer for layer in scene.slices}
        for axis, drawn in enumerate(self._slices):
            drawn.draw(by_axis.get(axis), see_through=see_through)


class _Drawn(ABC, Generic[Layer]):
    """One layer, and the structure that shows it."""

    def __init__(self, name: str, *, weight: float) -> None:
        self._name = name
        self._weight = weight
        self._drawn: tuple[Layer | None, bool] = (None, False)
        self._structure: ps.Structure | None = None

    def draw(self, layer: Layer | None, *, see_through: bool) -> None:
        if (layer, see_through) == self._drawn:
            return
        self._drawn = (layer, see_through)
        if layer is not None:
            self._structure = self._show(layer)
            # Only while see-through: in an opaque scene Polyscope would change over to its slow mode by itself.
            self._structure.set_transparency(self._weight if see_through else 1.0)
        if self._structure is not None:
            self._structure.set_enabled(layer is not None)

    @abstractmethod
    def _show(self, layer: Layer) -> ps.Structure:
        """Register the structure, or update it."""


class _Points(_Drawn[PointsLayer]):
    def _show(self, layer: PointsLayer) -> ps.Structure:
        positions = layer.positions()
        cloud = self._structure
        if cloud is not None and cloud.n_points() == len(positions):
            cloud.update_point_positions(positions)
        else:
            cloud = ps.register_point_cloud(
                self._name,
                positions,
                point_render_mode="quad",  # less than half the time of spheres
                color=_POINT_COLOR,
                material="flat",
            )
        cloud.set_radius(layer.radius, relative=False)
        return cloud


class _Normals(_Drawn[NormalsLayer]):
    def _show(self, layer: NormalsLayer) -> ps.Structure:
        vertices, faces = needles(*layer.arrows(), radius=_NEEDLE_RADIUS)
        mesh = self._structure
        if mesh is not None and mesh.n_vertices() == len(vertices):
            mesh.update_vertex_positions(vertices)
            return mesh
        return ps.register_surface_mesh(
            self._name, vertices, faces, color=_NORMAL_COLOR, material="flat", back_face_policy="cull"
        )


class _Mesh(_Drawn[MeshLayer]):
    def _show(self, layer: MeshLayer) -> ps.Structure:
        return ps.register_surface_mesh(
            self._name,
            layer.vertices(),
            layer.faces,
            color=_MESH_COLOR,
            material="clay",
            smooth_shade=True,
            back_face_policy="cull",  # a closed surface shows none, unless it is see-through
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

"""The .ply format, in double precision both ways."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement, PlyElementParseError, PlyParseError

from sap_core.formats.columns import bytes_of_colors
from sap_core.formats.names import Columns, find
from sap_core.formats.ply_stream import open_ply
from sap_core.formats.scan import Scan
from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud
from sap_core.validate.contents import without_points
from sap_core.validate.files import damaged

_POINT = ("x", "y", "z")
_NORMAL = ("nx", "ny", "nz")
_COLOR = ("red", "green", "blue")
# Gaussian splats have colours as the first coefficients of spherical harmonics, in multiples of 1 / (2 sqrt(pi)).
_HARMONICS, _HARMONIC = ("f_dc_0", "f_dc_1", "f_dc_2"), 0.28209479177387814
# The one name of a scalar by which MeshLab colours; CloudCompare offers any name, ParaView reads none. Since others
# store other scalars under it, a remark in the header tells ours.
_DISTANCE = "quality"
_REMARK = "quality is the distance from the vertex to the nearest point of the scan"
_TRIANGLES = {"face": {"vertex_indices": 3, "vertex_index": 3}}


def read(path: Path) -> Scan:
    """Read vertices with normals and colours, under the names that programs give them, and faces, cut into triangles.

    The distances that ``encode_mesh`` writes are read, too. Other elements and properties may be there. The file is
    ascii or binary, of either byte order.

    Raises:
        InputError: the file is damaged or no PLY file, or it has no vertices with x, y and z.
        OSError: the file cannot be read.
    """
    try:
        data = _parse(path)
    except PlyParseError as error:
        raise damaged(path) from error
    names = [entry.name for entry in data["vertex"].properties] if "vertex" in data else []
    found = find(names)
    points = _columns(data, names, found.points)
    if points is None:
        raise without_points(str(path))
    colors = _columns(data, names, found.colors)
    if colors is None and set(_HARMONICS) <= set(names):
        colors = np.clip(0.5 + _HARMONIC * np.column_stack([data["vertex"][name] for name in _HARMONICS]), 0, 1)
    cloud = PointCloud(points, _columns(data, names, found.normals), bytes_of_colors(colors, source=str(path)))
    return Scan(cloud, _triangles(data), _distances(data))


def encode_mesh(mesh: Mesh) -> bytes:
    """A mesh as binary PLY, with the colours that it has, and its distances as the property quality."""
    columns: dict[str, NDArray[Any]] = dict(zip(_POINT, mesh.vertices.T, strict=True))
    if mesh.colors is not None:
        columns |= zip(_COLOR, mesh.colors.T, strict=True)
    if mesh.distances is not None:
        columns[_DISTANCE] = mesh.distances
    faces = _element("face", {"vertex_indices": mesh.faces.astype(np.int32)})
    return _encode(_element("vertex", columns), faces, comments=[] if mesh.distances is None else [_REMARK])


def encode_cloud(cloud: PointCloud) -> bytes:
    """A cloud as binary PLY, with the normals and colours that it has."""
    columns: dict[str, NDArray[Any]] = dict(zip(_POINT, cloud.points.T, strict=True))
    if cloud.normals is not None:
        columns |= zip(_NORMAL, cloud.normals.T, strict=True)
    if cloud.colors is not None:
        columns |= zip(_COLOR, cloud.colors.T, strict=True)
    return _encode(_element("vertex", columns))


def _parse(path: Path) -> PlyData:
    try:
        with open_ply(path) as stream:
            return PlyData.read(stream, known_list_len=_TRIANGLES)  # all at once, where all faces are triangles
    except PlyElementParseError:
        with open_ply(path) as stream:
            return PlyData.read(stream)


def _columns(data: PlyData, names: Sequence[str], places: Columns | None) -> NDArray[Any] | None:
    return None if places is None else np.column_stack([data["vertex"][names[place]] for place in places])


def _distances(data: PlyData) -> FloatArray | None:
    if _DISTANCE not in data["vertex"] or _REMARK not in data.comments:
        return None
    return np.asarray(data["vertex"][_DISTANCE], np.float64)


def _triangles(data: PlyData) -> IntArray:
    for name in _TRIANGLES["face"]:
        if "face" in data and name in data["face"]:
            polygons = data["face"][name]
            from trimesh.geometry import triangulate_quads  # noqa: PLC0415  late, as in formats.surfaces

            return triangulate_quads(polygons if polygons.ndim == 2 else list(polygons)).reshape(-1, 3)
    return np.zeros((0, 3), np.int64)


def _element(name: str, properties: dict[str, NDArray[Any]]) -> PlyElement:
    types = [(key, values.dtype, values.shape[1:]) for key, values in properties.items()]
    rows = np.empty(len(next(iter(properties.values()))), dtype=types)
    for key, values in properties.items():
        rows[key] = values
    return PlyElement.describe(rows, name)


def _encode(*elements: PlyElement, comments: Sequence[str] = ()) -> bytes:
    stream = BytesIO()
    PlyData(elements, byte_order="<", comments=comments).write(stream)
    return stream.getvalue()

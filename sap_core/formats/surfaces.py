"""Formats of surfaces other than PLY: .obj, .stl, .off and .glb.

trimesh takes longer to import than all else that opens a window, so it is imported where it is used. A placeholder for
it among the modules would not do: torch looks into all of them while it is imported.
"""

import logging
import struct
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from sap_core.formats.columns import bytes_of_colors
from sap_core.formats.gltf_extensions import check_extensions
from sap_core.formats.scan import Scan
from sap_core.geometry import Mesh, PointCloud
from sap_core.validate.files import compressed

if TYPE_CHECKING:
    import trimesh

# Without a handler, Python prints what trimesh logs about a damaged file, tracebacks included, to stderr.
logging.getLogger("trimesh").addHandler(logging.NullHandler())

_STL_START, _STL_FACE = 84, 50  # bytes of binary STL: a title and the number of faces, then the faces
_ROUNDING = 1e-6  # of the extent: a move that nobody sees


def read(path: Path) -> Scan:
    """Read all meshes of a file, in the file's outermost frame; where there are none, its points.

    Raises:
        OSError: the file cannot be read. Whatever trimesh raises on a damaged file passes through.
    """
    return _read(path)


def read_glb(path: Path) -> Scan:
    """Read a .glb as ``read`` does, unless it needs an extension that is not read.

    Raises:
        InputError: it does, or cannot be decompressed; the sentence names the extension or the compression.
        OSError: the file cannot be read. Whatever trimesh raises on a damaged file passes through.
    """
    compression = check_extensions(path)
    scan = read(path)
    if compression and not scan.cloud.points.any():  # which is what trimesh leaves where it fails to decompress
        raise compressed(path, compression)
    return scan


def read_stl(path: Path) -> Scan:
    """Read an .stl; bytes after the last face of a binary one, by which trimesh takes it for text, are passed over.

    Raises:
        OSError: the file cannot be read. Whatever trimesh raises on a damaged file passes through.
    """
    with path.open("rb") as stream:
        start = stream.read(_STL_START)
        faces = struct.unpack_from("<I", start, 80)[0] if len(start) == _STL_START else 0
        whole = _STL_START + _STL_FACE * faces
        if faces and whole < path.stat().st_size:  # read as a number, four letters of a text promise gigabytes
            return _read(BytesIO(start + stream.read(whole - _STL_START)), file_type="stl")
    return _read(path)


@np.errstate(over="ignore", invalid="ignore")  # trimesh casts the normals of an .stl, which a damaged file has as NaN
def _read(source: Path | IO[bytes], *, file_type: str | None = None) -> Scan:
    import trimesh  # noqa: PLC0415

    scene = trimesh.load_scene(source, file_type=file_type, process=False)
    surface = scene.to_mesh()
    if len(surface.vertices):
        return Scan(_cloud(surface), surface.faces.reshape(-1, 3))
    clouds = [part for part in scene.dump() if isinstance(part, trimesh.PointCloud)]
    together: Any = trimesh.util.concatenate(clouds)
    return Scan(_cloud(together))


def read_obj(path: Path) -> Scan:
    """Read a mesh, or bare vertices with a normal each where there are as many.

    Raises:
        OSError: the file cannot be read. Whatever trimesh raises on a damaged file passes through.
    """
    import trimesh  # noqa: PLC0415

    with path.open("rb") as stream:
        contents = trimesh.exchange.obj.load_obj(stream)
    vertices = contents.get("vertices")
    if vertices is None:
        return read(path)
    normals = contents.get("vertex_normals")
    if normals is not None and len(normals) != len(vertices):
        normals = None
    return Scan(PointCloud(vertices, normals, bytes_of_colors(contents.get("vertex_colors"), source=str(path))))


def encode_obj(mesh: Mesh) -> bytes:
    """A mesh as OBJ, in the digits that give back the same doubles.

    Colours follow the coordinates, from 0 to 1, as most programs read them although the standard has none.
    """
    columns = [mesh.vertices]
    if mesh.colors is not None:
        columns.append(np.ceil(mesh.colors / 255 * 1e4) / 1e4)  # upwards, for MeshLab cuts 194.99 off to 194
    vertices = [f"v {' '.join(map(repr, row))}\n" for row in np.hstack(columns).tolist()]
    faces = [f"f {a} {b} {c}\n" for a, b, c in (mesh.faces + 1).tolist()]
    return "".join(vertices + faces).encode()


def encode_off(mesh: Mesh) -> bytes:
    """A mesh as OFF, without its colours, in the digits that give back the same doubles."""
    header = f"OFF\n{len(mesh.vertices)} {len(mesh.faces)} 0\n"
    vertices = [f"{x!r} {y!r} {z!r}\n" for x, y, z in mesh.vertices.tolist()]
    faces = [f"3 {a} {b} {c}\n" for a, b, c in mesh.faces.tolist()]
    return "".join([header, *vertices, *faces]).encode()


def encode_stl(mesh: Mesh) -> bytes:
    """A mesh as binary STL, or as text where that moves vertices; neither holds colours.

    Binary STL holds single precision, which would move map coordinates of 5e6 m by up to 0.25 m. Where a vertex
    would move by more than a millionth of the mesh's extent, the file is text, five times as large and exact.
    """
    import trimesh  # noqa: PLC0415

    surface = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    moved = np.abs(mesh.vertices - mesh.vertices.astype(np.float32)).max()
    if moved <= _ROUNDING * surface.extents.max():
        return trimesh.exchange.stl.export_stl(surface)
    return trimesh.exchange.stl.export_stl_ascii(surface).encode()


def encode_glb(mesh: Mesh) -> bytes:
    """A mesh as binary glTF, which holds single precision: the centre goes into the node's transform, in double.

    Colours go into COLOR_0 as they are, so that what reads the file gets the same bytes; programs that follow the
    standard to the letter take them for linear intensities and show them paler.
    """
    import trimesh  # noqa: PLC0415

    centre = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
    placed = np.eye(4)
    placed[:3, 3] = centre
    scene = trimesh.Scene()
    surface = trimesh.Trimesh(mesh.vertices - centre, mesh.faces, vertex_colors=mesh.colors, process=False)
    scene.add_geometry(surface, transform=placed)
    contents: bytes = trimesh.exchange.gltf.export_glb(scene)
    return contents


def _cloud(geometry: "trimesh.Trimesh | trimesh.PointCloud") -> PointCloud:
    import trimesh  # noqa: PLC0415

    vertices = np.asarray(geometry.vertices).reshape(-1, 3)
    visual = geometry.visual
    if (
        isinstance(visual, trimesh.visual.color.ColorVisuals | trimesh.visual.color.VertexColor)
        and visual.kind == "vertex"
    ):
        return PointCloud(vertices, colors=np.asarray(visual.vertex_colors)[:, :3])
    return PointCloud(vertices)

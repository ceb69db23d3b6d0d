"""Scans in and meshes out, by file extension. Everything is in the scan's own frame and in double precision."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sap_core.crop import Crop, crop
from sap_core.formats import arrays, e57, las, pcd, ply, ptx, surfaces, text, volumes
from sap_core.formats.parsing import parsing
from sap_core.formats.scan import Scan, sample_mesh
from sap_core.geometry import Field, Mesh, PointCloud
from sap_core.validate.contents import check_contents, without_faces
from sap_core.validate.files import check_faces_to_write, check_input, check_output
from sap_core.validate.points import CleanCloud, check_extent, without_invalid
from sap_core.whole_file import whole_file

_READERS: dict[str, Callable[[Path], Scan]] = {
    ".ply": ply.read,
    ".obj": surfaces.read_obj,
    ".stl": surfaces.read_stl,
    ".off": surfaces.read,
    ".glb": surfaces.read_glb,
    ".xyz": text.read,
    ".asc": text.read,
    ".txt": text.read,
    ".pts": text.read,
    ".csv": text.read,
    ".ptx": ptx.read,
    ".pcd": pcd.read,
    ".npy": arrays.read_npy,
    ".npz": arrays.read_npz,
    ".las": las.read,
    ".laz": las.read,
    ".e57": e57.read,
}
_MESH_ENCODERS: dict[str, Callable[[Mesh], bytes]] = {
    ".ply": ply.encode_mesh,
    ".obj": surfaces.encode_obj,
    ".stl": surfaces.encode_stl,
    ".off": surfaces.encode_off,
    ".glb": surfaces.encode_glb,
}
_FIELD_WRITERS: dict[str, Callable[[Field, Path], None]] = {
    ".npz": volumes.write_npz,
    ".vti": volumes.write_vti,
}

SCAN_SUFFIXES = tuple(_READERS)
MESH_SUFFIXES = tuple(_MESH_ENCODERS)
CLOUD_SUFFIXES = (".ply",)
FIELD_SUFFIXES = tuple(_FIELD_WRITERS)


def read_cloud(path: str | Path, *, seed: int = 0, crops: Sequence[Crop] = ()) -> CleanCloud:
    """Read a scan and clean it.

    A file with faces is a mesh: points are drawn on it, with the normals of its faces.

    Args:
        path: its suffix, one of ``SCAN_SUFFIXES``, names the format.
        seed: of the points drawn on a mesh.
        crops: what will be made use of; the rest is read as well, but need not be fit for a surface.

    Returns:
        All points in the scan frame, with the normals and colours of the file; and notices of what was done to them.

    Raises:
        InputError: the file cannot be read, or what it holds cannot be reconstructed.
    """
    path = Path(path)
    source = str(path)
    scan = _read(path)
    check_contents(scan.cloud, scan.faces, source=source)
    cloud, notices = scan.cloud, scan.notices
    if len(scan.faces):
        cloud, said = sample_mesh(scan, rng=np.random.default_rng(seed), source=source)
        notices += said
    cleaned = without_invalid(cloud, source=source)
    check_extent(crop(cleaned.cloud, crops), source=source)
    return replace(cleaned, notices=notices + cleaned.notices)


def read_mesh(path: str | Path) -> Mesh:
    """Read a triangle mesh as it stands, without sampling it.

    Returns:
        The mesh with the vertex colours of the file, and with distances where ``write_mesh`` wrote them to a .ply.

    Raises:
        InputError: the file cannot be read, or holds no faces.
    """
    path = Path(path)
    scan = _read(path)
    check_contents(scan.cloud, scan.faces, source=str(path))
    if not len(scan.faces):
        raise without_faces(str(path))
    return Mesh(scan.cloud.points, scan.faces, scan.cloud.colors, scan.distances)


def write_mesh(mesh: Mesh, path: str | Path) -> None:
    """Write a mesh in the format that the suffix names, one of ``MESH_SUFFIXES``.

    An older file is replaced once the new one is whole. Vertices keep double precision, or a millionth of the
    mesh's extent in .stl and .glb. Colours go into .ply, .obj and .glb, distances into .ply.

    Raises:
        InputError: the mesh has no faces, or the path cannot be written to.
        OSError: writing failed, for example on a full disk; an older file is still there.
    """
    path = Path(path)
    check_output(path, suffixes=MESH_SUFFIXES, kind="mesh")
    check_faces_to_write(mesh.faces)
    _write(_MESH_ENCODERS[path.suffix.lower()](mesh), path)


def write_cloud(cloud: PointCloud, path: str | Path) -> None:
    """Write a cloud with its normals and colours as PLY, in double precision.

    Raises:
        InputError: the path cannot be written to.
        OSError: writing failed, for example on a full disk; an older file is still there.
    """
    path = Path(path)
    check_output(path, suffixes=CLOUD_SUFFIXES, kind="point cloud")
    _write(ply.encode_cloud(cloud), path)


def write_field(field: Field, path: str | Path) -> None:
    """Write a field on a grid in the format that the suffix names, one of ``FIELD_SUFFIXES``.

    Raises:
        InputError: the path cannot be written to.
        OSError: writing failed, for example on a full disk; an older file is still there.
    """
    path = Path(path)
    check_output(path, suffixes=FIELD_SUFFIXES, kind="field")
    with whole_file(path) as temporary:
        _FIELD_WRITERS[path.suffix.lower()](field, temporary)


def _read(path: Path) -> Scan:
    with parsing(path):
        check_input(path, suffixes=SCAN_SUFFIXES, kind="scan")
        return _READERS[path.suffix.lower()](path)


def _write(contents: bytes, path: Path) -> None:
    with whole_file(path) as temporary:
        temporary.write_bytes(contents)

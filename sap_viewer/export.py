"""What a snapshot holds, as files in the scan's own coordinates."""

from pathlib import Path

from sap_core.io import write_cloud, write_mesh
from sap_core.validate import InputError
from sap_viewer.snapshot import Snapshot


def export_mesh(snapshot: Snapshot, path: Path) -> None:
    """Write the mesh in the format that the suffix names, one of ``sap_core.io.MESH_SUFFIXES``.

    Raises:
        InputError: there is no mesh yet, or the path cannot be written to.
        OSError: writing failed; an older file is still there.
    """
    if snapshot.mesh is None:
        raise InputError("there is no mesh to export yet; load a scan and let it run")
    write_mesh(snapshot.mesh, path)


def export_cloud(snapshot: Snapshot, path: Path) -> None:
    """Write the oriented points as PLY.

    Raises:
        InputError: there are no points yet, or the path cannot be written to.
        OSError: writing failed; an older file is still there.
    """
    if snapshot.cloud is None:
        raise InputError("there are no points to export yet; load a scan")
    write_cloud(snapshot.cloud, path)

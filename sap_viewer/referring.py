"""A reference from a file or from Python, refused before the run where it cannot be used."""

from pathlib import Path

from sap_core.geometry import Mesh
from sap_core.io import read_mesh
from sap_core.validate.points import check_surface
from sap_viewer.commands import SetReference


def reference_at(source: Mesh | str | Path | None) -> SetReference | None:
    """The command that takes this mesh, or the one of this file, as reference; None for none.

    Raises:
        InputError: the file cannot be read, or the mesh has no area.
    """
    if source is None:
        return None
    name, mesh = ("reference", source) if isinstance(source, Mesh) else (Path(source).name, read_mesh(source))
    check_surface(mesh, source=name)
    return SetReference(mesh, name)

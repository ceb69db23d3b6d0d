"""NumPy's own files: .npy, a table of numbers, and .npz, named arrays."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sap_core.formats.columns import bytes_of_colors, scan_of_columns
from sap_core.formats.scan import Scan
from sap_core.geometry import Mesh, PointCloud
from sap_core.validate.contents import check_table, misshapen, missing_arrays

_POINTS = ("points", "vertices", "xyz")


def read_npy(path: Path) -> Scan:
    """Read a table of real numbers; its columns are those of a text file without names.

    Raises:
        InputError: the array is another. Pickled objects are never loaded.
    """
    with path.open("rb") as stream:
        table = np.lib.format.read_array(stream, allow_pickle=False)
    check_table(table, source=str(path))
    return scan_of_columns(table.astype(np.float64), source=str(path))


def read_npz(path: Path) -> Scan:
    """Read the arrays points (or vertices, or xyz), normals and colors; with faces, the file is a mesh.

    Raises:
        InputError: there are no points, or an array has another shape.
    """
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
        wanted = {*_POINTS, "normals", "colors", "faces"} & set(archive.files)
        arrays: dict[str, NDArray[Any]] = {name: archive[name] for name in wanted}
        names = archive.files
    points = next((arrays[name] for name in _POINTS if name in arrays), None)
    if points is None:
        raise missing_arrays(path, found=names, wanted=_POINTS)
    colors = bytes_of_colors(arrays.get("colors"), source=str(path))
    try:
        cloud = PointCloud(points, arrays.get("normals"), colors)
        return Scan(cloud, Mesh(points, arrays["faces"]).faces) if "faces" in arrays else Scan(cloud)
    except ValueError as error:
        raise misshapen(path, error) from error

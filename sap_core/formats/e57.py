"""The .e57 format of terrestrial scanners. Needs the optional pye57."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sap_core.formats.scan import Scan
from sap_core.formats.stations import Station, together
from sap_core.geometry import FloatArray
from sap_core.validate.files import damaged, missing_extra

if TYPE_CHECKING:
    import pye57

_POINT = ("cartesianX", "cartesianY", "cartesianZ")
_POLAR = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
_NORMAL = ("nor:normalX", "nor:normalY", "nor:normalZ")
_COLOR = ("colorRed", "colorGreen", "colorBlue")
_STATES = ("cartesianInvalidState", "sphericalInvalidState")  # 0 where something was measured


def read(path: Path) -> Scan:
    """Read the points of all scans of a file in the common frame, with normals and colours where all have them.

    Raises:
        InputError: pye57 is not installed, or the file is damaged or none of these.
        OSError: the file cannot be read.
    """
    try:
        import pye57  # noqa: PLC0415  it may be missing
    except ModuleNotFoundError as error:
        raise missing_extra(path, "e57") from error
    path.open("rb").close()  # of a file that it may not read, pye57 does not say why
    try:
        with pye57.E57(str(path)) as file:
            return together([_station(file, place) for place in range(file.scan_count)], source=str(path))
    except pye57.libe57.E57Exception as error:
        raise damaged(path) from error


def _station(file: "pye57.E57", place: int) -> Station:
    from pye57.utils import convert_spherical_to_cartesian  # noqa: PLC0415

    header = file.get_header(place)
    columns = _columns(file, header)
    points = _triple(columns, _POINT)
    if points is None:
        points = convert_spherical_to_cartesian(np.column_stack([columns[name] for name in _POLAR]))
    for state in _STATES:
        points[columns.get(state, np.zeros(len(points))) != 0] = 0
    return Station(
        points, _triple(columns, _NORMAL), _triple(columns, _COLOR), header.rotation_matrix.T, header.translation
    )


def _columns(file: "pye57.E57", header: "pye57.ScanHeader") -> dict[str, FloatArray]:
    """The columns of a scan that are of use, by name; ``E57.read_scan`` knows no normals, nor colours of 16 bits."""
    from pye57 import libe57  # noqa: PLC0415

    wanted = [name for name in (*_POINT, *_POLAR, *_STATES, *_NORMAL, *_COLOR) if name in header.point_fields]
    count = header.point_count
    columns = {name: np.zeros(count) for name in wanted}
    buffers = libe57.VectorSourceDestBuffer()
    for name, column in columns.items():
        buffers.append(libe57.SourceDestBuffer(file.image_file, name, column, count, True, True))
    if count:
        header.points.reader(buffers).read()
    return columns


def _triple(columns: dict[str, FloatArray], names: tuple[str, str, str]) -> FloatArray | None:
    return np.column_stack([columns[name] for name in names]) if columns.keys() >= set(names) else None

"""Airborne and terrestrial lidar: .las, and .laz, which is the same compressed. Needs the optional laspy."""

from pathlib import Path

import numpy as np

from sap_core.formats.columns import bytes_of_colors
from sap_core.formats.names import find
from sap_core.formats.scan import Scan
from sap_core.geometry import PointCloud
from sap_core.validate.files import damaged, missing_extra


def read(path: Path) -> Scan:
    """Read the points in their map coordinates, with colours where the file has them, and normals among extra bytes.

    Raises:
        InputError: laspy or its decompressor is not installed, or the file is damaged or none of these.
        OSError: the file cannot be read.
    """
    try:
        import laspy  # noqa: PLC0415  it may be missing
    except ModuleNotFoundError as error:
        raise missing_extra(path, "las") from error
    if path.suffix.lower() == ".laz" and not laspy.LazBackend.detect_available():
        raise missing_extra(path, "las")
    try:
        points = laspy.read(path)
    except laspy.LaspyException as error:
        raise damaged(path) from error
    if len(points.points) != points.header.point_count:  # cut between two points
        raise damaged(path)
    colors = None
    if "red" in points.point_format.dimension_names:
        colors = bytes_of_colors(np.column_stack([points.red, points.green, points.blue]), source=str(path))
    names = list(points.point_format.dimension_names)
    places = find(names).normals
    normals = np.column_stack([points[names[place]] for place in places]) if places else None
    return Scan(PointCloud(points.xyz, normals, colors))

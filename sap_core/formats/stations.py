"""Scans from several places, each in the frame of its scanner, put together."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sap_core.formats.columns import bytes_of_colors
from sap_core.formats.scan import Scan
from sap_core.geometry import FloatArray, PointCloud
from sap_core.validate.points import nothing_measured


@dataclass(frozen=True, eq=False)
class Station:
    """What a scanner saw from one place.

    Attributes:
        points: (N, 3) from the scanner; 0 0 0, where it stands itself, is a direction in which nothing was measured.
        normals: (N, 3) or None.
        colors: (N, 3) on any scale, or None.
        turn: (3, 3) by which rows are multiplied from the right.
        place: (3,) of the scanner.
    """

    points: FloatArray
    normals: FloatArray | None
    colors: FloatArray | None
    turn: FloatArray
    place: FloatArray


def together(stations: Iterable[Station], *, source: str) -> Scan:
    """All that was measured, in the common frame, with the normals and the colours that all stations have.

    Args:
        stations: in any order.
        source: what an error calls the file.

    Raises:
        InputError: the colours are on no known scale.
    """
    points, normals, colors = [np.zeros((0, 3))], [], []
    total = count = 0
    for station in stations:
        measured = (station.points != 0).any(axis=1)
        points.append(station.points[measured] @ station.turn + station.place)
        normals.append(None if station.normals is None else station.normals[measured] @ station.turn)
        colors.append(None if station.colors is None else station.colors[measured])
        total += len(measured)
        count += len(points[-1])
    cloud = PointCloud(np.concatenate(points), _of_all(normals), bytes_of_colors(_of_all(colors), source=source))
    return Scan(cloud, notices=(nothing_measured(total - count, total),) if count < total else ())


def _of_all(parts: list[FloatArray | None]) -> FloatArray | None:
    present = [part for part in parts if part is not None]
    return np.concatenate(present) if present and len(present) == len(parts) else None

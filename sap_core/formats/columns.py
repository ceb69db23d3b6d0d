"""Bare numbers told apart: which columns are normals, which are colours, and how colours are scaled."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import ByteArray, FloatArray, PointCloud
from sap_core.validate.contents import colors_out_of_range


def cloud_of_columns(table: FloatArray, *, source: str) -> PointCloud:
    """The cloud of a table of 3, 6 or 9 columns: x y z, then normals, colours, or both in either order.

    Three columns are colours if none of their values is negative and their rows are not of length 1 or 0,
    else normals. The normals of a scan point all ways, so this mistakes only scans seen from one octant.

    Args:
        table: (N, 3), (N, 6) or (N, 9).
        source: what an error calls the table.

    Raises:
        InputError: the columns that must be colours are none.
    """
    points, *others = np.split(table, table.shape[1] // 3, axis=1)
    normals = colors = None
    if len(others) == 2:
        normals, colors = reversed(others) if _are_colors(others[0]) else others
    elif others:
        normals, colors = (None, others[0]) if _are_colors(others[0]) else (others[0], None)
    return PointCloud(points, normals, bytes_of_colors(colors, source=source))


def bytes_of_colors(values: NDArray[Any] | None, *, source: str) -> ByteArray | None:
    """8-bit colours, from values that reach up to 1, 255 or 65535; their largest tells which. None stays None.

    Raises:
        InputError: a value is negative or larger than 65535.
    """
    if values is None or values.dtype == np.uint8:
        return values
    values = np.nan_to_num(values.astype(np.float64))
    low, high = values.min(initial=0.0), values.max(initial=0.0)
    if low < 0 or high > 65535:
        raise colors_out_of_range(source, low, high)
    white = next(white for white in (1, 255, 65535) if high <= white)
    return (values * (255 / white)).round().astype(np.uint8)


def _are_colors(columns: FloatArray) -> bool:
    finite = columns[np.isfinite(columns).all(axis=1)]
    lengths = np.linalg.norm(finite, axis=1)
    unit_or_zero = (np.abs(lengths - 1) < 1e-3) | (lengths == 0)
    return bool((finite >= 0).all() and not unit_or_zero.all())

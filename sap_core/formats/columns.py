"""Bare numbers told apart: which columns are normals, which are colours, and how colours are scaled."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sap_core.formats.scan import Scan
from sap_core.geometry import ByteArray, FloatArray, PointCloud
from sap_core.validate.contents import colors_out_of_range, unknown_columns

_ALL_KNOWN = (3, 6, 9)  # columns that need no guessing
_ADVICE = "which of them are colours cannot be told; a first line like 'x y z r g b intensity' would say so"


def scan_of_columns(table: FloatArray, *, source: str) -> Scan:
    """The points of a table without names: x y z, normals and colours where there are any, and what may be left out.

    Of 3, 6 and 9 columns all have a meaning (``cloud_of_columns``). Of 4 the last is left out, an intensity. Of more,
    three in a row of length 1 are the normals, three on one scale of colours the colours, and others are left out. So
    is a first column that numbers the points.

    Args:
        table: (N, width).
        source: what errors and notices call the table.

    Returns:
        The points, with notices of columns that were left out.

    Raises:
        InputError: what the columns are cannot be told, or those that must be colours are none.
    """
    width = table.shape[1]
    if width in _ALL_KNOWN:
        return Scan(cloud_of_columns(table, source=source))
    first = 1 if width > 3 and _numbers_the_rows(table[:, 0]) else 0
    if width - first in _ALL_KNOWN:
        return Scan(cloud_of_columns(table[:, first:], source=source), notices=(_left_out([0], source),))

    after = first + 3
    triples = {place: table[:, place : place + 3] for place in range(after, width - 2)}
    normals = next((place for place, triple in triples.items() if _are_normals(triple)), None)
    colors = [
        place
        for place, triple in triples.items()
        if (normals is None or abs(place - normals) >= 3) and _on_a_scale_of_colors(triple)
    ]
    if len(colors) > 1:
        colors = [place for place in colors if not _has_an_opacity(triples[place])] or colors
    if width - after != 1 and normals is None and not colors:
        raise unknown_columns(width, source=source)
    color = colors[0] if len(colors) == 1 else None
    kept = {column for place in (first, normals, color) if place is not None for column in range(place, place + 3)}
    cloud = PointCloud(
        table[:, first:after],
        None if normals is None else triples[normals],
        None if color is None else bytes_of_colors(triples[color], source=source),
    )
    notice = _left_out([column for column in range(width) if column not in kept], source)
    return Scan(cloud, notices=(f"{notice}: {_ADVICE}" if len(colors) > 1 else notice,))


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
    finite = _finite(columns)
    return bool((finite >= 0).all() and not _of_length_one_or_zero(finite, within=1e-3))


def _are_normals(columns: FloatArray) -> bool:
    """Whether these cannot be anything else, among columns of unknown meaning."""
    finite = _finite(columns)
    return bool((finite != 0).any() and _of_length_one_or_zero(finite, within=0.02))  # two decimals leave 0.01


def _of_length_one_or_zero(rows: FloatArray, *, within: float) -> bool:
    lengths = np.linalg.norm(rows, axis=1)
    return bool(((np.abs(lengths - 1) < within) | (lengths == 0)).all())


def _on_a_scale_of_colors(columns: FloatArray) -> bool:
    """Whether all three columns are whole numbers up to 255, whole numbers beyond, or fractions of 1."""
    finite = _finite(columns)
    highest = finite.max(axis=0, initial=0.0)
    whole = bool((finite == finite.round()).all())
    scaled = (highest <= 1).all() or (whole and ((highest <= 255).all() or (highest > 255).all()))
    return bool((finite >= 0).all() and scaled)


def _has_an_opacity(columns: FloatArray) -> bool:
    """Whether the first or the last of them is the same for all points, none or all of it."""
    ends = _finite(columns)[:, [0, -1]]
    return bool(((ends == ends[:1]).all(axis=0) & np.isin(ends[:1], (0, 1, 255, 65535))).any())


def _finite(columns: FloatArray) -> FloatArray:
    """The rows without NaN and infinity."""
    return columns[np.isfinite(columns).all(axis=1)]


def _numbers_the_rows(column: FloatArray) -> bool:
    return len(column) > 1 and column[0] in (0, 1) and bool((np.diff(column) == 1).all())


def _left_out(columns: list[int], source: str) -> str:
    if len(columns) == 1:
        return f"column {columns[0] + 1} of {source} is neither a normal nor a colour and was left out"
    numbers = ", ".join(str(column + 1) for column in columns)
    return f"columns {numbers} of {source} are not known to be normals or colours and were left out"

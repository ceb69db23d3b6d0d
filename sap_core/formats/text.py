"""Tables of numbers as text: .xyz, .txt, .pts and .csv."""

from array import array
from pathlib import Path

import numpy as np

from sap_core.formats.columns import cloud_of_columns
from sap_core.formats.scan import Scan
from sap_core.validate.contents import check_columns, not_a_row

_MOST_HEADINGS = 2  # a count of the points and the names of the columns
_POINTS_ONLY, _WITH_COLORS = 4, 7  # columns of a .pts file: x y z intensity, and x y z intensity r g b


def read(path: Path) -> Scan:
    """Read a point per line: 3 columns (x y z), 6 (and a normal or a colour) or 9 (and both).

    Columns are separated by spaces, tabs, commas or semicolons; with semicolons the decimal mark may be a comma.
    ``#`` starts a remark, ``//`` at the start of a line too. Before the first point one line may count the points
    and one may name the columns. A .pts file may have 4 or 7 columns: then the fourth, the intensity, is left out.

    Raises:
        InputError: a line is no row of numbers like the first, or the number of columns is another.
        OSError: the file cannot be read.
    """
    values, width, headings = array("d"), 0, 0
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            content = line.partition("#")[0].strip()
            if not content or content.startswith("//"):
                continue
            row = _numbers(content)
            if not width and len(row) < 2 and headings < _MOST_HEADINGS:
                headings += 1
                continue
            width = width or len(row)
            if not row or len(row) != width:
                raise not_a_row(path, number, content, width)
            values.extend(row)
    return _scan(np.array(values).reshape(-1, width or 3), path)


def _scan(table: np.ndarray, path: Path) -> Scan:
    if path.suffix.lower() == ".pts" and table.shape[1] in (_POINTS_ONLY, _WITH_COLORS):
        table = np.delete(table, 3, axis=1)
    check_columns(table.shape[1], source=str(path))
    return Scan(cloud_of_columns(table, source=str(path)))


def _numbers(content: str) -> list[float]:
    """The numbers of a line; none if it holds anything else."""
    separator = next((mark for mark in ";," if mark in content), None)
    if separator == ";":
        content = content.replace(",", ".")
    try:
        return [float(field) for field in content.split(separator)]
    except ValueError:
        return []

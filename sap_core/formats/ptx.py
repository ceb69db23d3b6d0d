"""The .ptx format of terrestrial scanners: text, a grid of points from every place."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np

from sap_core.formats.scan import Scan
from sap_core.formats.stations import Station, together
from sap_core.geometry import FloatArray

_LINES_ABOVE = 10  # columns, rows, the scanner's place, its three axes, and a matrix of four lines


def read(path: Path) -> Scan:
    """Read x y z intensity, or x y z intensity r g b, of all stations, in the common frame; the intensity is left out.

    Raises:
        InputError: the colours are on no known scale.
        OSError: the file cannot be read. A damaged file may raise whatever parsers raise.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        return together(_stations(line for line in stream if line.strip()), source=str(path))


def _stations(lines: Iterator[str]) -> Iterator[Station]:
    while above := list(islice(lines, _LINES_ABOVE)):
        count = int(above[0]) * int(above[1])
        matrix = np.loadtxt(above[6:], comments=None, ndmin=2)
        table = _table(lines, count)
        if matrix.shape != (4, 4) or len(table) != count or table.shape[1] not in (4, 7):
            raise ValueError("a station is not whole")
        colors = table[:, 4:] if table.shape[1] == 7 else None
        yield Station(table[:, :3], None, colors, turn=matrix[:3, :3], place=matrix[3, :3])


def _table(lines: Iterator[str], count: int) -> FloatArray:
    first = next(lines, None)
    if first is None:  # of no line at all, NumPy would make a warning
        raise EOFError
    return np.loadtxt(chain([first], islice(lines, count - 1)), comments=None, ndmin=2)

"""The .pcd format of the Point Cloud Library: text, binary, or binary compressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from sap_core.formats.columns import bytes_of_colors
from sap_core.formats.lzf import decompress
from sap_core.formats.names import Columns, find
from sap_core.formats.numerals import plain_nan
from sap_core.formats.scan import Scan
from sap_core.geometry import PointCloud
from sap_core.validate.contents import without_points

_KINDS = {"F": "f", "I": "i", "U": "u"}
_PACKED = ("rgb", "rgba")  # one number whose bytes are blue, green, red and opacity


@dataclass(frozen=True)
class _Header:
    """What is in the file, and how.

    Attributes:
        names: of the fields.
        types: of their numbers.
        counts: how many of these each point has.
        points: how many there are.
        data: ascii, binary or binary_compressed.
    """

    names: Sequence[str]
    types: Sequence[np.dtype[Any]]
    counts: Sequence[int]
    points: int
    data: str

    @classmethod
    def read(cls, stream: IO[bytes]) -> Self:
        """Read up to the first byte of the data."""
        entries: dict[str, list[str]] = {}
        while "DATA" not in entries:
            line = stream.readline(10_000)
            if not line:
                raise EOFError
            words = line.decode("ascii", "replace").partition("#")[0].split()
            if words:
                entries[words[0].upper()] = words[1:]
        names = entries["FIELDS"]
        kinds = zip(entries["TYPE"], entries["SIZE"], strict=True)
        types = [np.dtype(f"<{_KINDS[kind.upper()]}{size}") for kind, size in kinds]
        counts = [int(count) for count in entries.get("COUNT", ["1"] * len(names))]
        grid = int(entries["WIDTH"][0]) * int(entries["HEIGHT"][0])
        points = int(entries["POINTS"][0]) if "POINTS" in entries else grid
        if not len(names) == len(types) == len(counts):
            raise ValueError("fields without a type")
        return cls(names, types, counts, points, entries["DATA"][0].lower())


def read(path: Path) -> Scan:
    """Read the points, with normals (normal_x, ...) and colours (rgb, rgba, or r g b) where there are any.

    Raises:
        InputError: the file has no x, y and z, or its colours are on no known scale.
        OSError: the file cannot be read. A damaged file may raise whatever parsers raise.
    """
    with path.open("rb") as stream:
        header = _Header.read(stream)
        columns = _READERS[header.data](header, stream)
    found = find(header.names)
    points = _triple(columns, found.points)
    if points is None:
        raise without_points(str(path))
    packed = next((place for place, name in enumerate(header.names) if name.lower() in _PACKED), None)
    colors = _triple(columns, found.colors) if packed is None else _unpacked(columns[packed], header.types[packed])
    return Scan(PointCloud(points, _triple(columns, found.normals), bytes_of_colors(colors, source=str(path))))


def _of_text(header: _Header, stream: IO[bytes]) -> list[NDArray[Any]]:
    text = plain_nan(stream.read())
    shape = (header.points, sum(header.counts))
    table = np.loadtxt(BytesIO(text), comments=None, ndmin=2) if text.strip() else np.zeros((0, shape[1]))
    if table.shape != shape:
        raise ValueError("rows are missing or too short")
    starts = np.cumsum([0, *header.counts[:-1]])
    return [table[:, start] for start in starts]


def _of_rows(header: _Header, stream: IO[bytes]) -> list[NDArray[Any]]:
    kinds = zip(header.types, header.counts, strict=True)
    row = np.dtype([(str(place), kind, (count,)) for place, (kind, count) in enumerate(kinds)])
    table = np.frombuffer(stream.read(), row, header.points)
    return [table[str(place)][:, 0] for place in range(len(header.names))]


def _of_compressed_columns(header: _Header, stream: IO[bytes]) -> list[NDArray[Any]]:
    compressed, size = np.frombuffer(stream.read(8), "<u4").tolist()
    data = decompress(stream.read()[:compressed], size=size)
    columns, start = [], 0
    for kind, count in zip(header.types, header.counts, strict=True):
        column = np.frombuffer(data, kind, header.points * count, offset=start)
        columns.append(column.reshape(header.points, count)[:, 0])
        start += column.nbytes
    return columns


_READERS = {"ascii": _of_text, "binary": _of_rows, "binary_compressed": _of_compressed_columns}


def _triple(columns: Sequence[NDArray[Any]], places: Columns | None) -> NDArray[Any] | None:
    return None if places is None else np.column_stack([columns[place] for place in places])


def _unpacked(column: NDArray[Any], kind: np.dtype[Any]) -> NDArray[np.uint8]:
    """Red, green and blue of packed colours, which may go under the name of a float of single precision."""
    packed = column.astype(kind).view("<u4") if kind.kind == "f" else column.astype("<u4")
    return np.column_stack([packed >> shift & 255 for shift in (16, 8, 0)]).astype(np.uint8)

"""A line above a table of text that names the columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from sap_core.formats.columns import bytes_of_colors
from sap_core.formats.names import Columns, find
from sap_core.geometry import FloatArray, PointCloud

_MARKS = "#/%; \t"  # by which programs set headings apart
_LIST = "[]"  # by which COLMAP marks the last column, which holds any number of values


@dataclass(frozen=True)
class Heading:
    """Which columns are points, normals and colours.

    Attributes:
        width: how many columns are named.
        endless: whether rows may go on after them.
        points, normals, colors: their places.
    """

    width: int
    endless: bool
    points: Columns
    normals: Columns | None
    colors: Columns | None

    @classmethod
    def of(cls, line: str) -> Self | None:
        """The heading that a line is, be it set apart as a remark or not; None where it does not name x, y and z."""
        words = line.strip().lstrip(_MARKS).rstrip(_MARKS + ",")
        names = words.split(next((mark for mark in ";,\t" if mark in words), None))
        width = next((place for place, name in enumerate(names) if _LIST in name), len(names))
        found = find(names[:width])
        if found.points is None:
            return None
        return cls(width, width < len(names), found.points, found.normals, found.colors)

    def fits(self, count: int) -> bool:
        """Whether a row of so many fields has these columns."""
        return count == self.width or (self.endless and count > self.width)

    def used(self, fields: Sequence[str]) -> list[str]:
        """Those fields of a row that become the cloud, in the order of ``cloud``."""
        return [fields[place] for place in (*self.points, *(self.normals or ()), *(self.colors or ()))]

    def cloud(self, table: FloatArray, *, source: str) -> PointCloud:
        """The cloud of a table of the used columns.

        Raises:
            InputError: the colours are on no known scale.
        """
        points, *others = np.split(table, table.shape[1] // 3, axis=1)
        normals = others.pop(0) if self.normals else None
        colors = others.pop(0) if self.colors else None
        return PointCloud(points, normals, bytes_of_colors(colors, source=source))

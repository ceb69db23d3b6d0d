"""The nouns of the program: a point cloud and a triangle mesh, as read-only numpy arrays in the scan frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]


class ReadOnlyArrays:
    """A base for frozen dataclasses of arrays: what arrives from another process refuses writes like the original."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(
            {name: read_only(value) if isinstance(value, np.ndarray) else value for name, value in state.items()}
        )


@dataclass(frozen=True, eq=False)
class PointCloud(ReadOnlyArrays):
    """Points with optional normals and colours.

    Attributes:
        points: (N, 3) float64, scan frame.
        normals: (N, 3) float64 or None. Outward; the length is an area weight, not necessarily 1.
        colors: (N, 3) uint8 RGB or None.

    Raises:
        ValueError: an array has not the stated shape.
    """

    points: FloatArray  # (N, 3)
    normals: FloatArray | None = None  # (N, 3)
    colors: ByteArray | None = None  # (N, 3)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _rows_of_three(self.points, np.float64, "points"))
        for name, dtype in (("normals", np.float64), ("colors", np.uint8)):
            values = getattr(self, name)
            if values is None:
                continue
            values = _rows_of_three(values, dtype, name)
            if len(values) != len(self.points):
                raise ValueError(f"{name} needs one row for each of the {len(self.points)} points, got {len(values)}")
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.points)

    def take(self, rows: ArrayLike) -> "PointCloud":
        """The cloud of the given rows (an index array or a boolean mask)."""
        rows = np.asarray(rows)
        return PointCloud(
            self.points[rows],
            None if self.normals is None else self.normals[rows],
            None if self.colors is None else self.colors[rows],
        )


@dataclass(frozen=True, eq=False)
class Mesh(ReadOnlyArrays):
    """A triangle mesh; faces turn counter-clockwise seen from outside.

    Attributes:
        vertices: (V, 3) float64, scan frame.
        faces: (F, 3) int64, rows of ``vertices``.

    Raises:
        ValueError: an array has not the stated shape.
    """

    vertices: FloatArray  # (V, 3)
    faces: IntArray  # (F, 3)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices", _rows_of_three(self.vertices, np.float64, "vertices"))
        object.__setattr__(self, "faces", _rows_of_three(self.faces, np.int64, "faces"))


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of the array that refuses writes; the array itself stays as it was."""
    view = array.view()
    view.flags.writeable = False
    return view


def _rows_of_three(values: ArrayLike, dtype: type, name: str) -> NDArray[Any]:
    array: NDArray[Any] = np.asarray(values, dtype=dtype)
    if array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(f"{name} must have shape (N, 3), got {array.shape}")
    return read_only(array)

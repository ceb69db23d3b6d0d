"""The nouns of the program: a point cloud and a triangle mesh, as read-only numpy arrays in the scan frame."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]
Direction = tuple[float, float, float]  # of length 1


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
        _settle(self, "points", np.float64)
        _settle(self, "normals", np.float64, one_for_each="points")
        _settle(self, "colors", np.uint8, one_for_each="points")

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
    """A triangle mesh with optional attributes of its vertices; faces turn counter-clockwise seen from outside.

    Attributes:
        vertices: (V, 3) float64, scan frame.
        faces: (F, 3) int64, rows of ``vertices``.
        colors: (V, 3) uint8 RGB or None.
        distances: (V,) float64 or None. From each vertex to the nearest point of the scan, in the scan's units.
        warnings: one sentence for each reason not to trust it, of a mesh that was held against its scan.

    Raises:
        ValueError: an array has not the stated shape.
    """

    vertices: FloatArray  # (V, 3)
    faces: IntArray  # (F, 3)
    colors: ByteArray | None = None  # (V, 3)
    distances: FloatArray | None = None  # (V,)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _settle(self, "vertices", np.float64)
        _settle(self, "faces", np.int64)
        _settle(self, "colors", np.uint8, one_for_each="vertices")
        _settle(self, "distances", np.float64, one_for_each="vertices", row=())

    def keep_faces(self, kept: ArrayLike) -> "Mesh":
        """The mesh of the given faces (an index array or a boolean mask), without the vertices that none of them has.

        Vertices keep their order and their attributes; warnings are left out, since they are about the whole.
        """
        faces = self.faces[np.asarray(kept)]
        used = np.zeros(len(self.vertices), bool)
        used[faces] = True
        return Mesh(
            self.vertices[used],
            (np.cumsum(used) - 1)[faces],
            None if self.colors is None else self.colors[used],
            None if self.distances is None else self.distances[used],
        )


@dataclass(frozen=True, eq=False)
class Field(ReadOnlyArrays):
    """A scalar field on the nodes of a grid of cubes along the axes.

    Attributes:
        values: (R, R, R) float32, indexed x, y, z; of an indicator field they are negative inside.
        origin: (3,) float64, scan frame, where the first node lies.
        spacing: from one node to the next along an axis, in the scan's units.
    """

    values: NDArray[np.float32]
    origin: FloatArray
    spacing: float


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of the array that refuses writes; the array itself stays as it was."""
    view = array.view()
    view.flags.writeable = False
    return view


def _settle(
    noun: object, name: str, dtype: type, *, one_for_each: str | None = None, row: tuple[int, ...] = (3,)
) -> None:
    """Make the field of a frozen dataclass a read-only array; one that follows another field may be None."""
    values = getattr(noun, name)
    if one_for_each and values is None:
        return
    array: NDArray[Any] = np.asarray(values, dtype=dtype)
    if array.ndim != 1 + len(row) or array.shape[1:] != row:
        raise ValueError(f"{name} must have shape {'(N, 3)' if row else '(N,)'}, got {array.shape}")
    if one_for_each:
        count = len(getattr(noun, one_for_each))
        if len(array) != count:
            raise ValueError(f"{name} needs one row for each of the {count} {one_for_each}, got {len(array)}")
    object.__setattr__(noun, name, read_only(array))

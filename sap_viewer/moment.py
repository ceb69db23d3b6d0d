"""A snapshot kept small: coordinates on a lattice of 65,535 steps along the unit cube's edge, and compressed.

Rounding moves a point by half a step along each axis: less than a hundredth of a cell at 512 nodes, a sixtieth at 2048.
"""

import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud
from sap_viewer.snapshot import Comparison, FieldSlice, LossHistory, Snapshot

STEPS = 2**16 - 1  # between the two ends of the values
_FAST = 1  # level of the compression: others take several times as long for a few percent
_SMALL_PARTS = 4_096  # bytes that the rest of a snapshot takes, about


@dataclass(frozen=True, eq=False)
class Lattice:
    """Numbers rounded to steps between two ends for each column.

    Attributes:
        data: compressed uint16, column by column.
        shape: of the array.
        low, high: the ends, numbers or (columns,).
    """

    data: bytes
    shape: tuple[int, ...]
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, values: NDArray[Any], low: FloatArray | None = None, high: FloatArray | None = None) -> "Lattice":
        """The values, (N,) or (N, columns); their ends are their own smallest and largest unless given."""
        low = np.asarray(values.min(initial=np.inf) if low is None else low, float)
        high = np.asarray(values.max(initial=-np.inf) if high is None else high, float)
        extent = np.where(high > low, high - low, 1.0)
        rounded = np.clip(np.rint((values - low) * (STEPS / extent)), 0, STEPS).astype(np.uint16)
        return cls(zlib.compress(rounded.T.tobytes(), _FAST), values.shape, low, high)

    def values(self) -> FloatArray:
        """The rounded numbers."""
        levels = np.frombuffer(zlib.decompress(self.data), np.uint16).reshape(self.shape[::-1]).T
        if not levels.size:
            return levels.astype(float)
        share = levels / STEPS
        return (1 - share) * self.low + share * self.high  # the ends exactly, so that rounding again changes nothing


@dataclass(frozen=True, eq=False)
class _Exact:
    """Whole numbers, compressed as differences from row to row."""

    data: bytes
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, values: NDArray[Any]) -> "_Exact":
        differences = values.astype(np.int32)
        differences[1:] -= differences[:-1].copy()
        return cls(zlib.compress(differences.T.tobytes(), _FAST), values.shape, values.dtype)

    def values(self) -> NDArray[Any]:
        differences = np.frombuffer(zlib.decompress(self.data), np.int32).reshape(self.shape[::-1])
        return np.ascontiguousarray(np.cumsum(differences, axis=1, dtype=np.int32).T.astype(self.dtype))


@dataclass(frozen=True, eq=False)
class Moment:
    """A state of a run, packed: oriented points, mesh and slices; of losses and comparisons only the last."""

    _rest: Snapshot
    _points: Lattice
    _normals: Lattice
    _vertices: Lattice
    _faces: _Exact
    _colors: _Exact | None
    _distances: Lattice | None
    _slices: tuple[Lattice, ...]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Moment":
        """Pack a snapshot, which takes some hundredths of a second.

        Raises:
            ValueError: it has no mesh, or no oriented points.
        """
        cloud, mesh = snapshot.cloud, snapshot.mesh
        if cloud is None or cloud.normals is None or mesh is None or snapshot.bounds is None:
            raise ValueError(f"a state without mesh or oriented points cannot be kept: {snapshot.status}")
        low, high = snapshot.bounds
        history, near = snapshot.history, snapshot.comparison
        rest = replace(
            snapshot,
            cloud=None,
            mesh=None,
            values=None,
            prediction=None,  # of the scan, not of a step
            slices=tuple(replace(plane, values=plane.values[:0].copy()) for plane in snapshot.slices),
            history=LossHistory(history.steps[-1:].copy(), history.losses[-1:].copy()),
            comparison=None if near is None else _latest(near),
            steps_per_second=0.0,
            message="",
        )
        return cls(
            rest,
            Lattice.of(cloud.points, low, high),
            Lattice.of(cloud.normals),
            Lattice.of(mesh.vertices, low, high),
            _Exact.of(_with_area(mesh.faces, (mesh.vertices - low) * (STEPS / (high - low)))),
            None if mesh.colors is None else _Exact.of(mesh.colors),
            None if mesh.distances is None else Lattice.of(mesh.distances),
            tuple(Lattice.of(plane.values) for plane in snapshot.slices),
        )

    @property
    def run(self) -> int:
        return self._rest.run

    @property
    def step(self) -> int:
        return self._rest.step

    @property
    def nbytes(self) -> int:
        """What it takes in memory, about."""
        cloud, mesh = (self._points, self._normals), (self._vertices, self._faces, self._colors, self._distances)
        return sum(len(part.data) for part in (*cloud, *mesh, *self._slices) if part) + _SMALL_PARTS

    def snapshot(self) -> Snapshot:
        """The state as it was, but for rounding."""
        return replace(
            self._rest,
            cloud=PointCloud(self._points.values(), self._normals.values()),
            mesh=Mesh(
                self._vertices.values(),
                self._faces.values(),
                colors=None if self._colors is None else self._colors.values(),
                distances=None if self._distances is None else self._distances.values(),
            ),
            slices=tuple(map(_with_values, self._rest.slices, self._slices)),
        )


def rounded(cloud: PointCloud, bounds: FloatArray) -> PointCloud:
    """Oriented points as a moment gives them back; rounding again changes nothing.

    Args:
        cloud: scan frame.
        bounds: (2, 3) corners of the unit cube, scan frame.
    """
    assert cloud.normals is not None, "oriented points have normals"
    low, high = bounds
    return PointCloud(Lattice.of(cloud.points, low, high).values(), Lattice.of(cloud.normals).values())


def _latest(near: Comparison) -> Comparison:
    """Copied, so that the whole arrays are let go."""
    return replace(
        near, steps=near.steps[-1:].copy(), chamfer_l1=near.chamfer_l1[-1:].copy(), f_score=near.f_score[-1:].copy()
    )


def _with_area(faces: IntArray, coordinates: FloatArray) -> IntArray:
    """The faces (F, 3) that rounding the coordinates (V, 3) leaves an area; others would be drawn black."""
    corners = np.rint(coordinates).astype(np.int64)[faces]
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return faces[crossed.any(axis=1)]


def _with_values(plane: FieldSlice, values: Lattice) -> FieldSlice:
    return replace(plane, values=values.values().astype(np.float32))

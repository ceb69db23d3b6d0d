"""The unit frame: the cube in which the solver works, and the way back to the scan's own coordinates."""

from dataclasses import dataclass

import numpy as np

from sap_core.geometry import FloatArray

HALF_EXTENT = 0.45  # of the scan in the unit cube: the published margin of 10 %


@dataclass(frozen=True, eq=False)
class UnitFrame:
    """Maps scan coordinates to the unit cube: ``unit = (scan - center) / edge + 0.5``.

    Attributes:
        center: (3,) float64, scan frame.
        edge: length of the unit cube's edge in scan units.
    """

    center: FloatArray
    edge: float

    @classmethod
    def around(cls, points: FloatArray) -> "UnitFrame":
        """The frame that puts the bounding box of points (N, 3) in the middle of the cube.

        The box and not the mean, so that uneven sampling neither shifts nor shrinks the scan.
        """
        low, high = points.min(0), points.max(0)
        return cls((low + high) / 2, float((high - low).max()) / (2 * HALF_EXTENT))

    @property
    def bounds(self) -> FloatArray:
        """(2, 3) lowest and highest corner of the unit cube, scan frame."""
        return self.to_scan(np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))

    def to_unit(self, points: FloatArray) -> FloatArray:
        """(N, 3) scan frame -> unit frame, in float64: map coordinates leave nothing for float32."""
        return (points - self.center) / self.edge + 0.5

    def to_scan(self, points: FloatArray) -> FloatArray:
        """(N, 3) unit frame -> scan frame, float64."""
        return (np.asarray(points, np.float64) - 0.5) * self.edge + self.center

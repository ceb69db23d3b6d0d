"""Parts of a scan: what lies in a box or in a sphere is kept, or left out. Nothing here imports torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import FloatArray, PointCloud
from sap_core.validate.error import InputError
from sap_core.validate.points import FEWEST_POINTS

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Box:
    """All points between two corners, scan frame.

    Raises:
        InputError: a coordinate is not finite, or the lowest corner is not below the highest one.
    """

    low: Point
    high: Point

    def __post_init__(self) -> None:
        if not all(
            isfinite(low) and isfinite(high) and low < high for low, high in zip(self.low, self.high, strict=True)
        ):
            raise InputError(
                f"a box needs its lowest x, y, z and then higher ones, got {_listed(self.low)} and {_listed(self.high)}"
            )

    def contains(self, points: FloatArray) -> NDArray[np.bool_]:
        """Which of the points (N, 3) lie inside or on the border: (N,)."""
        low, high = np.array(self.low), np.array(self.high)
        inside: NDArray[np.bool_] = np.all((points >= low) & (points <= high), axis=1)
        return inside


@dataclass(frozen=True)
class Sphere:
    """All points around a centre, scan frame.

    Raises:
        InputError: a coordinate is not finite, or the radius is not positive.
    """

    center: Point
    radius: float

    def __post_init__(self) -> None:
        if not (all(map(isfinite, self.center)) and isfinite(self.radius) and self.radius > 0):
            raise InputError(
                "a sphere needs its centre x, y, z and a positive radius, "
                f"got {_listed(self.center)} and {self.radius:g}"
            )

    def contains(self, points: FloatArray) -> NDArray[np.bool_]:
        """Which of the points (N, 3) lie inside or on the border: (N,)."""
        return np.linalg.norm(points - np.array(self.center), axis=1) <= self.radius


Region = Box | Sphere


@dataclass(frozen=True)
class Crop:
    """A choice of points: those inside a region, or those outside of it."""

    region: Region
    keep: Literal["inside", "outside"] = "inside"


def crop(cloud: PointCloud, crops: Iterable[Crop]) -> PointCloud:
    """The points that every one of the crops keeps.

    Args:
        cloud: any frame, which is that of the regions, too.
        crops: in any order; none of them keeps all.

    Raises:
        InputError: too few points are left to make a surface.
    """
    kept = np.ones(len(cloud), np.bool_)
    for each in crops:
        kept &= each.region.contains(cloud.points) == (each.keep == "inside")
    left = int(kept.sum())
    if left == len(cloud):
        return cloud
    if left < FEWEST_POINTS:
        raise InputError(
            f"the crop leaves {left:,} of {len(cloud):,} points, and a surface needs at least {FEWEST_POINTS}: "
            "choose another region"
        )
    return cloud.take(kept)


def _listed(point: Point) -> str:
    return ", ".join(f"{value:g}" for value in point)

"""The scan that an engine was sent, and what of it is reconstructed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sap_core.crop import Crop, crop
from sap_core.geometry import FloatArray, PointCloud, read_only
from sap_core.mesh.measures import BoundingBox


@dataclass(frozen=True, eq=False)
class OpenedScan:
    """A scan in its own coordinates.

    Attributes:
        name: for people.
        load: how many scans the engine had been sent with this one.
        cloud: all of it.
        crops: one after the other, they leave the part that is reconstructed.
    """

    name: str
    load: int
    cloud: PointCloud
    crops: tuple[Crop, ...]

    @cached_property
    def part(self) -> PointCloud:
        """What is reconstructed.

        Raises:
            InputError: the crops leave too little.
        """
        return crop(self.cloud, self.crops)

    @cached_property
    def box(self) -> BoundingBox:
        """Around the part."""
        return BoundingBox.around(self.part.points)

    @cached_property
    def whole(self) -> FloatArray:
        """(2, 3) corners around all of the scan."""
        return read_only(np.stack([self.cloud.points.min(0), self.cloud.points.max(0)]))

"""The surface of a refinement that lies nearest to the scan, which the run ends with."""

from dataclasses import dataclass, replace

import torch

from sap_core.checkpoint import NearestState
from sap_core.oriented_points import OrientedPoints

_CLEARLY = 0.9  # times the deviation of another surface, below which one is nearer


@dataclass(frozen=True, eq=False)
class Nearest:
    """The surface nearest to the samples of all that were measured so far.

    Attributes:
        points: that make it.
        resolution, sigma: of the grid that it was solved on.
        deviation: root mean square of the samples' distances from it, without noise, unit frame.
        last_deviation: the same of the surface of the last step.
    """

    points: OrientedPoints
    resolution: int
    sigma: float
    deviation: float
    last_deviation: float

    def or_nearer(self, points: OrientedPoints, resolution: int, sigma: float, deviation: float) -> "Nearest":
        """The nearest after one more surface was measured: that one, if it is clearly nearer."""
        if deviation < _CLEARLY * self.deviation:
            return Nearest(points, resolution, sigma, deviation, deviation)
        return replace(self, last_deviation=deviation)

    def state(self) -> NearestState:
        """All of it, for ``resume``."""
        return NearestState(self.points.state(), self.resolution, self.sigma, self.deviation, self.last_deviation)

    @classmethod
    def resume(cls, state: NearestState, *, device: torch.device) -> "Nearest":
        """Restore what ``state`` was taken of."""
        points = OrientedPoints.resume(state.points, device=device)
        return cls(points, state.resolution, state.sigma, state.deviation, state.last_deviation)

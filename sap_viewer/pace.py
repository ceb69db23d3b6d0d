"""How long a step takes, measured at the resolution in force and estimated for the others."""

from collections import deque
from statistics import median

from sap_core.resolutions import relative_cost

_LATEST = 9  # steps; the median of so many forgets one that was disturbed
_LAST_MOMENTS_S = 2.0


class Pace:
    """When the latest steps ended, and their durations, all in units of a very coarse one."""

    def __init__(self) -> None:
        self._units: deque[float] = deque(maxlen=_LATEST)
        self._ends: deque[float] = deque()

    def add(self, seconds: float, *, resolution: int, area: float, now: float) -> None:
        """A step at this resolution, for a surface of this area (unit frame), took so long and has just ended."""
        self._units.append(seconds / relative_cost(resolution, area))
        self._ends.append(now)

    def rest(self) -> None:
        """No time that passes until the next step is a step's."""
        self._ends.clear()

    @property
    def steps_per_second(self) -> float:
        """Over the last moments; 0 before the second step in a row."""
        ends = self._ends
        while len(ends) > 2 and ends[-1] - ends[0] > _LAST_MOMENTS_S:
            ends.popleft()
        return (len(ends) - 1) / (ends[-1] - ends[0]) if len(ends) > 1 else 0.0

    @property
    def unit_seconds(self) -> float | None:
        """Seconds of a step whose relative cost is 1; None before the first step."""
        return median(self._units) if self._units else None


def step_seconds(resolution: int, unit_seconds: float, *, area: float) -> float:
    """Seconds that a step is likely to take at a resolution, for a surface of this area (unit frame)."""
    return unit_seconds * relative_cost(resolution, area)

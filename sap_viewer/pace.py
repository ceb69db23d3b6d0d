"""How long a step takes, measured at the resolution in force and estimated for the others."""

from collections import deque
from statistics import median

from sap_core.schedule import relative_cost

_LATEST = 9  # steps; the median of so many forgets one that was disturbed


class Pace:
    """The durations of the latest steps, all in units of a very coarse one."""

    def __init__(self) -> None:
        self._units: deque[float] = deque(maxlen=_LATEST)

    def add(self, seconds: float, *, resolution: int) -> None:
        """A step at this resolution took so long."""
        self._units.append(seconds / relative_cost(resolution))

    @property
    def unit_seconds(self) -> float | None:
        """Seconds of a step whose relative cost is 1; None before the first step."""
        return median(self._units) if self._units else None


def step_seconds(resolution: int, unit_seconds: float) -> float:
    """Seconds that a step is likely to take at a resolution."""
    return unit_seconds * relative_cost(resolution)

"""Slices that move back and forth."""

from dataclasses import replace
from typing import Any

from sap_viewer.scene.view_options import ViewOptions

THERE_AND_BACK_S = 8.0
_FROM, _TO = 0.05, 0.95  # of the cube's edge: where the scan ends


class Sweep:
    """Since when each slice has been moving, and from where."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[float, float]] = {}  # by field: the place it started from, and when

    def moved(self, options: ViewOptions, *, now: float) -> ViewOptions:
        """The options with the places of slices that move as of now, in seconds.

        A slice sets off from the place that the options give it, and again where they give it another.
        """
        places: dict[str, Any] = {}
        for axis in "xyz":
            field = f"slice_{axis}_at"
            if not (getattr(options, f"slice_{axis}") and getattr(options, f"slice_{axis}_sweep")):
                self._began.pop(field, None)
                continue
            start = getattr(options, field)
            if self._began.get(field, (None,))[0] != start:
                self._began[field] = start, now
            places[field] = _place(start, now - self._began[field][1])
        return replace(options, **places)


def _place(start: float, seconds: float) -> float:
    """Where a slice is so long after it set off upwards."""
    begun = (min(max(start, _FROM), _TO) - _FROM) / (_TO - _FROM) / 2
    turn = (begun + seconds / THERE_AND_BACK_S) % 1
    return _FROM + (_TO - _FROM) * (2 * turn if turn < 0.5 else 2 - 2 * turn)

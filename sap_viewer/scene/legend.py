"""What the colours of a mesh mean: a bar with round numbers beside it."""

import math
from dataclasses import dataclass

from sap_viewer.scene.colormaps import INVENTED_FROM, MapName

_MOST_TICKS = 5
_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0)
_LIMITS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0)


@dataclass(frozen=True)
class Tick:
    """A text beside the bar, at this share of its height from below."""

    place: float
    text: str


@dataclass(frozen=True)
class Legend:
    """A bar of colours.

    Attributes:
        title: above it, lines of what is shown in which unit.
        map: its colours, the lowest at the bottom.
        low, high: the values at its ends.
        ticks: beside it.
    """

    title: tuple[str, ...]
    map: MapName
    low: float
    high: float
    ticks: tuple[Tick, ...]


def distance_legend(invented_beyond: float) -> Legend:
    """Of distances to the scan, in its units."""
    high = invented_beyond / INVENTED_FROM
    numbers = [Tick(value / high, text) for value, text in round_numbers(0.0, invented_beyond)]
    invented = Tick((1 + INVENTED_FROM) / 2, "invented")
    return Legend(("Distance to the scan", "in its units"), "distance", 0.0, high, (*numbers, invented))


def curvature_legend(typical: float) -> Legend:
    """Of mean curvatures in 1 / scan units; the bar ends at the round number above the typical one."""
    high = round_up(typical, factors=_LIMITS)
    numbers = [Tick((value / high + 1) / 2, text) for value, text in round_numbers(-high, high)]
    return Legend(("Mean curvature", "1 / scan unit,", "red is convex"), "curvature", -high, high, tuple(numbers))


def round_up(value: float, *, factors: tuple[float, ...] = _STEPS) -> float:
    """The least of these factors of a power of ten that is not less than a positive value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in factors if factor * power >= value * (1 - 1e-9))


def round_numbers(low: float, high: float) -> list[tuple[float, str]]:
    """At most ``_MOST_TICKS`` multiples of a round step from low to high, and how they are written."""
    step = round_up((high - low) / _MOST_TICKS)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = -math.floor(math.log10(step))
    return [(count * step, f"{round(count * step, digits):.6g}") for count in range(first, last + 1)]

"""Which labels of a plot find room, and the ticks of a logarithmic axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

GAP = 6.0  # pixels between two labels
ROWS = 3
LEADERS = (1, 2, 5)


@dataclass(frozen=True)
class Placed:
    """A label that found room.

    Attributes:
        index: of the label.
        row: 0 is the uppermost.
        left_of: the label ends at its anchor instead of starting there.
    """

    index: int
    row: int
    left_of: bool


def place_labels(anchors: Sequence[float], widths: Sequence[float], *, room: float) -> list[Placed]:
    """Place labels beside their anchors, in pixels from the left, without overlaps.

    The latest are placed first; those that find no room in any row, from 0 to ``room``, are left out.
    """
    taken: list[list[tuple[float, float]]] = [[] for _ in range(ROWS)]
    placed = []
    for index in reversed(range(len(anchors))):
        left_of = anchors[index] + widths[index] + GAP > room
        start = anchors[index] - widths[index] - GAP if left_of else anchors[index]
        end = start + widths[index] + GAP
        for row, spans in enumerate(taken):
            if start >= 0 and all(end <= other_start or start >= other_end for other_start, other_end in spans):
                spans.append((start, end))
                placed.append(Placed(index, row, left_of))
                break
    return placed


def log_ticks(low: float, high: float) -> list[tuple[str, float]]:
    """Label and value of the ticks of a logarithmic axis: 1, 2 and 5 times the powers of ten, or the powers alone."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [(f"{leader}e{power}", leader * 10.0**power) for power in powers for leader in LEADERS]
    inside = [tick for tick in ticks if low <= tick[1] <= high]
    if len(inside) <= 5:
        return inside
    return [tick for tick in inside if tick[0].startswith("1e")]

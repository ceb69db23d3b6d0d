"""The course of a run: its losses, kept within a fixed size, and marks of what changed."""

from bisect import bisect_right
from dataclasses import fields

import numpy as np

from sap_core.config import InForce, Parameters
from sap_core.geometry import read_only
from sap_viewer.snapshot import LossHistory, Mark

_CAPACITY = 4_000  # a plot has fewer pixels across


class History:
    """Grows by one loss a step; when full, every second one is let go and only every second new one kept."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._losses: list[float] = []
        self._marks: list[Mark] = []
        self._stride = 1

    def add(self, step: int, loss: float) -> None:
        if step % self._stride:
            return
        self._steps.append(step)
        self._losses.append(loss)
        if len(self._steps) > _CAPACITY:
            self._stride *= 2
            kept = [row for row, step in enumerate(self._steps) if step % self._stride == 0]
            self._steps = [self._steps[row] for row in kept]
            self._losses = [self._losses[row] for row in kept]

    def cut(self, step: int) -> None:
        """Forget what came after this step."""
        kept = bisect_right(self._steps, step)
        del self._steps[kept:], self._losses[kept:]
        self._marks = [mark for mark in self._marks if mark.step <= step]

    def mark(self, step: int, label: str) -> None:
        self._marks.append(Mark(step, label))

    def mark_changes(self, step: int, before: InForce, after: InForce, *, requested: Parameters) -> None:
        """Mark what a step used other values for than the step before it.

        Not the schedule's own learning rates and growing points, which would hide what was done to the run.
        """
        changes = [
            f"{entry.name.replace('_', ' ')} {_short(getattr(after, entry.name))}"
            for entry in fields(InForce)
            if getattr(after, entry.name) != getattr(before, entry.name)
            and not (entry.name in ("points", "lr") and getattr(requested, entry.name) is None)
        ]
        if changes:
            self.mark(step, ", ".join(changes))

    def published(self) -> LossHistory:
        return LossHistory(
            read_only(np.array(self._steps, np.int64)), read_only(np.array(self._losses)), tuple(self._marks)
        )


def _short(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3g}"

"""The states of a run so far, within a budget of memory: any of them can be looked at again, and gone on from."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from sap_core.geometry import IntArray, read_only
from sap_viewer.moment import Moment

BUDGET = 256 * 2**20  # bytes


class Timeline(Sequence[Moment]):
    """Moments of one run, their steps ascending. The first and the latest stay; the older, the fewer of the others.

        for moment in timeline:
            view.update(build_scene(moment.snapshot(), options))

    Args:
        budget: bytes that the moments may take together.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._moments: list[Moment] = []
        self._steps: list[int] = []
        self._size = 0

    def __len__(self) -> int:
        return len(self._moments)

    def __iter__(self) -> Iterator[Moment]:
        return iter(tuple(self._moments))

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> list[Moment]: ...
    def __getitem__(self, index: int | slice) -> Moment | list[Moment]:
        return self._moments[index]

    @property
    def steps(self) -> IntArray:
        """(K,) of the moments."""
        return read_only(np.array(self._steps, np.int64))

    @property
    def nbytes(self) -> int:
        """What the moments take together."""
        return self._size

    def add(self, moment: Moment) -> None:
        """Take the latest state: those of another run, and of steps that it went back over, are let go."""
        same_run = self and moment.run == self._moments[0].run
        self._drop(bisect_left(self._steps, moment.step) if same_run else 0, len(self))
        self._moments.append(moment)
        self._steps.append(moment.step)
        self._size += moment.nbytes
        while self._size > self._budget:
            self._thin()

    def at(self, step: int) -> Moment | None:
        """The last one up to this step, or else the first; None where there is none."""
        if not self._moments:
            return None
        return self._moments[max(0, bisect_right(self._steps, step) - 1)]

    def _thin(self) -> None:
        """Let one go, so that gaps grow with the square root of their age; of one or two the first."""
        if len(self) <= 2:
            self._drop(0, 1)
            return
        steps = self.steps
        gaps, ages = steps[2:] - steps[:-2], steps[-1] - steps[:-2]
        thinned = 1 + int((gaps / np.sqrt(ages)).argmin())
        self._drop(thinned, thinned + 1)

    def _drop(self, start: int, stop: int) -> None:
        self._size -= sum(moment.nbytes for moment in self._moments[start:stop])
        del self._moments[start:stop], self._steps[start:stop]

"""What the benchmarks of the windows measure: how they feel, and whether they stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from sap_viewer.timeline import BUDGET

KEPT_MB = 0.95 * BUDGET / 1e6  # of states to look back at, with which the main process has all but filled their budget
WARM_UP = 1 / 3  # of the time, after which memory is compared even where that budget is not filled
END = 0.2  # of the time, over which the median is taken at either end


@dataclass(frozen=True)
class FeelRow:
    """One figure.

    Attributes:
        what: in a few words.
        unit: of the values.
        goal: what it should not exceed, or not fall below, in words.
        value: the median.
        worst: the worst of them.
        repeats: how often it was measured.
    """

    what: str
    unit: str
    goal: str
    value: float
    worst: float
    repeats: int


@dataclass(frozen=True)
class SoakRow:
    """One process at one time.

    Attributes:
        minute: since the run began.
        process: main, panel, engine_process or ffmpeg.
        memory_mb: its share of physical memory (PSS).
        resident_mb: all of its pages that are in memory.
        files: open descriptors.
        thread_count: of it.
        step: that the window shows.
        answer_s: from the key that pauses the run to the status on the screen; the same for all processes.
        late_steps: by how much the step shown still rose after the pause was shown.
    """

    minute: float
    process: str
    memory_mb: float
    resident_mb: float
    files: int
    thread_count: int
    step: int
    answer_s: float
    late_steps: int


class Growth(NamedTuple):
    """Memory of a process once it is warm, and at the end, in megabytes."""

    before: float
    after: float

    @property
    def share(self) -> float:
        """By which it grew."""
        return self.after / self.before - 1


def warm_from(rows: Sequence[SoakRow]) -> float:
    """The minute from which memory ought to be flat: once the main process has taken up what the states kept may take.

    How soon that is, depends on how fast the run is; what leaks goes on growing after it.
    """
    main = [row for row in rows if row.process == "main"]
    full = (row.minute for row in main if row.memory_mb >= main[0].memory_mb + KEPT_MB)
    return next(full, WARM_UP * max(row.minute for row in rows))


def growths(rows: Sequence[SoakRow]) -> dict[str, Growth]:
    """How the memory of each process grew that was there all the time."""
    last, warm = max(row.minute for row in rows), warm_from(rows)
    found = {}
    for process in dict.fromkeys(row.process for row in rows):
        own = [row for row in rows if row.process == process]
        early = [row.memory_mb for row in own if warm <= row.minute <= warm + END * last]
        late = [row.memory_mb for row in own if row.minute / last >= 1 - END]
        if early and late:
            found[process] = Growth(median(early), median(late))
    return found

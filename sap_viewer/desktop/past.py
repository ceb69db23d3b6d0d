"""Looking back: the states of a run are kept while it goes on, and any of them can be shown."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from sap_viewer.moment import Moment
from sap_viewer.snapshot import Snapshot
from sap_viewer.timeline import Timeline

REST = 30  # times as long as it took to pack the last state, so that the engine loses 3 % of a core at most


class _Packed(NamedTuple):
    moment: Moment
    seconds: float


class Past:
    """Packs what a run shows in a thread, and unpacks what is looked at.

    Attributes:
        timeline: what is kept.
    """

    def __init__(self) -> None:
        self.timeline = Timeline()
        self._packer = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[_Packed] | None = None
        self._taken = Snapshot()  # the last one that was packed
        self._due = 0.0
        self._moment: Moment | None = None  # that is looked at
        self._unpacked: tuple[Moment, Snapshot] | None = None

    def follow(self, snapshot: Snapshot, *, now: float) -> None:
        """Once a frame: keep the latest state, unless one is being packed or was a moment ago."""
        if self._moment is not None and snapshot.run != self._moment.run:
            self._moment = None  # it is another run's
        if self._pending is not None and self._pending.done():
            packed, self._pending = self._pending.result(), None
            self.timeline.add(packed.moment)
            self._due = now + REST * packed.seconds
        fit = snapshot.mesh is not None and snapshot.cloud is not None and snapshot.status != "busy"
        if fit and self._pending is None and snapshot is not self._taken and now >= self._due:
            self._taken = snapshot
            self._pending = self._packer.submit(_pack, snapshot)

    @property
    def viewed(self) -> Snapshot | None:
        """The state that is looked at; None for the present."""
        if self._moment is None:
            return None
        if self._unpacked is None or self._unpacked[0] is not self._moment:
            self._unpacked = self._moment, self._moment.snapshot()
        return self._unpacked[1]

    def view(self, step: int | None) -> None:
        """Look at the state of this step, or the last before it that was kept; None for the present."""
        self._moment = None if step is None else self.timeline.at(step)

    def move(self, by: int) -> None:
        """Look at the state so many before or after the one that is looked at; after the last comes the present."""
        count = len(self.timeline)
        here = count
        if self._moment is not None:
            here = sum(step < self._moment.step for step in self.timeline.steps)
        there = max(0, here + by)
        self._moment = self.timeline[there] if there < count else None

    def close(self) -> None:
        """Wait for the thread."""
        self._packer.shutdown()


def looking_back(viewed: Snapshot, present: Snapshot) -> tuple[str, ...]:
    """What the 3D window says of an earlier state."""
    loss = viewed.history.losses
    return (
        viewed.name,
        f"looking back at step {viewed.step:,}" + (f", loss {loss[-1]:.2e}" if len(loss) else ""),
        f"now: step {present.step:,} of {present.total_steps:,}, {present.status}. End: back to now",
    )


def _pack(snapshot: Snapshot) -> _Packed:
    began = time.thread_time()  # its work, without its waits for a thread that draws
    return _Packed(Moment.of(snapshot), time.thread_time() - began)

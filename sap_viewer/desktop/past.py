"""Looking back: the states of a run are kept while it goes on, and any of them can be shown."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from sap_viewer.mesh_values import ValuesBy
from sap_viewer.moment import Moment
from sap_viewer.publishing import completed
from sap_viewer.snapshot import Snapshot
from sap_viewer.timeline import Timeline

REST = 30  # times as long as it took to pack the last state, so that the engine loses 3 % of a core at most


class _Packed(NamedTuple):
    moment: Moment
    seconds: float


class Past:
    """Packs what a run shows in a thread, and unpacks what is looked at in another; the frame loop waits for neither.

    Attributes:
        timeline: what is kept.
    """

    def __init__(self) -> None:
        self.timeline = Timeline()
        self._workers = ThreadPoolExecutor(max_workers=2)
        self._pending: Future[_Packed] | None = None
        self._latest = self._taken = Snapshot()  # to be packed next, and the last one that was
        self._due = 0.0
        self._moment: Moment | None = None  # that is asked for
        self._opening: Future[Snapshot] | None = None
        self._opened: tuple[Moment, ValuesBy | None] | None = None  # the last that was to be unpacked
        self._viewed: Snapshot | None = None

    def follow(self, snapshot: Snapshot, *, now: float, values_by: ValuesBy | None = None) -> None:
        """Once a frame: keep the latest state, unless one is being packed or was just now; unpack what is looked at.

        Args:
            snapshot: the present.
            now: seconds.
            values_by: which values at its vertices the mesh looked at is coloured by.
        """
        if self._moment is not None and snapshot.run != self._moment.run:
            self._moment = None  # it is another run's
        if self._pending is not None and self._pending.done():
            packed, self._pending = self._pending.result(), None
            self.timeline.add(packed.moment)
            self._due = now + REST * packed.seconds
        if _is_fit(snapshot, self._latest):
            self._latest = snapshot
        if self._pending is None and self._latest is not self._taken and now >= self._due:
            self._taken = self._latest
            self._pending = self._workers.submit(_pack, self._latest)
        self._open(values_by)

    def _open(self, values_by: ValuesBy | None) -> None:
        """Of many that are asked for in a row, those are unpacked for which there is time, and the last."""
        if self._opening is not None and self._opening.done():
            self._viewed, self._opening = self._opening.result(), None
        if self._moment is None:
            self._viewed = self._opened = None
        elif self._opening is None and self._opened != (self._moment, values_by):
            self._opened = self._moment, values_by
            self._opening = self._workers.submit(_unpack, self._moment, values_by, self._viewed or Snapshot())

    @property
    def viewed(self) -> Snapshot | None:
        """The state that is looked at, once it is unpacked, until then the one before; None for the present."""
        return None if self._moment is None else self._viewed

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
        """Wait for the threads."""
        self._workers.shutdown()


def _is_fit(snapshot: Snapshot, before: Snapshot) -> bool:
    """Whether a snapshot is worth keeping after the one before.

    Of a surface with millions of faces the coarser mesh is kept that is shown first: the whole one, of the same points,
    would take many seconds to pack, and the place of many other states.
    """
    if snapshot.mesh is None or snapshot.cloud is None or snapshot.status == "busy":
        return False
    return not (before.awaits_whole_mesh and snapshot.cloud is before.cloud)


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


def _unpack(moment: Moment, values_by: ValuesBy | None, before: Snapshot) -> Snapshot:
    """With the objects of the state shown before where they are equal, so that nothing is drawn anew."""
    return completed(replace(moment.snapshot(), values_by=values_by), before)

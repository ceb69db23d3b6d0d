"""How much work would be lost with the run shown."""

from collections.abc import Sequence

from sap_core.io import MESH_SUFFIXES
from sap_viewer.commands import SaveCheckpoint, SaveMesh
from sap_viewer.output.export import Written
from sap_viewer.snapshot import Saved, Snapshot

TRIVIAL_S = 10.0  # seconds of work that nobody would miss


class UnsavedWork:
    """Counts the seconds that a run has worked since it began or was last written to a file."""

    def __init__(self) -> None:
        self._run = 0
        self._saved: Saved | None = None  # the last file by the engine that keeps the work
        self._heard = 0  # of what was written
        self._seen_at: float | None = None
        self.seconds = 0.0

    @property
    def missed(self) -> bool:
        """Whether somebody would miss it."""
        return self.seconds > TRIVIAL_S

    def follow(self, snapshot: Snapshot, *, now: float) -> None:
        """Take note of the state at this time, in seconds."""
        passed = 0.0 if self._seen_at is None else now - self._seen_at
        self._seen_at = now
        saved = next((saved for saved in reversed(snapshot.saved) if _keeps_work(saved)), None)
        if snapshot.run != self._run:
            self._run, self.seconds = snapshot.run, 0.0
        elif saved is not None and saved != self._saved:
            self._saved, self.seconds = saved, 0.0
        elif snapshot.status == "running":
            self.seconds += passed

    def hear(self, written: Sequence[Written]) -> None:
        """Take note of all that was written so far: a mesh or its points keep the work, a video does not."""
        new, self._heard = written[self._heard :], len(written)
        if any(result.succeeded and result.path.suffix.lower() in MESH_SUFFIXES for result in new):
            self.seconds = 0.0


def _keeps_work(saved: Saved) -> bool:
    return not saved.failure and isinstance(saved.command, SaveCheckpoint | SaveMesh)

"""A checkpoint that the engine brings up to date now and then, so that a run survives whatever ends it."""

import sys
import time
from pathlib import Path

from sap_viewer.commands import SaveCheckpoint
from sap_viewer.output.export import Written
from sap_viewer.output.saving import answer, save_now
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot

_INTERVAL_S = 60.0


class CheckpointKeeper:
    """Asks the engine for a checkpoint once a minute while the run goes on, and at its end.

    The run is worth more than the file: where it cannot be written, that is said, and the run goes on. The file is of
    the first scan that is shown; another one that is opened later leaves it alone, and so does a run at step 0.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self._path = path
        self._session = session
        self._name = ""  # of the first scan
        self._asked: SaveCheckpoint | None = None  # what the engine owes an answer to
        self._asked_at = time.monotonic()
        self._asked_for: tuple[int, int] | None = None  # run and step

    def update(self, snapshot: Snapshot) -> None:
        """Say what has failed, and ask again where the run has gone on."""
        written = answer(self._asked, snapshot) if self._asked else None
        if written is not None:
            self._asked = None
            if not written.succeeded:
                print(f"sap-viewer: {written.sentence}", file=sys.stderr)
        due = snapshot.status == "finished" or time.monotonic() - self._asked_at >= _INTERVAL_S
        if due and self._keeps(snapshot) and self._asked_for != (snapshot.run, snapshot.step):
            self._asked = SaveCheckpoint(self._path)
            self._asked_at, self._asked_for = time.monotonic(), (snapshot.run, snapshot.step)
            self._session.send(self._asked)

    def finish(self) -> Written | None:
        """Have the state at the end written and wait for it; None where there is no run to keep."""
        return save_now(SaveCheckpoint(self._path), self._session) if self._keeps(self._session.snapshot()) else None

    def _keeps(self, snapshot: Snapshot) -> bool:
        self._name = self._name or snapshot.name
        return snapshot.step > 0 and snapshot.name == self._name

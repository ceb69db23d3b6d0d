"""A checkpoint that the engine brings up to date now and then, so that a run survives whatever ends it."""

import sys
import time
from pathlib import Path

from sap_viewer.commands import SaveCheckpoint
from sap_viewer.export import Written
from sap_viewer.session import Session
from sap_viewer.snapshot import Saved, Snapshot

_INTERVAL_S = 60.0
_PATIENCE_S = 60.0  # a step at the highest resolutions takes seconds
_POLL_S = 0.003


class CheckpointKeeper:
    """Asks the engine for a checkpoint once a minute while the run goes on, and at its end.

    The run is worth more than the file: where it cannot be written, that is said, and the run goes on. The file is of
    the first scan that is shown; another one that is opened later leaves it alone, and so does a run at step 0.
    """

    def __init__(self, path: Path, session: Session) -> None:
        self._path = path
        self._session = session
        self._name = ""  # of the first scan
        self._requests = 0
        self._asked_at = time.monotonic()
        self._asked_for: tuple[int, int] | None = None  # run and step
        self._saved: Saved | None = None  # what the engine answered last

    def update(self, snapshot: Snapshot) -> None:
        """Say what has failed, and ask again where the run has gone on."""
        if snapshot.saved not in (None, self._saved):
            self._saved = snapshot.saved
            if self._saved.failure:
                print(f"sap-viewer: {self._saved.failure}", file=sys.stderr)
        due = snapshot.status == "finished" or time.monotonic() - self._asked_at >= _INTERVAL_S
        if due and self._keeps(snapshot) and self._asked_for != (snapshot.run, snapshot.step):
            self._ask(snapshot)

    def finish(self) -> Written | None:
        """Have the state at the end written and wait for it; None where there is no run to keep."""
        snapshot = self._session.snapshot()
        if not self._keeps(snapshot):
            return None
        self._ask(snapshot)
        deadline = time.monotonic() + _PATIENCE_S
        while self._session.alive and time.monotonic() < deadline:
            saved = self._session.snapshot().saved
            if saved is not None and saved.request == self._requests:
                sentence = saved.failure or f"wrote {self._path} at step {saved.step}"
                return Written(self._path, sentence, succeeded=not saved.failure)
            time.sleep(_POLL_S)
        return Written(self._path, f"the engine did not bring {self._path} up to date", succeeded=False)

    def _keeps(self, snapshot: Snapshot) -> bool:
        self._name = self._name or snapshot.name
        return snapshot.step > 0 and snapshot.name == self._name

    def _ask(self, snapshot: Snapshot) -> None:
        self._requests += 1
        self._asked_at, self._asked_for = time.monotonic(), (snapshot.run, snapshot.step)
        self._session.send(SaveCheckpoint(self._path, self._requests))

"""Files that the engine writes, since only it has what goes into them."""

import time

from sap_viewer.commands import Save
from sap_viewer.output.export import Written
from sap_viewer.session import Session
from sap_viewer.snapshot import Snapshot

_PATIENCE_S = 300.0  # a step at the highest resolutions takes seconds, and the largest field half a minute
_POLL_S = 0.003


def answer(command: Save, snapshot: Snapshot) -> Written | None:
    """What came of the command; None where this snapshot does not tell yet."""
    saved = next((saved for saved in snapshot.saved if saved.command == command), None)
    if saved is None:
        return None
    sentence = saved.failure or f"wrote {command.path} at step {saved.step}"
    return Written(command.path, sentence, succeeded=not saved.failure)


def save_now(command: Save, session: Session) -> Written:
    """Have the file written and wait for it."""
    session.send(command)
    return await_answer(command, session)


def await_answer(command: Save, session: Session) -> Written:
    """Wait for what comes of a command that has been sent."""
    deadline = time.monotonic() + _PATIENCE_S
    while session.alive and time.monotonic() < deadline:
        written = answer(command, session.snapshot())
        if written is not None:
            return written
        time.sleep(_POLL_S)
    return unanswered(command)


def unanswered(command: Save) -> Written:
    """The engine ended, or takes too long."""
    return Written(command.path, f"the engine did not write {command.path}", succeeded=False)

from pathlib import Path

import pytest

from sap_viewer.commands import Command, SaveCheckpoint
from sap_viewer.output import checkpoint_keeper, saving
from sap_viewer.output.checkpoint_keeper import CheckpointKeeper
from sap_viewer.snapshot import Saved, Snapshot

PATH = Path("run.npz")
RUNNING = Snapshot(run=1, name="cow", step=5, status="running")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeSession:
    """An engine that answers every request at once."""

    alive = True
    loading = waiting = False

    def __init__(self, *, failure: str = "") -> None:
        self.requests: list[SaveCheckpoint] = []
        self.failure = failure
        self.shown = RUNNING

    def send(self, command: Command) -> None:
        assert isinstance(command, SaveCheckpoint)
        self.requests.append(command)

    def snapshot(self) -> Snapshot:
        saved = tuple(Saved(request, 6, self.failure) for request in self.requests if self.alive)
        return Snapshot(run=1, name=self.shown.name, step=self.shown.step, saved=saved)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (checkpoint_keeper, saving):
        monkeypatch.setattr(module, "time", clock)
    return clock


def step(number: int, **changes: object) -> Snapshot:
    return Snapshot(**{"run": 1, "name": "cow", "step": number, "status": "running", **changes})


def test_it_asks_once_a_minute_while_the_run_goes_on(clock: Clock) -> None:
    session = FakeSession()
    keeper = CheckpointKeeper(PATH, session)
    asked_at = []
    for second in range(300):
        clock.now = 1000.0 + second
        before = len(session.requests)
        keeper.update(step(min(second, 200)))  # paused for the last 100 seconds
        asked_at += [second] * (len(session.requests) - before)
    assert asked_at == [60, 120, 180, 240]
    assert {request.path for request in session.requests} == {PATH}
    assert len({request.request for request in session.requests}) == 4


def test_it_asks_at_the_end_of_the_schedule_at_once_and_once() -> None:
    session = FakeSession()
    keeper = CheckpointKeeper(PATH, session)
    for _ in range(3):
        keeper.update(step(20, status="finished"))
    assert len(session.requests) == 1
    keeper.update(step(20, status="finished", run=2))  # reset, and run to the end again
    assert len(session.requests) == 2


def test_neither_a_start_nor_another_scan_replaces_it(clock: Clock) -> None:
    session = FakeSession()
    keeper = CheckpointKeeper(PATH, session)
    keeper.update(step(5))
    clock.now += 61
    keeper.update(step(0, run=2))
    keeper.update(step(5, name="horse", run=2))
    assert session.requests == []
    session.shown = step(5, name="horse")
    assert keeper.finish() is None
    session.shown = step(0)
    assert keeper.finish() is None
    assert session.requests == []


def test_it_waits_for_the_state_at_the_end() -> None:
    written = CheckpointKeeper(PATH, FakeSession()).finish()
    assert written is not None
    assert (written.path, written.sentence, written.succeeded) == (PATH, "wrote run.npz at step 6", True)


def test_a_failure_is_said_once_and_told_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    session = FakeSession(failure="cannot write run.npz: full")
    keeper = CheckpointKeeper(PATH, session)
    for _ in range(3):
        keeper.update(step(20, status="finished", saved=session.snapshot().saved))
    assert capsys.readouterr().err == "sap-viewer: cannot write run.npz: full\n"
    written = keeper.finish()
    assert written is not None
    assert (written.sentence, written.succeeded) == ("cannot write run.npz: full", False)


def test_an_engine_that_does_not_answer_is_a_failure(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    session = FakeSession()
    session.alive = False
    written = CheckpointKeeper(PATH, session).finish()
    assert written is not None
    assert not written.succeeded
    session.alive = True
    monkeypatch.setattr(session, "snapshot", lambda: RUNNING)  # which hangs
    begun = clock.now
    written = CheckpointKeeper(PATH, session).finish()
    assert written is not None
    assert not written.succeeded
    assert 299 < clock.now - begun < 301

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest

from sap_core.changes import Change
from sap_core.checkpoint import read_checkpoint
from sap_core.config import Parameters, Settings
from sap_core.io import write_cloud
from sap_viewer import commands
from sap_viewer.session import EngineSession
from sap_viewer.snapshot import Snapshot, Taken
from tests.shapes import torus

LONG = Settings(resolution=32, points=2_000, steps=100_000)


@pytest.fixture
def session() -> Iterator[EngineSession]:
    session = EngineSession()
    yield session
    session.close()


def wait_for(session: EngineSession, reached: Callable[[Snapshot], bool], timeout: float = 60.0) -> Snapshot:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        snapshot = session.snapshot()
        if reached(snapshot):
            return snapshot
        time.sleep(0.01)
    raise AssertionError(f"waited {timeout:g} s, last at step {snapshot.step}: {snapshot.status} {snapshot.message}")


def is_running_process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_runs_in_a_process_of_its_own_and_ends_with_the_session(session: EngineSession) -> None:
    session.send(commands.Load(torus(2_000), LONG, "torus", start=True))
    snapshot = wait_for(session, lambda state: state.step > 5)
    assert snapshot.status == "running"
    assert not snapshot.mesh.vertices.flags.writeable
    pid = session._child.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.nice(0)  # the windows go first
    session.close()
    assert not is_running_process(pid)


def test_an_engine_that_still_starts_is_not_waited_for() -> None:
    session = EngineSession()
    session.close()
    assert session._child.exit_code == -signal.SIGTERM


def test_snapshots_do_not_pile_up_where_nobody_takes_them(session: EngineSession) -> None:
    session.send(commands.Load(torus(5_000), LONG, "torus", start=True))
    first = wait_for(session, lambda state: state.step > 3)
    time.sleep(2.0)
    waiting = session._child.receive()
    assert len(waiting) <= 1
    session._child.send(Taken())
    later = wait_for(session, lambda state: state.step > first.step + 10)
    assert later.status == "running"


def test_what_was_sent_is_waited_for_and_a_start_is_shown_before_its_first_step(session: EngineSession) -> None:
    assert not session.waiting
    assert not session.loading
    session.send(commands.Load(torus(2_000), LONG, "torus"))
    assert session.waiting
    loading = []
    wait_for(session, lambda state: loading.append((state.run, session.loading)) or state.measures is not None)
    assert all(is_loading is (run == 0) for run, is_loading in loading)
    assert not session.waiting
    session.send(commands.Load(Path("missing.ply"), LONG, "missing"))
    assert session.loading
    wait_for(session, lambda state: "missing.ply" in state.message and state.status != "busy")
    assert not session.loading
    session.send(commands.SetParameters(Parameters(sigma=-1.0)))  # refused, which is an answer as well
    wait_for(session, lambda state: "sigma" in state.message)
    assert not session.waiting
    session.send(commands.Start())
    first = wait_for(session, lambda state: state.status == "running")
    assert first.step == 0


def test_many_changes_in_a_row_end_at_the_last(session: EngineSession) -> None:
    session.send(commands.Load(torus(2_000), LONG, "torus", start=True))
    wait_for(session, lambda state: state.step > 1)
    for turn in range(200):
        session.send(commands.SetParameters(Parameters(sigma=1 + turn / 100, points=2_000)))
    snapshot = wait_for(session, lambda state: state.in_force is not None and state.in_force.sigma == 2.99)
    assert len(snapshot.history.marks) < 20  # they met a few steps, not two hundred


def test_a_killed_engine_is_a_state_and_restarts_from_the_last_points(session: EngineSession) -> None:
    session.send(commands.Load(torus(2_000), LONG, "torus", start=True))
    session.send(commands.SetParameters(Parameters(sigma=3.0, points=2_000)))
    session.send(commands.Reset())
    session.send(commands.Start())
    wait_for(session, lambda state: state.run == 2 and state.step > 5)
    os.kill(session._child.pid, signal.SIGKILL)
    dead = wait_for(session, lambda state: state.status == "failed")
    assert not session.alive
    assert "killed by signal 9" in dead.message
    assert dead.mesh is not None
    session.send(commands.Start())  # nobody listens; nothing breaks

    session.restart()
    starting = session.snapshot()
    assert (starting.status, starting.step, starting.mesh) == ("busy", dead.step, dead.mesh)
    states = []
    again = wait_for(session, lambda state: states.append(state) or state.step > dead.step + 1)
    assert again.history.steps[0] > dead.step  # not a step was taken before the points were back
    assert session.alive
    assert again.requested.sigma == 3.0
    start = Change(0, "sigma", 3.0)  # since the reset
    assert (dead.changes, again.changes) == ((start,), (start, Change(dead.step, "branch")))
    assert {(state.run, state.load) for state in states} == {(dead.run, dead.load)}
    assert session.loaded.restore is None
    assert min(state.step for state in states) == dead.step


def test_a_restart_brings_back_the_scan_that_was_shown(session: EngineSession, tmp_path: Path) -> None:
    session.send(commands.Load(torus(2_000), LONG, "torus", start=True))
    wait_for(session, lambda state: state.step > 5)
    session.send(commands.Pause())
    session.send(commands.Load(tmp_path / "missing.ply", LONG, "missing", start=True))
    refused = wait_for(session, lambda state: "missing.ply" in state.message and state.status == "paused")
    os.kill(session._child.pid, signal.SIGKILL)
    wait_for(session, lambda state: state.status == "failed")
    session.restart()
    again = wait_for(session, lambda state: "continued" in state.message)
    assert (again.name, again.step, again.status) == ("torus", refused.step, "paused")


def test_a_scan_that_is_gone_leaves_its_mesh_shown_after_a_restart(session: EngineSession, tmp_path: Path) -> None:
    scan = tmp_path / "torus.ply"
    write_cloud(torus(2_000), scan)
    session.send(commands.Load(scan, LONG, "torus", start=True))
    wait_for(session, lambda state: state.step > 3)
    scan.unlink()
    session.send(commands.Load(scan, LONG, "torus", start=True))
    kept = wait_for(session, lambda state: "there is no file" in state.message)
    assert (kept.status, kept.run) == ("running", 1)
    os.kill(session._child.pid, signal.SIGKILL)
    dead = wait_for(session, lambda state: state.status == "failed")
    session.restart()
    left = wait_for(session, lambda state: "there is no file" in state.message)
    assert (left.step, left.mesh, left.name) == (dead.step, dead.mesh, "torus")
    session.send(commands.Load(torus(2_000), LONG, "another", start=True))
    assert wait_for(session, lambda state: state.step > 0 and state.name == "another").run > dead.run


def test_a_resumed_run_is_restarted_from_its_last_points(session: EngineSession, tmp_path: Path) -> None:
    scan = torus(2_000)
    session.send(commands.Load(scan, LONG, "torus", start=True))
    wait_for(session, lambda state: state.step > 5)
    session.send(commands.SaveCheckpoint(tmp_path / "run.npz"))
    wait_for(session, lambda state: state.saved)
    checkpoint = read_checkpoint(tmp_path / "run.npz")
    session.send(commands.Load(scan, checkpoint.settings, "torus", start=True, checkpoint=checkpoint))
    wait_for(session, lambda state: state.run == 2 and state.step > checkpoint.step + 5)
    os.kill(session._child.pid, signal.SIGKILL)
    dead = wait_for(session, lambda state: state.status == "failed")
    session.restart()
    again = wait_for(session, lambda state: state.step > dead.step + 1)
    assert again.history.steps[0] > dead.step


def test_sending_does_not_wait_for_a_child_that_does_not_read_yet(session: EngineSession) -> None:
    pid = session._child.pid
    os.kill(pid, signal.SIGSTOP)
    relief = Timer(20, os.kill, (pid, signal.SIGCONT))
    relief.start()
    session.send(commands.Load(torus(200_000), LONG, "torus"))  # more than a pipe holds
    assert relief.is_alive()
    relief.cancel()
    os.kill(pid, signal.SIGCONT)
    wait_for(session, lambda state: state.run > 0)


def test_engine_ends_when_its_parent_is_gone(session: EngineSession) -> None:
    wait_for(session, lambda state: session.alive)
    pid = session._child.pid
    session._child._channel.close()
    session._child._process.wait(timeout=30)
    assert not is_running_process(pid)

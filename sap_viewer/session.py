"""What a front end holds: commands in, snapshots out."""

from dataclasses import replace
from typing import Protocol

from sap_viewer.commands import Command, Load, Restore, SetMeshValues, SetReference, SetSlices
from sap_viewer.process import ChildProcess
from sap_viewer.publishing import updated
from sap_viewer.snapshot import Snapshot, Taken

# Threads of OpenMP that wait by spinning take the cores that draw the windows: on two shared cores a step took five
# times as long and more. And glibc gives threads heaps of their own: one of these grew by 26 MB after some 15,000
# steps, where the main one had room.
_ENGINE_ENVIRONMENT = {"OMP_WAIT_POLICY": "PASSIVE", "MALLOC_ARENA_MAX": "1"}
_ENGINE_NICENESS = 10  # on shared cores the windows go first, or they open late and the camera stutters


class Session(Protocol):
    """A reconstruction somewhere, seen from a front end."""

    def send(self, command: Command) -> None:
        """Ask for something; it takes effect between two steps."""

    def snapshot(self) -> Snapshot:
        """The latest state; never waits."""

    @property
    def loaded(self) -> Load | None:
        """The command that brought the scan shown; None while there is none."""

    @property
    def alive(self) -> bool:
        """Whether commands still reach an engine."""

    @property
    def loading(self) -> bool:
        """Whether a scan was sent that the latest state does not know of yet: a command for the run comes too late."""

    @property
    def waiting(self) -> bool:
        """Whether something was sent that the latest state does not know of yet: it comes after the step under way."""

    def restart(self) -> None:
        """Replace a dead engine and continue from the last snapshot."""

    def close(self) -> None:
        """End the engine; nothing of it is left behind."""


class EngineSession:
    """A session whose engine is a process of its own. Outlives the engine: the last snapshot stays."""

    def __init__(self) -> None:
        self._child = _start_engine()
        self._told = Snapshot()  # by the engine
        self._shown = self._told
        self._received = Snapshot()  # which the next update of this engine builds upon
        self._loads: list[Load] = []  # sent to this engine
        self._slices, self._values = SetSlices(), SetMeshValues()
        self._before: tuple[Load, Snapshot] | None = None  # what an engine that died had reached
        self._runs_before: int | None = None  # of those engines
        self._mourned = False
        # Commands to this engine: the last of all, of those that a person waits for, and of those that bring a scan.
        self._sent = self._asked = self._scan_sent = 0

    @property
    def loaded(self) -> Load | None:
        if self._told.load:
            return self._loads[self._told.load - 1]
        return self._before[0] if self._before else None

    @property
    def alive(self) -> bool:
        return self._child.alive

    @property
    def loading(self) -> bool:
        return self.alive and self._received.handled < self._scan_sent

    @property
    def waiting(self) -> bool:
        return self.alive and self._received.handled < self._asked

    def send(self, command: Command) -> None:
        self._sent += 1
        if isinstance(command, Load):
            self._loads.append(command)
            self._scan_sent = self._sent
        elif isinstance(command, SetReference) and self._loads:
            self._loads[-1] = replace(self._loads[-1], reference=command)
        elif isinstance(command, SetSlices):
            self._slices = command
        elif isinstance(command, SetMeshValues):
            self._values = command
        if not isinstance(command, SetSlices):  # which a moving one sends all the time
            self._asked = self._sent
        self._child.send(command)

    def snapshot(self) -> Snapshot:
        for message in self._child.receive():
            self._child.send(Taken())
            self._told = self._received = updated(self._received, message)
            self._shown = self._following(self._told)
        if not self._child.alive and not self._mourned:
            self._mourned = True
            self._shown = replace(self._shown, status="failed", message=self._obituary(), steps_per_second=0.0)
        return self._shown

    def restart(self) -> None:
        """Also brings back the scan that was shown, and runs on if it ran."""
        last, loaded, ran = self._shown, self.loaded, self._told.status == "running"
        self.close()
        self._child, self._loads, self._mourned = _start_engine(), [], False
        self._sent = self._asked = self._scan_sent = 0
        self._told, self._received = Snapshot(), Snapshot()
        self._before = self._runs_before = None
        self.send(self._slices)
        self.send(self._values)
        if loaded is None or last.cloud is None or last.cloud.normals is None:
            self._shown = self._told
            return
        self._before = loaded, last
        self._shown = replace(last, status="busy", message="Starting another engine")
        restore = Restore(last.cloud.points, last.cloud.normals, last.step, last.requested, last.changes)
        self.send(replace(loaded, start=ran, crops=last.crops, restore=restore))
        self._loads[-1] = loaded  # to be loaded again it starts over

    def close(self) -> None:
        self._child.close()

    def _following(self, told: Snapshot) -> Snapshot:
        """What an engine tells, as part of what one before it has told: with its scan until that is loaded again, and
        counting on from its runs and loads."""
        if self._before is None:
            return told
        _, last = self._before
        if told.run == 0:
            return replace(last, status=told.status, message=told.message, steps_per_second=0.0, saved=told.saved)
        if self._runs_before is None:  # if it was not loaded again, another run begins
            self._runs_before = last.run - 1 if told.load == 1 else last.run
        return replace(told, run=told.run + self._runs_before, load=told.load + last.load - 1)

    def _obituary(self) -> str:
        code = self._child.exit_code
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        cause = " (out of memory?)" if code == -9 else ""
        return f"the engine {how}{cause}; what it showed last is kept"


def _start_engine() -> ChildProcess:
    return ChildProcess("sap_viewer.engine.engine_process", environment=_ENGINE_ENVIRONMENT, niceness=_ENGINE_NICENESS)

"""Undo and redo of what a person set: the parameters and the crops of a run."""

from dataclasses import dataclass, fields, replace

from sap_core.config import Parameters
from sap_viewer.commands import Command, SetCrops, SetParameters
from sap_viewer.controls import controls_of
from sap_viewer.snapshot import Snapshot

ONE_MOVE_S = 1.0  # changes of one field that follow one another faster are one move of its slider
ECHO_S = 5.0  # after which the engine has taken up a change, or has refused it

Setting = SetParameters | SetCrops
_LABELS = {control.name: control.label.lower() for control in controls_of(Parameters)}


@dataclass(frozen=True)
class _Change:
    before: Setting
    after: Setting
    what: str
    made_at: float  # seconds


class Undo:
    """What was set since the scan was loaded, and what of it was taken back. The commands it returns are to be sent."""

    def __init__(self) -> None:
        self._snapshot = Snapshot()
        self._sent: dict[type[Setting], tuple[Setting, float]] = {}
        self._done: list[_Change] = []
        self._undone: list[_Change] = []

    @property
    def undoable(self) -> str:
        """What ``back`` would take back; empty where there is nothing."""
        return self._done[-1].what if self._done else ""

    @property
    def redoable(self) -> str:
        """What ``forth`` would set again; empty where there is nothing."""
        return self._undone[-1].what if self._undone else ""

    def follow(self, snapshot: Snapshot) -> None:
        """Take note of the latest state; another scan has no past."""
        if snapshot.load != self._snapshot.load:
            self._sent, self._done, self._undone = {}, [], []
        self._snapshot = snapshot

    def note(self, command: Command, *, now: float) -> None:
        """Take note of a command that is sent at this time, in seconds."""
        if not isinstance(command, SetParameters | SetCrops):
            return
        before = self._present(type(command), now)
        self._sent[type(command)] = command, now
        if before == command:
            return
        change = _Change(before, command, _what(before, command), now)
        last = self._done[-1] if self._done else None
        if last is not None and not self._undone and _one_move(last, change):
            self._done[-1] = replace(change, before=last.before)
        else:
            self._done.append(change)
        self._undone.clear()

    def back(self, *, now: float) -> Setting | None:
        """What takes the last change back."""
        return self._move(self._done, self._undone, "before", now)

    def forth(self, *, now: float) -> Setting | None:
        """What sets again what was taken back last."""
        return self._move(self._undone, self._done, "after", now)

    def _move(self, source: list[_Change], target: list[_Change], end: str, now: float) -> Setting | None:
        if not source:
            return None
        change = source.pop()
        target.append(change)
        command: Setting = getattr(change, end)
        self._sent[type(command)] = command, now
        return command

    def _present(self, kind: type[Setting], now: float) -> Setting:
        """What holds now, or will once the engine has taken it up."""
        sent, sent_at = self._sent.get(kind, (None, 0.0))
        if sent is not None and now - sent_at < ECHO_S:
            return sent
        snapshot = self._snapshot
        return SetCrops(snapshot.crops) if kind is SetCrops else SetParameters(snapshot.requested)


def _what(before: Setting, after: Setting) -> str:
    if isinstance(before, SetParameters) and isinstance(after, SetParameters):
        names = [entry.name for entry in fields(Parameters)]
        changed = [name for name in names if getattr(before.parameters, name) != getattr(after.parameters, name)]
        return ", ".join(_LABELS[name] for name in changed)
    return "crop"


def _one_move(last: _Change, new: _Change) -> bool:
    """Whether both are of the same field, and of one move of its slider."""
    return new.what == last.what != "crop" and new.made_at - last.made_at < ONE_MOVE_S

"""What has been done to a run between its steps, and what is due at later ones."""

from collections.abc import Iterable
from dataclasses import fields, replace

from sap_core.changes import KINDS, UNTIL, Change, changed
from sap_core.config import Parameters
from sap_viewer.commands import Flip, Reorient, Resample, SetParameters


class Steering:
    """The record of a run, from which it can be repeated.

    Args:
        start: the parameters that the run begins with.
        changes: by their steps; those after ``step`` are due.
        step: of the run.
    """

    def __init__(self, start: Parameters, changes: Iterable[Change] = (), *, step: int = -1) -> None:
        self._start = start
        changes = tuple(changes)
        self._done = [change for change in changes if change.step <= step]
        self._due = [change for change in changes if change.step > step]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Those done and those due."""
        return (*self._done, *self._due)

    @property
    def due(self) -> tuple[Change, ...]:
        return tuple(self._due)

    @property
    def until(self) -> int:
        """The step before which the run does not end."""
        return max((int(change.value or 0) for change in self._done if change.what == UNTIL), default=0)

    def next(self, step: int) -> Change | None:
        """Take the next change that is due at a step; None where none is left."""
        return self._due.pop(0) if self._due and self._due[0].step <= step else None

    def add(self, change: Change) -> None:
        """Note what was done."""
        self._done.append(change)

    def set(self, step: int, parameters: Parameters) -> None:
        """Note the parameters that hold now; of several settings of one field without a step between, the last."""
        while self._done and self._done[-1].step == step and self._done[-1].what in KINDS:
            self._done.pop()
        before = changed(self._start, self._done)
        for entry in fields(Parameters):
            value = getattr(parameters, entry.name)
            if value != getattr(before, entry.name):
                self.add(Change(step, entry.name, value))

    def go_on(self, step: int) -> None:
        """Note that a step is taken although the run was over."""
        if self.until > step:
            return
        for row, change in enumerate(self._done):
            if change.what == UNTIL and change.value == step:
                self._done[row] = replace(change, value=step + 1)
                return
        self.add(Change(step, UNTIL, step + 1))

    def started_over(self, parameters: Parameters) -> "Steering":
        """That of a new run, with these parameters from step 0 on, and with what is due, if need be past the end."""
        going_on = [change for change in self._done if change.what == UNTIL and self._due]
        new = Steering(self._start, (*going_on, *self._due))
        new.set(0, parameters)
        return new


def command_of(change: Change, parameters: Parameters) -> Resample | Reorient | Flip | SetParameters:
    """What carries out a change of the points, or of one of these parameters."""
    match change.what:
        case "resample":
            return Resample()
        case "reorient":
            return Reorient()
        case "flip":
            return Flip()
        case _:
            return SetParameters(changed(parameters, [change]))

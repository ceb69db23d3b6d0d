"""What is done to a run between two of its steps, as data and as words: ``lr=0.002``, ``resolution=auto``, ``flip``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, get_args, get_type_hints

from sap_core.config import Parameters, Settings
from sap_core.validate.error import InputError
from sap_core.validate.settings import bad_change, check_parameters, unknown_change

UNTIL = "until"
BRANCH = "branch"
ACTIONS = ("resample", "reorient", "flip", BRANCH)
KINDS: dict[str, type] = {name: get_args(kind)[0] for name, kind in get_type_hints(Parameters).items()}
_SCHEDULE = "auto"  # gives a parameter back to it
_WORDS = (*(f"{name.replace('_', '-')}=VALUE" for name in KINDS), *ACTIONS, f"{UNTIL}=STEP")


@dataclass(frozen=True)
class Change:
    """Something done to a run between two steps.

    Attributes:
        step: how many steps had been taken.
        what: a field of ``Parameters``; 'resample', 'reorient' or 'flip'; 'branch' for going on from a state that was
            looked back at, with which Adam starts anew; 'until' for going on where the run was over.
        value: of a parameter, where None gives it back to the schedule; of 'until', the step at which the run then is
            over at the earliest.
    """

    step: int
    what: str
    value: float | None = None

    @classmethod
    def parse(cls, step: int, word: str, *, of: Settings) -> "Change":
        """The change that a word stands for, of a run with these settings.

        Raises:
            InputError: there is no such change, or its value is no number or out of range.
        """
        what, equals, text = word.partition("=")
        what = what.replace("-", "_")
        kind = int if what == UNTIL else KINDS.get(what)
        if (what in ACTIONS) == bool(equals) or (equals and kind is None):
            raise unknown_change(step, word, known=_WORDS)
        value = None
        if kind is not None and (text != _SCHEDULE or what == UNTIL):
            try:
                value = kind(text)
            except ValueError:
                wanted = "a whole number" if kind is int else "a number"
                raise bad_change(step, word, f"{what} must be {wanted}, got {text or 'nothing'}") from None
        change = cls(step, what, value)
        change.check(of)
        return change

    @property
    def word(self) -> str:
        """By which a command line names it."""
        if self.what in ACTIONS:
            return self.what
        return f"{self.what.replace('_', '-')}={_SCHEDULE if self.value is None else self.value}"

    def check(self, of: Settings) -> None:
        """Hold the step and the value to what they may be in a run with these settings.

        Raises:
            InputError: one of them is out of range.
        """
        if self.step < 0:
            raise bad_change(self.step, self.word, f"a run has steps from 0, got {self.step}")
        if self.what in KINDS:
            try:
                check_parameters(changed(Parameters(), [self]), of)
            except InputError as error:
                raise bad_change(self.step, self.word, str(error)) from None
        elif self.what == UNTIL:
            if self.value is None or self.value <= self.step:
                raise bad_change(self.step, self.word, f"the run goes on from step {self.step} to a later one")
        elif self.what not in ACTIONS:
            raise unknown_change(self.step, self.word, known=_WORDS)


def changed(parameters: Parameters, changes: Iterable[Change]) -> Parameters:
    """The parameters after the changes of them; others are passed over."""
    values: dict[str, Any] = {change.what: change.value for change in changes if change.what in KINDS}
    return replace(parameters, **values)


def in_order(changes: Iterable[Change], *, total_steps: int) -> tuple[Change, ...]:
    """The changes by their steps, those of one step in the order given.

    Raises:
        InputError: one comes after the end of a run of so many steps.
    """
    ordered = tuple(sorted(changes, key=lambda change: change.step))
    for row, change in enumerate(ordered):
        end = end_of(ordered[:row], total_steps)
        if change.step > end:
            raise bad_change(change.step, change.word, f"the run ends at step {end} at the latest")
    return ordered


def end_of(changes: Iterable[Change], total_steps: int) -> int:
    """The last step of a run of so many steps in its schedule."""
    return max([total_steps, *(int(change.value or 0) for change in changes if change.what == UNTIL)])

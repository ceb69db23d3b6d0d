"""Values that the user changes here and the main process repeats in its states."""

import time
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE = 5.0  # seconds; longer than a step at the finest resolution


class Echoed(Generic[T]):
    """The value to show: the user's, until a state repeats it; the state's otherwise.

    States that left before the user's change arrived would undo it, and would be taken for the ground of the
    next change. A new run ends the wait, and so does a change that was never taken up for some seconds.
    """

    def __init__(self, value: T) -> None:
        self.value = value
        self._run: int | None = None
        self._awaited_until: float | None = None

    def change(self, value: T) -> None:
        """The user set this value."""
        self.value = value
        self._awaited_until = time.monotonic() + PATIENCE

    def hear(self, value: T, *, run: int) -> None:
        """A state of this run carries this value."""
        waiting = self._awaited_until is not None and time.monotonic() < self._awaited_until
        if waiting and run == self._run and value != self.value:
            return
        self.value = value
        self._run = run
        self._awaited_until = None

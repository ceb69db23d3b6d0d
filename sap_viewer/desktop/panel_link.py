"""The panel's process, which is told no more often than it can show."""

import time
from collections.abc import Callable, Iterator

from sap_viewer.desktop.greeting import PanelImpossible, PanelReady
from sap_viewer.desktop.messages import Action, Located, PanelState, ShowDialog, StateShown
from sap_viewer.process import ChildProcess

_INTERVAL_S = 1 / 20


class PanelLink:
    """What the frame loop holds of the panel.

    Args:
        panel: the process, whose window is open.
    """

    def __init__(self, panel: ChildProcess) -> None:
        self._panel = panel
        self._told_at = 0.0
        self._owes_an_answer = False

    @property
    def alive(self) -> bool:
        return self._panel.alive

    def actions(self) -> Iterator[Action]:
        """What the user did in the panel since the last look; of a panel that has ended, its last words too."""
        for message in self._panel.receive():
            match message:
                case StateShown():
                    self._owes_an_answer = False
                case PanelReady() | PanelImpossible() | Located():
                    pass  # answers, which are awaited where the question is asked
                case _:
                    yield message

    def open(self, dialog: ShowDialog) -> None:
        """Let it open a dialog."""
        self._panel.send(dialog)

    def tell(self, state: Callable[[], PanelState]) -> None:
        """Send the state, if it is time to and the panel has shown the one before: a minimised one does not read, and
        must not make the frame loop wait."""
        now = time.monotonic()
        if not self._owes_an_answer and now - self._told_at >= _INTERVAL_S:
            self._told_at = now
            self._owes_an_answer = True
            self._panel.send(state())

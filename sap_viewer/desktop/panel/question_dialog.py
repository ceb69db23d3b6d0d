"""A question, such as before work is lost."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.messages import Action, Answer, PanelState, Question
from sap_viewer.desktop.panel.dialogs import POSITION, Dialogs
from sap_viewer.desktop.panel.theme import Item, Theme
from sap_viewer.desktop.panel.widgets import button

ACCEPT_WIDTH = 180  # pixels


class QuestionDialog:
    """Shows the question that the main process asks, and sends the answer."""

    def __init__(self, theme: Theme, dialogs: Dialogs, send: Callable[[Action], None]) -> None:
        self._dialogs = dialogs
        self._send = send
        self._question: Question | None = None
        self._answered = 0
        with dpg.window(
            label="Unsaved work",
            tag="question",
            modal=True,
            pos=POSITION,
            show=False,
            no_resize=True,
            no_collapse=True,
            no_close=True,
        ) as self.window:
            self._text: Item = dpg.add_text(wrap=0)
            dpg.add_spacer(height=6)
            with dpg.group(horizontal=True):
                self._accept = button(
                    "",
                    tag="accept",
                    width=ACCEPT_WIDTH,
                    tip="Do what is asked. Key: Enter.",
                    press=self.accept,
                )
                self._decline = button(
                    "", tag="decline", tip="Leave everything as it is. Key: Escape.", press=self.decline
                )
            dpg.add_spacer(height=2)
        dpg.bind_item_theme(self.window, theme.dialog)
        dpg.bind_item_theme(self._accept, theme.primary)
        dialogs.add(self)

    def accept(self) -> None:
        """Go on."""
        self._answer(accepted=True)

    def decline(self) -> None:
        """Leave everything as it is."""
        self._answer(accepted=False)

    def update(self, state: PanelState) -> None:
        """Ask what the state asks, unless that was answered a moment ago."""
        self._question = question = state.question
        if question is None or question.number == self._answered:
            dpg.configure_item(self.window, show=False)
            return
        dpg.configure_item(self.window, label=question.title)
        dpg.set_value(self._text, question.text)
        dpg.configure_item(self._accept, label=f"{question.accept} (Enter)")
        dpg.configure_item(self._decline, label=f"{question.decline} (Esc)")
        self._dialogs.show(self)

    def _answer(self, *, accepted: bool) -> None:
        dpg.configure_item(self.window, show=False)
        if self._question is not None and self._question.number != self._answered:
            self._answered = self._question.number
            self._send(Answer(self._answered, accepted))

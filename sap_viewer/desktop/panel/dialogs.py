"""Dialogs over the panel: one at a time, Enter accepts and Escape declines."""

from typing import Protocol

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.panel.theme import Item

ACCEPT = (dpg.mvKey_Return, dpg.mvKey_NumPadEnter)
MARGIN = 12  # pixels between a dialog and the edges of the panel
POSITION = (MARGIN, 6 * MARGIN)


class Dialog(Protocol):
    """A window over the panel; nothing else can be used while it is open."""

    window: Item

    def accept(self) -> None:
        """Enter was pressed."""

    def decline(self) -> None:
        """Escape was pressed, or another dialog opens."""


def dialog_width() -> int:
    """In pixels: as wide as the panel, but for its margins."""
    width: int = dpg.get_viewport_client_width() - 2 * MARGIN
    return width


class Dialogs:
    """Knows which dialog is open and passes it the keys."""

    def __init__(self) -> None:
        self._dialogs: list[Dialog] = []
        self._held: set[int] = set()  # a key that is held does not answer the next dialog as well
        with dpg.handler_registry():
            for code in (*ACCEPT, dpg.mvKey_Escape):
                dpg.add_key_press_handler(code, callback=lambda _, pressed: self._press(pressed))
                dpg.add_key_release_handler(code, callback=lambda _, released: self._held.discard(released))

    def add(self, dialog: Dialog) -> None:
        """Pass the keys to this one as well."""
        self._dialogs.append(dialog)

    @property
    def open(self) -> Dialog | None:
        """The one that is open."""
        return next((dialog for dialog in self._dialogs if dpg.is_item_shown(dialog.window)), None)

    def show(self, dialog: Dialog) -> None:
        """Open this one, as wide as the panel; another one that is open is declined."""
        if self.open is dialog:
            return
        if self.open is not None:
            self.open.decline()
        dpg.configure_item(dialog.window, show=True, width=dialog_width())

    def _press(self, code: int) -> None:
        if code in self._held:
            return
        self._held.add(code)
        dialog = self.open
        if dialog is not None:
            (dialog.accept if code in ACCEPT else dialog.decline)()

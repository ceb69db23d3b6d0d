"""A path that the user edits."""

from collections.abc import Callable
from pathlib import Path

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.panel.theme import Item
from sap_viewer.desktop.panel.widgets import hint


class PathField:
    """A line of text with a path.

    ``edited`` is called when Enter or a click elsewhere ends a change, ``entered`` at every Enter.
    """

    def __init__(
        self,
        *,
        tag: str,
        tip: str,
        placeholder: str = "",
        edited: Callable[[Path], None] | None = None,
        entered: Callable[[], None] | None = None,
    ) -> None:
        self._edited = edited
        self._item: Item = dpg.add_input_text(
            tag=tag,
            width=-1,
            hint=placeholder,
            elide_left=True,
            on_enter=True,
            callback=(lambda: entered()) if entered else None,
        )
        hint(self._item, tip)
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_deactivated_after_edit_handler(callback=lambda: self._finish())
        dpg.bind_item_handler_registry(self._item, handlers)

    @property
    def path(self) -> Path | None:
        """The path as written; None where nothing is written."""
        text = dpg.get_value(self._item).strip()
        return Path(text).expanduser() if text else None

    @property
    def active(self) -> bool:
        """The user is writing in it."""
        return bool(dpg.is_item_active(self._item))

    def show(self, path: Path) -> None:
        """Show this path, unless the user is writing."""
        if not self.active:
            dpg.set_value(self._item, str(path))

    def enable(self, on: bool) -> None:
        """Let the path be edited or not."""
        dpg.configure_item(self._item, enabled=on)

    def _finish(self) -> None:
        if self._edited and self.path:
            self._edited(self.path)

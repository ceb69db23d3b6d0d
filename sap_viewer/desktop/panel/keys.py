"""The keys of the 3D window, which work in the panel too, and their list."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.panel.theme import DIM, TEXT, Theme
from sap_viewer.desktop.panel.widgets import gap, heading

MODIFIERS = (dpg.mvKey_ModCtrl, dpg.mvKey_ModAlt, dpg.mvKey_ModSuper)


@dataclass(frozen=True)
class Key:
    """A key and what it does."""

    code: int  # of DearPyGui
    name: str
    meaning: str
    press: Callable[[], None]


class Keys:
    """Answers each key once until it is let go, and lists them all."""

    def __init__(self, theme: Theme, keys: tuple[Key, ...], *, typing: Callable[[], bool]) -> None:
        self._keys = {key.code: key for key in keys}
        self._typing = typing
        self._held: set[int] = set()
        with dpg.handler_registry():
            for code in self._keys:
                dpg.add_key_press_handler(code, callback=lambda _, pressed: self._press(pressed))
                dpg.add_key_release_handler(code, callback=lambda _, released: self._held.discard(released))
        gap()
        heading("Keys", theme)
        with dpg.group(horizontal=True, horizontal_spacing=14):
            for key in keys:
                with dpg.group(horizontal=True, horizontal_spacing=5):
                    dpg.add_text(key.name, color=TEXT)
                    dpg.add_text(key.meaning, color=DIM)

    def _press(self, code: int) -> None:
        if code in self._held:
            return
        self._held.add(code)
        if not self._typing() and not any(dpg.is_key_down(modifier) for modifier in MODIFIERS):
            self._keys[code].press()

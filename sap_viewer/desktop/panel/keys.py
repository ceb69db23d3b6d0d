"""The keys of the 3D window, which work in the panel too."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

MODIFIERS = (dpg.mvKey_ModCtrl, dpg.mvKey_ModAlt, dpg.mvKey_ModSuper)


@dataclass(frozen=True)
class Key:
    """A key and what it does."""

    code: int  # of DearPyGui
    name: str
    meaning: str
    press: Callable[[], None]


class Keys:
    """Answers each key once until it is let go, unless the user is typing or has a dialog open."""

    def __init__(self, keys: tuple[Key, ...], *, typing: Callable[[], bool]) -> None:
        self._keys = {key.code: key for key in keys}
        self._typing = typing
        self._held: set[int] = set()
        with dpg.handler_registry():
            for code in self._keys:
                dpg.add_key_press_handler(code, callback=lambda _, pressed: self._press(pressed))
                dpg.add_key_release_handler(code, callback=lambda _, released: self._held.discard(released))

    def _press(self, code: int) -> None:
        if code in self._held:
            return
        self._held.add(code)
        if not self._typing() and not any(dpg.is_key_down(modifier) for modifier in MODIFIERS):
            self._keys[code].press()

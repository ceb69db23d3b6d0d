"""The keys of the 3D window, which work in the panel too."""

from collections.abc import Callable
from dataclasses import dataclass

import dearpygui.dearpygui as dpg

CTRL, SHIFT = dpg.mvKey_ModCtrl, dpg.mvKey_ModShift
MODIFIERS = (CTRL, SHIFT, dpg.mvKey_ModAlt, dpg.mvKey_ModSuper)
WRITABLE = ("mvInput", "mvSlider", "mvDrag")  # types of items that take text, sliders after Ctrl and a click


@dataclass(frozen=True)
class Key:
    """A key and what it does."""

    code: int  # of DearPyGui
    name: str
    meaning: str
    press: Callable[[], None]
    modifiers: frozenset[int] = frozenset()  # of MODIFIERS; without Ctrl, Shift makes no difference


class Keys:
    """Answers each key once until it is let go, unless the user is writing or has a dialog open.

    A modifier counts with a key of the frame after it as well: what is let go within one slow frame together with the
    key's press is seen no more.
    """

    def __init__(self, keys: tuple[Key, ...], *, dialog_open: Callable[[], bool]) -> None:
        self._keys = {(key.code, key.modifiers): key for key in keys}
        self._dialog_open = dialog_open
        self._held: set[int] = set()
        self._modifiers = self._modifiers_before = _modifiers_down()
        with dpg.handler_registry():
            for code in {key.code for key in keys}:
                dpg.add_key_press_handler(code, callback=lambda _, pressed: self._press(pressed))
                dpg.add_key_release_handler(code, callback=lambda _, released: self._held.discard(released))

    def look(self) -> None:
        """Take note of the modifiers of a frame that has just been drawn."""
        self._modifiers_before, self._modifiers = self._modifiers, _modifiers_down()

    def _press(self, code: int) -> None:
        if code in self._held:
            return
        self._held.add(code)
        down = self._modifiers | self._modifiers_before
        key = self._keys.get((code, down if CTRL in down else down - {SHIFT}))
        if key is not None and not self._dialog_open() and not _writing():
            key.press()


def _modifiers_down() -> frozenset[int]:
    return frozenset(modifier for modifier in MODIFIERS if dpg.is_key_down(modifier))


def _writing() -> bool:
    """Whether some field takes what is typed."""
    return any(dpg.is_item_active(item) for item in dpg.get_all_items() if _is_writable(item))


def _is_writable(item: int) -> bool:
    kind: str = dpg.get_item_type(item)
    return kind.rpartition("::")[2].startswith(WRITABLE)

"""The keys of the 3D window, which work in the panel too."""

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

CTRL, SHIFT = dpg.mvKey_ModCtrl, dpg.mvKey_ModShift
MODIFIERS = (CTRL, SHIFT, dpg.mvKey_ModAlt, dpg.mvKey_ModSuper)
WRITABLE = ("mvInput", "mvSlider", "mvDrag")  # types of items that take text, sliders after Ctrl and a click
_CODES = {
    "space": dpg.mvKey_Spacebar,
    "s": dpg.mvKey_S,
    "r": dpg.mvKey_R,
    "d": dpg.mvKey_D,
    "n": dpg.mvKey_N,
    "f": dpg.mvKey_F,
    "left": dpg.mvKey_Left,
    "right": dpg.mvKey_Right,
    "end": dpg.mvKey_End,
    "b": dpg.mvKey_B,
    "p": dpg.mvKey_P,
    "g": dpg.mvKey_G,
    "z": dpg.mvKey_Z,
    "e": dpg.mvKey_E,
    "v": dpg.mvKey_V,
    "o": dpg.mvKey_O,
    "F1": dpg.mvKey_F1,
}


class Keys:
    """Answers each key once until it is let go, unless the user is writing or has a dialog open.

    A modifier counts with a key of the frame after it as well: what is let go within one slow frame together with the
    key's press is seen no more.

    Args:
        presses: what to do, by the names of ``desktop.keys``. Without Ctrl, Shift makes no difference.
        dialog_open: whether one is.
    """

    def __init__(self, presses: Mapping[str, Callable[[], None]], *, dialog_open: Callable[[], bool]) -> None:
        self._presses = {_combination(name): press for name, press in presses.items()}
        self._dialog_open = dialog_open
        self._held: set[int] = set()
        self._modifiers = self._modifiers_before = _modifiers_down()
        with dpg.handler_registry():
            for code in {code for code, _ in self._presses}:
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
        press = self._presses.get((code, down if CTRL in down else down - {SHIFT}))
        if press is not None and not self._dialog_open() and not _writing():
            press()


def _combination(name: str) -> tuple[int, frozenset[int]]:
    """Code and modifiers of a key."""
    *held, key = name.split("+")
    return _CODES[key], frozenset({"ctrl": CTRL, "shift": SHIFT}[modifier] for modifier in held)


def _modifiers_down() -> frozenset[int]:
    return frozenset(modifier for modifier in MODIFIERS if dpg.is_key_down(modifier))


def _writing() -> bool:
    """Whether some field takes what is typed."""
    return any(dpg.is_item_active(item) for item in dpg.get_all_items() if _is_writable(item))


def _is_writable(item: int) -> bool:
    kind: str = dpg.get_item_type(item)
    return kind.rpartition("::")[2].startswith(WRITABLE)

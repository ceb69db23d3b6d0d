"""Text over the scene, and what the keyboard and the mouse do in the window."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import polyscope as ps
import polyscope.imgui as imgui

from sap_viewer.scene.legend import Legend
from sap_viewer.view.legend_bar import draw_legend

_KEYS = {
    "space": imgui.ImGuiKey_Space,
    "s": imgui.ImGuiKey_S,
    "r": imgui.ImGuiKey_R,
    "e": imgui.ImGuiKey_E,
    "v": imgui.ImGuiKey_V,
    "o": imgui.ImGuiKey_O,
    "d": imgui.ImGuiKey_D,
    "n": imgui.ImGuiKey_N,
    "f": imgui.ImGuiKey_F,
    "p": imgui.ImGuiKey_P,
    "b": imgui.ImGuiKey_B,
    "g": imgui.ImGuiKey_G,
    "left": imgui.ImGuiKey_LeftArrow,
    "right": imgui.ImGuiKey_RightArrow,
    "end": imgui.ImGuiKey_End,
    "F1": imgui.ImGuiKey_F1,
    "enter": imgui.ImGuiKey_Enter,
    "escape": imgui.ImGuiKey_Escape,
}
_CONTROL_KEYS = {"z": imgui.ImGuiKey_Z}  # pressed with Ctrl, and perhaps with Shift
_MARGIN = 14.0
_TEXT_WIDTH = 420.0
_HINT_SIZE = 28.0
_SAID_S = 1.2  # seconds for which the last key is shown
_INK = (0.15, 0.17, 0.20, 1.0)
_PAPER = (1.0, 1.0, 1.0, 0.72)
_SOLID_PAPER = (1.0, 1.0, 1.0, 0.96)  # where nothing else should be read first
_FLAGS = (
    imgui.ImGuiWindowFlags_NoDecoration
    | imgui.ImGuiWindowFlags_NoInputs
    | imgui.ImGuiWindowFlags_NoNav
    | imgui.ImGuiWindowFlags_NoSavedSettings
    | imgui.ImGuiWindowFlags_NoFocusOnAppearing
    | imgui.ImGuiWindowFlags_AlwaysAutoResize
)


class Overlay:
    """Polyscope calls ``build`` in the middle of every frame, and does not survive an error in it: it only takes notes.

    Args:
        said_of_key: what to show of a key as soon as it is pressed.

    Attributes:
        caption: lines in the upper left corner.
        hint: one line in the middle.
        question: lines in the middle, with the keys that answer.
        legend: of the colours, in the lower left corner.
        pressed: the keys pressed since this was last cleared, such as "s" or "ctrl+shift+z".
        in_use: whether the mouse moved, pressed or scrolled in the last frame, or a key was pressed.
    """

    def __init__(self, *, said_of_key: Callable[[str], str]) -> None:
        self._said_of_key = said_of_key
        self._said, self._said_until = "", 0.0
        self.caption: tuple[str, ...] = ()
        self.hint = ""
        self.question: tuple[str, ...] = ()
        self.legend: Legend | None = None
        self._picturing = self._legend_alone = False
        self.pressed: list[str] = []
        self.in_use = False
        self._control = (False, False)  # whether Ctrl and Shift were down in the last frame

    @contextmanager
    def picturing(self, *, text: bool) -> Iterator[bool]:
        """Leave out the last key, and all text but the legend unless it is wanted; whether there is any to read."""
        self._picturing, self._legend_alone = True, not text
        try:
            yield text or self.legend is not None
        finally:
            self._picturing = self._legend_alone = False

    def build(self) -> None:
        """Lay out the texts of this frame and note the input."""
        # Otherwise Polyscope takes Ctrl+V for a camera to paste, and fails on an empty clipboard.
        imgui.SetNextFrameWantCaptureKeyboard(True)
        io = imgui.GetIO()
        control_before, self._control = self._control, (io.KeyCtrl, io.KeyShift)
        if not (io.WantTextInput or io.KeyAlt or io.KeySuper):
            # What is let go within one slow frame together with the key's press is seen in the frame before only.
            control, shift = map(any, zip(control_before, self._control, strict=True))
            keys, prefix = (_CONTROL_KEYS, "ctrl+shift+" if shift else "ctrl+") if control else (_KEYS, "")
            for name in (prefix + name for name, key in keys.items() if imgui.IsKeyPressed(key, False)):
                self.pressed.append(name)
                self._said, self._said_until = self._said_of_key(name), time.monotonic() + _SAID_S
        mouse = imgui.IsAnyMouseDown() or bool(io.MouseWheel) or io.MouseDelta != (0.0, 0.0)
        self.in_use = mouse or bool(self.pressed)
        scale = ps.get_ui_scale()
        margin, text_width = scale * _MARGIN, scale * _TEXT_WIDTH
        if self.legend is not None:
            draw_legend(self.legend, margin=margin)
        if self._legend_alone:
            return
        if self.caption:
            with _label("caption", (margin, margin), pivot=(0.0, 0.0)):
                imgui.PushTextWrapPos(text_width)
                for line in self.caption:
                    imgui.TextUnformatted(line)
                imgui.PopTextWrapPos()
        width, height = ps.get_window_size()
        if self._said and not self._picturing and time.monotonic() < self._said_until:
            with _label("key", (width / 2, height - margin), pivot=(0.5, 1.0)):
                imgui.TextUnformatted(self._said)
        if self.question:
            with _label("question", (width / 2, height / 2), pivot=(0.5, 0.5), paper=_SOLID_PAPER):
                imgui.PushTextWrapPos(text_width)
                for line in self.question:
                    imgui.TextUnformatted(line)
                imgui.PopTextWrapPos()
        elif self.hint:
            with _label("hint", (width / 2, height / 2), pivot=(0.5, 0.5)):
                imgui.PushFont(None, _HINT_SIZE)
                imgui.TextUnformatted(self.hint)
                imgui.PopFont()


@contextmanager
def _label(
    name: str,
    position: tuple[float, float],
    *,
    pivot: tuple[float, float],
    paper: tuple[float, float, float, float] = _PAPER,
) -> Iterator[None]:
    imgui.SetNextWindowPos(position, imgui.ImGuiCond_Always, pivot)
    imgui.PushStyleColor(imgui.ImGuiCol_WindowBg, paper)
    imgui.PushStyleColor(imgui.ImGuiCol_Border, (0.0, 0.0, 0.0, 0.0))
    imgui.PushStyleColor(imgui.ImGuiCol_Text, _INK)
    imgui.Begin(name, _FLAGS)
    yield
    imgui.End()
    imgui.PopStyleColor(3)

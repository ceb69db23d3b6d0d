"""Finds the screen before DearPyGui does, which ends the whole process where there is none."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

_GLFW = Path((find_spec("glfw") or sys).origin or "").with_name("x11") / "libglfw.so"
if sys.platform == "linux" and _GLFW.exists():  # glfw would start another Python for each library that it finds
    os.environ.setdefault("PYGLFW_LIBRARY", str(_GLFW))

import glfw  # noqa: E402


class NoDisplayError(Exception):
    """No window can be opened on this machine, or not from this terminal."""


class Screen(NamedTuple):
    """The primary screen.

    Attributes:
        size: width and height in pixels, less the desktop's bars.
        scale: how many times as large as on an ordinary screen it asks for text and controls.
    """

    size: tuple[int, int]
    scale: float


@contextmanager
def usable_screen() -> Iterator[Screen]:
    """What there is of the primary screen, to which this process stays connected meanwhile.

    An X server without other clients starts anew when the last one leaves, and refuses who comes at that moment.

    Raises:
        NoDisplayError: there is no screen, or no OpenGL on it.
    """
    glfw.ERROR_REPORTING = "ignore"  # the exception below says it in words
    if sys.platform == "linux":
        glfw.init_hint(glfw.PLATFORM, glfw.PLATFORM_X11)  # the only one that DearPyGui speaks there
    if not glfw.init():
        raise NoDisplayError("there is no display to open the panel on; use --headless, or set DISPLAY")
    try:
        monitor = glfw.get_primary_monitor()
        glfw.window_hint(glfw.VISIBLE, glfw.FALSE)
        window = glfw.create_window(64, 64, "", None, None)
        if not monitor or not window:
            raise NoDisplayError("the display has no screen with OpenGL for the panel; use --headless")
        _, _, width, height = glfw.get_monitor_workarea(monitor)
        scale, _ = glfw.get_monitor_content_scale(monitor)
        yield Screen((width, height), scale if sys.platform == "linux" else 1.0)  # macOS counts in points
    finally:
        glfw.terminate()

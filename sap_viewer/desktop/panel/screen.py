"""Finds the screen before DearPyGui does, which ends the whole process where there is none."""

import sys

import glfw


class NoDisplayError(Exception):
    """No window can be opened on this machine, or not from this terminal."""


def usable_screen() -> tuple[int, int]:
    """Width and height in pixels of the primary screen, less the desktop's bars.

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
        return width, height
    finally:
        glfw.terminate()

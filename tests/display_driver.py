"""A person at the display: mouse, keyboard and the close button, on the display that the environment names."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PIL import Image, ImageGrab
from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage

T = TypeVar("T")


@contextmanager
def virtual_screen(size: str) -> Iterator[str]:
    """A screen of its own, such as "1920x1080", while the context lasts; the name that DISPLAY has to have for it."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{size}x24", "-noreset", "+extension", "GLX"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        number = server.stdout.readline().strip()
        assert number, f"Xvfb did not start: {' '.join(command)}"
        try:
            yield f":{number}"
        finally:
            server.terminate()


def wait_for(look: Callable[[], T | None], what: str, *, timeout: float = 15.0) -> T:
    """Look until there is something to see; fails after the timeout in seconds."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        seen = look()
        if seen is not None:
            return seen
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come within {timeout:g} s")


def find_window(title: str) -> int:
    """The window whose title matches; waits for it."""

    def look() -> int | None:
        found = subprocess.run(["xdotool", "search", "--name", title], capture_output=True, text=True, check=False)
        return int(found.stdout.split()[-1]) if found.stdout.split() else None

    return wait_for(look, f"a window named {title}")


def window_corner(window: int) -> tuple[int, int]:
    """The upper left corner of the window's inside, in pixels of the screen."""
    answer = _xdotool("getwindowgeometry", "--shell", window)
    geometry = dict(line.split("=") for line in answer.splitlines())
    return int(geometry["X"]), int(geometry["Y"])


def move_window(window: int, x: int, y: int) -> None:
    """Put the window's upper left corner at this pixel of the screen."""
    _xdotool("windowmove", window, x, y)


def move(x: float, y: float) -> None:
    """Move the mouse to a pixel of the screen."""
    _xdotool("mousemove", round(x), round(y))


def click(x: float, y: float, *, holding: str = "") -> None:
    """Press and release the left button there, while a key is held."""
    move(x, y)
    if not holding:
        _xdotool("click", 1)
        return
    _xdotool("keydown", holding)
    time.sleep(0.1)
    _xdotool("click", 1)
    time.sleep(0.1)
    _xdotool("keyup", holding)


def press_button() -> None:
    """Hold the left button down."""
    _xdotool("mousedown", 1)


def release_button() -> None:
    """Let the left button go."""
    _xdotool("mouseup", 1)


def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag with the left button from one pixel to another, no faster than a hand would."""
    move(*start)
    for act in (press_button, lambda: move(*end), release_button):
        time.sleep(0.2)
        act()


def shake(start: tuple[float, float], end: tuple[float, float], *, times: int) -> None:
    """Move the mouse to and fro between two pixels, as fast as events go; it ends at the second."""
    words: list[str | float] = []
    for place in (start, end) * times:
        words += ["mousemove", round(place[0]), round(place[1]), "sleep", "0.01"]
    _xdotool(*words)


def scroll_down(clicks: int) -> None:
    """Turn the wheel where the mouse is, no faster than a hand would; up, where the number is negative."""
    _xdotool("click", "--repeat", abs(clicks), "--delay", 100, 5 if clicks > 0 else 4)


def press_key(name: str) -> None:
    """Press and release a key, named as xdotool does, after its modifiers, as slowly as a hand does that is sure."""
    *modifiers, key = name.split("+")
    for modifier in modifiers:
        _xdotool("keydown", modifier, "sleep", 0.2)
    _xdotool("key", "--delay", 100, key)
    for modifier in reversed(modifiers):
        _xdotool("sleep", 0.2, "keyup", modifier, "sleep", 0.2)


def press_within_a_frame(name: str, *, of: int) -> None:
    """Press a key after its modifiers and let all of them go while the process draws one slow frame."""
    *modifiers, key = name.split("+")
    for modifier in modifiers:
        _xdotool("keydown", modifier)
    time.sleep(0.5)
    os.kill(of, signal.SIGSTOP)
    _xdotool("keydown", key)
    for down in (*modifiers, key):
        _xdotool("keyup", down)
    os.kill(of, signal.SIGCONT)


def type_text(text: str) -> None:
    """Type the text where the keyboard goes."""
    _xdotool("type", "--delay", 20, text)


def set_dpi(dpi: int) -> None:
    """Let the display ask for text as large as on a screen of so many dots per inch; 96 is ordinary."""
    display = Display()
    resources = f"Xft.dpi:\t{dpi}\n".encode()
    display.screen().root.change_property(Xatom.RESOURCE_MANAGER, Xatom.STRING, 8, resources)
    display.sync()
    display.close()


def screenshot() -> Image.Image:
    """What the whole screen shows."""
    return ImageGrab.grab(xdisplay=os.environ["DISPLAY"])


def close_window(window: int) -> None:
    """Ask the window to close, as its close button does."""
    display = Display()
    target = display.create_resource_object("window", window)
    request = [display.intern_atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]
    target.send_event(ClientMessage(window=target, client_type=display.intern_atom("WM_PROTOCOLS"), data=(32, request)))
    display.sync()
    display.close()


def _xdotool(*words: str | float) -> str:
    return subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=True).stdout

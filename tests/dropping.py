"""Files dragged from another program and dropped on a window, by the XDND protocol (version 5)."""

import time
from pathlib import Path

from Xlib import X
from Xlib.display import Display
from Xlib.protocol.event import ClientMessage, SelectionNotify


def drop_files(window: int, *paths: Path, timeout: float = 10.0) -> None:
    """Drop the files together on the middle of the window; returns when the window has taken them."""
    display = Display()
    try:
        _Drag(display, window, paths).drop(time.monotonic() + timeout)
    finally:
        display.close()


class _Drag:
    def __init__(self, display: Display, window: int, paths: tuple[Path, ...]) -> None:
        self._display = display
        self._target = display.create_resource_object("window", window)
        self._source = display.screen().root.create_window(0, 0, 1, 1, 0, display.screen().root_depth)
        self._uri_list = self._atom("text/uri-list")
        self._contents = "".join(f"{path.resolve().as_uri()}\r\n" for path in paths).encode()

    def drop(self, deadline: float) -> None:
        self._source.set_selection_owner(self._atom("XdndSelection"), X.CurrentTime)
        self._tell("XdndEnter", 5 << 24, self._uri_list, 0, 0)
        middle = self._target.get_geometry()
        corner = self._target.translate_coords(self._display.screen().root, 0, 0)
        x, y = middle.width // 2 - corner.x, middle.height // 2 - corner.y
        self._tell("XdndPosition", 0, x << 16 | y, X.CurrentTime, self._atom("XdndActionCopy"))
        self._await("XdndStatus", deadline)
        self._tell("XdndDrop", 0, X.CurrentTime, 0, 0)
        self._await("XdndFinished", deadline)

    def _await(self, name: str, deadline: float) -> None:
        """Answer what the target asks until it says this."""
        while time.monotonic() < deadline:
            if not self._display.pending_events():
                time.sleep(0.01)
                continue
            event = self._display.next_event()
            if event.type == X.SelectionRequest:
                event.requestor.change_property(event.property, self._uri_list, 8, self._contents)
                event.requestor.send_event(
                    SelectionNotify(
                        time=event.time,
                        requestor=event.requestor,
                        selection=event.selection,
                        target=event.target,
                        property=event.property,
                    )
                )
                self._display.flush()
            elif event.type == X.ClientMessage and event.client_type == self._atom(name):
                return
        raise AssertionError(f"the window did not answer {name} to a dropped file")

    def _tell(self, name: str, *data: int) -> None:
        message = ClientMessage(window=self._target, client_type=self._atom(name), data=(32, [self._source.id, *data]))
        self._target.send_event(message)
        self._display.flush()

    def _atom(self, name: str) -> int:
        return self._display.intern_atom(name)

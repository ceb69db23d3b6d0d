"""Both windows of the live form: opened, served until one of them is closed, and ended."""

import time
from collections.abc import Callable

from sap_viewer import commands
from sap_viewer.desktop.app import App
from sap_viewer.desktop.greeting import PanelImpossible, PanelReady, PlacePanel
from sap_viewer.desktop.layout import arrange
from sap_viewer.desktop.panel_link import PanelLink
from sap_viewer.desktop.verdict import await_load, memory_is_in_doubt
from sap_viewer.desktop.window_memory import WindowMemory
from sap_viewer.exit_codes import DONE, FAILED, INTERRUPTED
from sap_viewer.interrupt import deferred_interrupt
from sap_viewer.options import Options
from sap_viewer.process import ChildProcess
from sap_viewer.session import Session
from sap_viewer.view import NoDisplayError, load_renderer, open_view

_PANEL_START_S = 20.0


def run(session: Session, load: Callable[[], commands.Load | None], options: Options) -> int:
    """Open both windows and serve them until one of them is closed or Ctrl-C is pressed.

    Args:
        session: with an engine that has no scan yet.
        load: reads the scan, while the panel starts; None for none.
        options: of the command line.

    Returns:
        The exit code of the program.

    Raises:
        RendererError: there is no display.
        InputError: the scan cannot be used, or needs more memory than there is.
    """
    panel = ChildProcess("sap_viewer.desktop.panel")
    try:
        scan = load()
        if scan is not None:
            session.send(scan)
            if memory_is_in_doubt(scan.settings):
                await_load(session)
        load_renderer()
        memory = WindowMemory()
        last = memory.remembered
        ready = _await_screen(panel)
        scale = options.ui_scale or ready.scale
        view_place, panel_place = arrange(ready.screen, view_size=last.view_size, panel=last.panel, scale=scale)
        size, up = (view_place.width, view_place.height), options.up_axis(options.scan)
        view = open_view(windowed=True, size=size, up=up, scale=scale)
        panel.send(PlacePanel(*panel_place, scroll=last.panel_scroll, scale=scale))
        app = App(session, view, PanelLink(panel), options, memory)
        with deferred_interrupt() as interrupt:
            try:
                while app.turn() and not interrupt.requested:
                    pass
            finally:
                app.finish()
        if interrupt.requested:
            return INTERRUPTED
        return FAILED if app.failed else DONE
    finally:
        panel.close()


def _await_screen(panel: ChildProcess) -> PanelReady:
    """The screen, as the panel finds it."""
    deadline = time.monotonic() + _PANEL_START_S
    while panel.alive and time.monotonic() < deadline:
        for message in panel.receive():
            if isinstance(message, PanelReady):
                return message
            if isinstance(message, PanelImpossible):
                raise NoDisplayError(message.reason)
        time.sleep(0.005)
    raise NoDisplayError("the panel did not open; --headless works without windows")

"""The panel's loop: states in, a frame, actions out."""

import time

import dearpygui.dearpygui as dpg

from sap_viewer.channel import Channel
from sap_viewer.desktop.greeting import PlacePanel
from sap_viewer.desktop.messages import Locate, PanelClosed, PanelState, ShowDialog, StateShown
from sap_viewer.desktop.panel.window import Panel

FRAME = 1 / 30  # seconds between two frames
IDLE_FRAME = 1 / 10  # while nothing arrives and nobody touches the panel
AWAKE = 1.0  # seconds of full frame rate after a touch


def serve(place: PlacePanel, channel: Channel) -> None:
    """Show the panel there until its user or the main process ends it.

    Raises:
        EOFError, ConnectionError: the main process is gone.
    """
    dpg.create_context()
    try:
        panel = Panel(place, channel.send)
        _show(panel, channel)
        channel.send(PanelClosed())
    finally:
        dpg.destroy_context()


def _show(panel: Panel, channel: Channel) -> None:
    """Draw until the user closes the window.

    Raises:
        EOFError, ConnectionError: the main process is gone.
    """
    touched = time.monotonic()
    while dpg.is_dearpygui_running():
        started = time.monotonic()
        state: PanelState | None = None
        sought: list[Locate] = []
        while channel.poll():
            message = channel.receive()
            match message:
                case Locate():
                    sought.append(message)
                case ShowDialog():
                    panel.show(message)
                case _:
                    state = message
        if state is not None:
            panel.update(state)
            channel.send(StateShown())
        if panel.draw():
            touched = started
        for question in sought:
            channel.send(panel.locate(question.tag, reveal=question.reveal))
        time.sleep(max(0.0, started + FRAME - time.monotonic()))
        if started - touched > AWAKE:
            channel.poll(IDLE_FRAME - FRAME)  # a message ends the pause early

"""Run, pause, step, resample, reset, and restart after the engine's death."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.commands import Pause, Resample, Reset, Start, Step
from sap_viewer.desktop.messages import Action, PanelState, RestartEngine
from sap_viewer.desktop.panel.theme import Theme
from sap_viewer.desktop.panel.widgets import button, enable

RUN_WIDTH = 142  # pixels


class TransportSection:
    """The buttons that move the run along; the keys call the same methods."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._running = False
        self._usable = False
        with dpg.group(horizontal=True):
            with dpg.group():  # one of the two is shown
                self._run = button(
                    "Run", tag="run", width=RUN_WIDTH, tip="Run or pause. Key: space.", press=self.run_or_pause
                )
                self._restart = button(
                    "Restart engine",
                    tag="restart",
                    width=RUN_WIDTH,
                    tip="Start a new engine, which goes on from the last published points.",
                    press=lambda: send(RestartEngine()),
                )
            self._step = button("Step", tag="step", width=64, tip="Take one step, then pause. Key: s.", press=self.step)
            self._resample = button(
                "Resample",
                tag="resample",
                width=86,
                tip="Draw the oriented points afresh from the mesh, without its stray pieces.",
                press=lambda: send(Resample()),
            )
            self._reset = button(
                "Reset",
                tag="reset",
                tip="Start over from step 0, with the settings as they are. Key: r.",
                press=self.reset,
            )
        for item in (self._run, self._restart):
            dpg.bind_item_theme(item, theme.primary)

    def run_or_pause(self) -> None:
        """Pause a running engine, start any other."""
        if self._usable:
            self._send(Pause() if self._running else Start())

    def step(self) -> None:
        """One step, then pause."""
        if self._usable:
            self._send(Step())

    def reset(self) -> None:
        """Back to step 0."""
        if self._usable:
            self._send(Reset())

    def update(self, state: PanelState) -> None:
        """Offer what the engine can do in this state."""
        self._running = state.status in ("running", "busy")
        self._usable = state.engine_alive and state.status != "empty"
        dpg.configure_item(self._run, label="Pause" if self._running else "Run", show=state.engine_alive)
        dpg.configure_item(self._restart, show=not state.engine_alive)
        for item in (self._run, self._step, self._reset):
            enable(item, self._usable)
        enable(self._resample, self._usable and state.faces > 0)

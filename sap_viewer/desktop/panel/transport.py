"""Run, pause, step, reset; other points or normals; undo and redo; and restart after the engine's death."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.commands import Flip, Pause, Reorient, Resample, Reset, Start, Step
from sap_viewer.desktop.messages import Action, PanelState, RedoSetting, RestartEngine, UndoSetting
from sap_viewer.desktop.panel.theme import Item, Theme
from sap_viewer.desktop.panel.widgets import button, enable, hint

RUN_WIDTH = 142  # pixels, like that below
HALF_WIDTH = 67
UNDO_TIP = "Take the last change of a setting or crop back{}. Key: Ctrl+Z."
REDO_TIP = "Set again what was taken back{}. Key: Ctrl+Shift+Z."


class TransportSection:
    """The buttons that move the run along; the keys call the same methods."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._running = False
        self._usable = self._has_mesh = False
        self._undoable = self._redoable = ""
        with dpg.group(horizontal=True):
            with dpg.group() as self._alive:  # one of the two is shown, with its tooltip
                self._run = button(
                    "Run",
                    tag="run",
                    width=RUN_WIDTH,
                    tip="Run or pause. After the end of the schedule a run goes on with its last values, as long as "
                    "wanted. Key: space.",
                    press=self.run_or_pause,
                )
            with dpg.group() as self._dead:
                restart = button(
                    "Restart engine",
                    tag="restart",
                    width=RUN_WIDTH,
                    tip="Start a new engine, which goes on from the last published points.",
                    press=lambda: send(RestartEngine()),
                )
            self._step = button("Step", tag="step", width=64, tip="Take one step, then pause. Key: s.", press=self.step)
            self._reset = button(
                "Reset",
                tag="reset",
                tip="Start over from step 0, with the settings as they are. Key: r.",
                press=self.reset,
            )
        with dpg.group(horizontal=True):
            self._undo: Item = dpg.add_button(label="Undo", tag="undo", width=HALF_WIDTH, callback=lambda: self.undo())
            self._undo_tip = hint(self._undo, UNDO_TIP.format(""))
            self._redo: Item = dpg.add_button(label="Redo", tag="redo", width=HALF_WIDTH, callback=lambda: self.redo())
            self._redo_tip = hint(self._redo, REDO_TIP.format(""))
            self._resample = button(
                "Resample",
                tag="resample",
                width=86,
                tip="Draw the oriented points afresh from the mesh, without its stray pieces. Key: d.",
                press=self.resample,
            )
            self._reorient = button(
                "Re-orient",
                tag="reorient",
                width=86,
                tip="Solve for the normals of the oriented points anew, from where the points lie alone. Key: n.",
                press=self.reorient,
            )
            self._flip = button(
                "Flip",
                tag="flip",
                tip="Turn all normals inside out, for a surface whose inside and outside are mixed up. Key: f.",
                press=self.flip,
            )
        for item in (self._run, restart):
            dpg.bind_item_theme(item, theme.primary)
        dpg.configure_item(self._dead, show=False)

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

    def resample(self) -> None:
        """Other points."""
        if self._usable and self._has_mesh:
            self._send(Resample())

    def reorient(self) -> None:
        """Other normals."""
        if self._usable:
            self._send(Reorient())

    def flip(self) -> None:
        """The normals inside out."""
        if self._usable:
            self._send(Flip())

    def undo(self) -> None:
        """Take a setting back, if one was changed."""
        if self._usable and self._undoable:
            self._send(UndoSetting())

    def redo(self) -> None:
        """Set again what was taken back."""
        if self._usable and self._redoable:
            self._send(RedoSetting())

    def update(self, state: PanelState) -> None:
        """Offer what the engine can do in this state."""
        self._running = state.status == "running"
        self._usable = state.steerable
        self._has_mesh = state.faces > 0
        self._undoable, self._redoable = state.undoable, state.redoable
        label = "Pause" if self._running else "Continue past end" if state.status == "finished" else "Run"
        dpg.configure_item(self._run, label=label)
        dpg.configure_item(self._alive, show=state.engine_alive)
        dpg.configure_item(self._dead, show=not state.engine_alive)
        for item in (self._run, self._step, self._reset, self._reorient, self._flip):
            enable(item, self._usable)
        enable(self._resample, self._usable and self._has_mesh)
        enable(self._undo, self._usable and bool(self._undoable))
        enable(self._redo, self._usable and bool(self._redoable))
        dpg.set_value(self._undo_tip, UNDO_TIP.format(f": {self._undoable}" if self._undoable else ""))
        dpg.set_value(self._redo_tip, REDO_TIP.format(f": {self._redoable}" if self._redoable else ""))

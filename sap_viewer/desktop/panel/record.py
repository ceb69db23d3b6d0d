"""The video: where it goes, from where it is seen, how often a frame comes, and how far it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from sap_core.validate.error import InputError
from sap_viewer.controls import controls_of
from sap_viewer.desktop.messages import Action, PanelState, Record, RecordPast, SetRecording
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.output_row import WIDTHS, OutputRow
from sap_viewer.desktop.panel.theme import DIM, WARNING, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, enable, gap, heading, hint
from sap_viewer.output.recorder import VIDEO_SUFFIXES
from sap_viewer.output.recording import Recording, check_recording
from sap_viewer.scene.view_options import Solid

PATHS = {"as the window": "view", "fixed": "fixed", "turntable": "turntable"}
RATES = UPDATES, STEPS, SECONDS = ["each update", "every n steps", "every n seconds"]
SIZES = {"as the window": None, "1280 x 720": (1280, 720), "1920 x 1080": (1920, 1080), "3840 x 2160": (3840, 2160)}
LAYERS: dict[str, tuple[Solid, ...]] = {
    "as the window": (),
    "mesh": ("mesh",),
    "mesh, points": ("mesh", "points"),
    "mesh, scan": ("mesh", "scan"),
    "points": ("points",),
}
CONTROLS = {control.name: control for control in controls_of(Recording)}
TIPS = {name: control.tooltip for name, control in CONTROLS.items()}
TIPS["video_rate"] = TIPS["video_every"] = f"{TIPS['video_steps']}\n{TIPS['video_seconds']}"
MEGABYTE = 1e6
USUAL_STEPS, USUAL_SECONDS = 1, 1.0


@dataclass(frozen=True)
class _Row:
    """A choice, a number that goes with it, and the number's unit."""

    choice: Item
    number: Item
    unit: Item


class RecordSection:
    """How the next video is recorded, and the button that starts and ends it."""

    def __init__(self, theme: Theme, send: Callable[[Action], None], *, redirect: Callable[[Path], None]) -> None:
        self._theme = theme
        self._send = send
        self._how = Echoed(Recording())
        self._recordable = self._recording = False
        gap()
        heading("Record", theme)
        with columns(*WIDTHS):
            self._video = OutputRow(
                "Video",
                tag="video",
                suffixes=VIDEO_SUFFIXES,
                tip="Record the 3D window, or finish the recording. Key: v.",
                press=self.record_or_stop,
                redirect=redirect,
            )
            with dpg.table_row():
                dpg.add_text("of the past", color=DIM, indent=8)
                self._past: Item = dpg.add_text(tag="video_past", color=DIM)
                dpg.add_text()
                self._make = button(
                    "Make",
                    tag="record_past",
                    tip="Make the video after the fact, of the states that the timeline has kept.",
                    press=lambda: send(RecordPast()),
                )
            with dpg.table_row():
                dpg.add_text("Layers")
                self._layers: Item = dpg.add_combo(
                    list(LAYERS),
                    tag="video_layers",
                    width=-1,
                    callback=lambda _, name: self._set(video_layers=LAYERS[name]),
                )
                hint(self._layers, TIPS["video_layers"])
            self._from = self._row("video_camera", "Seen from", list(PATHS), "video_turn", self._choose_path)
            self._frame = self._row("video_rate", "A frame", RATES, "video_every", self._choose_rate)
            self._size = self._row("video_size", "Size", list(SIZES), "fps", self._choose_size)
        with dpg.group(horizontal=True):
            self._title: Item = dpg.add_checkbox(
                label="title", tag="video_title", callback=lambda _, on: self._set(video_title=on)
            )
            hint(self._title, CONTROLS["video_title"].tooltip)
            self._progress: Item = dpg.add_text(tag="video_progress", color=DIM)
        self._refusal: Item = dpg.add_text(tag="video_refusal", color=WARNING, wrap=0, show=False)

    @property
    def path(self) -> OutputRow:
        """The row of the file."""
        return self._video

    def record_or_stop(self) -> None:
        """Start the recording, or finish it."""
        if self._recordable:
            self._send(Record(not self._recording))

    def update(self, state: PanelState) -> None:
        """Show how it is recorded, and how far it is."""
        self._how.hear(state.recorder, run=state.run)
        self._recordable = state.recordable
        self._recording = state.recording
        self._video.show(state.outputs.video, usable=self._recordable)
        self._video.lock(state.recording)
        dpg.configure_item(self._video.button, label="Stop" if state.recording else "Record")
        dpg.bind_item_theme(self._video.button, self._theme.recording if state.recording else 0)
        seconds = state.frames / self._how.value.fps
        size = state.video_bytes / MEGABYTE
        of_all = f" of {state.frames_total:,}" if state.frames_total else ""
        progress = f"{state.frames:,}{of_all} frames, {seconds:.1f} s, {size:.1f} MB" if state.recording else ""
        dpg.set_value(self._progress, progress)
        for row in (self._from, self._frame, self._size):
            for item in (row.choice, row.number):
                enable(item, not state.recording)
        for item in (self._title, self._layers):
            enable(item, not state.recording)
        enable(self._make, not state.recording and len(state.kept_steps) > 0)
        dpg.set_value(self._past, f"{len(state.kept_steps):,} states")
        if state.recording:
            self._refuse("")
        self._show()

    def _refuse(self, sentence: str) -> None:
        """Say why what was typed does not hold; nothing while it does."""
        if sentence and not dpg.get_value(self._refusal):
            dpg.set_y_scroll(dpg.get_item_parent(self._refusal), -1.0)  # to the end, which this is
        dpg.set_value(self._refusal, sentence)
        dpg.configure_item(self._refusal, show=bool(sentence))

    def _show(self) -> None:
        how = self._how.value
        dpg.set_value(self._from.choice, next(name for name, path in PATHS.items() if path == how.video_camera))
        self._show_number(self._from, how.video_turn, "s a turn", shown=how.video_camera == "turntable")
        by_steps, by_seconds = how.video_steps is not None, how.video_seconds is not None
        dpg.set_value(self._frame.choice, STEPS if by_steps else SECONDS if by_seconds else UPDATES)
        every = how.video_steps if by_steps else how.video_seconds
        self._show_number(self._frame, every or 0, "steps" if by_steps else "s", shown=by_steps or by_seconds)
        size = next((name for name, size in SIZES.items() if size == how.video_size), None)
        dpg.set_value(self._size.choice, size or "{} x {}".format(*how.video_size or ()))
        self._show_number(self._size, how.fps, "frames / s", shown=True)
        layers = next((name for name, layers in LAYERS.items() if layers == how.video_layers), None)
        dpg.set_value(self._layers, layers or ", ".join(how.video_layers))
        dpg.set_value(self._title, how.video_title)

    def _show_number(self, row: _Row, value: float, unit: str, *, shown: bool) -> None:
        dpg.configure_item(row.number, show=shown)
        dpg.set_value(row.unit, unit if shown else "")
        if not dpg.is_item_active(row.number):
            dpg.set_value(row.number, float(value))

    def _row(self, tag: str, label: str, choices: list[str], number: str, choose: Callable[[str], None]) -> _Row:
        with dpg.table_row():
            dpg.add_text(label)
            choice: Item = dpg.add_combo(choices, tag=tag, width=-1, callback=lambda _, chosen: choose(chosen))
            hint(choice, TIPS[tag])
            field: Item = dpg.add_input_double(
                tag=number,
                width=-1,
                step=0,
                format="%g",
                on_enter=False,
                callback=lambda _, value: self._choose_number(number, value),
            )
            hint(
                field,
                CONTROLS[number].tooltip if number in CONTROLS else f"How many. {CONTROLS['video_steps'].tooltip}",
            )
            unit: Item = dpg.add_text(color=DIM)
        return _Row(choice, field, unit)

    def _choose_path(self, chosen: str) -> None:
        self._set(video_camera=PATHS[chosen])

    def _choose_rate(self, chosen: str) -> None:
        self._set(
            video_steps=USUAL_STEPS if chosen == STEPS else None,
            video_seconds=USUAL_SECONDS if chosen == SECONDS else None,
        )

    def _choose_size(self, chosen: str) -> None:
        self._set(video_size=SIZES[chosen])

    def _choose_number(self, name: str, value: float) -> None:
        """A number that is typed holds as soon as it can be recorded with; until then it is said why it cannot."""
        if name == "video_every":
            name = "video_steps" if self._how.value.video_steps is not None else "video_seconds"
        number = CONTROLS[name].kind(value)
        self._set(**{name: number if number == value else value})

    def _set(self, **changes: Any) -> None:
        wanted = replace(self._how.value, **changes)
        try:
            check_recording(wanted)
        except InputError as error:
            self._refuse(str(error))
            return
        self._refuse("")
        self._how.change(wanted)
        self._send(SetRecording(self._how.value))
        self._show()

"""The files that are read and written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import dearpygui.dearpygui as dpg

from sap_core.io import CLOUD_SUFFIXES, FIELD_SUFFIXES, MESH_SUFFIXES
from sap_viewer.desktop.messages import (
    Action,
    Export,
    MeshTrim,
    OpenScan,
    Outputs,
    PanelState,
    Record,
    Resume,
    SetOutputs,
)
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.output_row import WIDTHS, OutputRow
from sap_viewer.desktop.panel.path_field import PathField
from sap_viewer.desktop.panel.theme import DIM, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, enable, gap, heading, hint
from sap_viewer.recorder import VIDEO_SUFFIXES

SCAN_TIP = "Scan to open: .ply .obj .stl .off .glb .xyz .txt .pts .csv .npy .npz .las .laz"
NOWHERE = Outputs(Path("mesh.ply"), Path("cloud.ply"), Path("field.vti"), Path("run.npz"), Path("video.mp4"))
TRIM_TIP = (
    "Of the mesh that is exported: as it is shown, 'auto' cut off where it is far from the scan and so invented, or "
    "'off', closed."
)


class FilesSection:
    """A row for the scan and for each output: its path, its format, and the button that reads or writes it."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._theme = theme
        self._send = send
        self._outputs = Echoed(NOWHERE)
        self._exportable = self._recordable = self._recording = False
        gap()
        heading("Files", theme)
        with columns(*WIDTHS):
            with dpg.table_row():
                dpg.add_text("Scan")
                self._scan = PathField(tag="scan.path", tip=SCAN_TIP, placeholder="path of a scan", entered=self.open)
                dpg.add_text()
                button("Open", tag="open", tip="Load this scan and start it from step 0.", press=self.open)
            self._mesh = self._row(
                "mesh", "Mesh", MESH_SUFFIXES, "Write the mesh, in the scan's coordinates. Key: e.", self.export_mesh
            )
            with dpg.table_row():
                dpg.add_text("cut off", color=DIM, indent=8)
                self._trim: Item = dpg.add_combo(
                    list(get_args(MeshTrim)), tag="mesh.trim", width=-1, callback=lambda _, trim: self._set(trim=trim)
                )
                hint(self._trim, TRIM_TIP)
            self._cloud = self._row(
                "cloud",
                "Points",
                CLOUD_SUFFIXES,
                "Write the oriented points, in the scan's coordinates.",
                lambda: send(Export("cloud")),
            )
            self._field = self._row(
                "field",
                "Field",
                FIELD_SUFFIXES,
                "Write the indicator field on the nodes of the grid: negative inside. ParaView opens .vti.",
                lambda: send(Export("field")),
            )
            with dpg.table_row():
                dpg.add_text("Checkpoint")
                self._checkpoint = PathField(
                    tag="checkpoint.path",
                    tip="Where the state of the run is kept: .npz",
                    edited=self._redirection("checkpoint"),
                )
                self._resume = button(
                    "Load",
                    tag="resume",
                    tip="Continue the scan shown from this checkpoint of it, with its settings.",
                    press=lambda: send(Resume(self._outputs.value.checkpoint)),
                )
                self._keep = button(
                    "Save",
                    tag="export_checkpoint",
                    tip="Write the state of the run, from which Load or --resume continues.",
                    press=lambda: send(Export("checkpoint")),
                )
            self._video = self._row(
                "video",
                "Video",
                VIDEO_SUFFIXES,
                "Record the 3D window, or finish the recording; counts its frames. Key: v.",
                self.record_or_stop,
            )

    def open(self) -> None:
        """Load the scan whose path is written."""
        if self._scan.path:
            self._send(OpenScan(self._scan.path))

    @property
    def editing(self) -> bool:
        """The user is writing a path."""
        written = (row.path for row in (self._mesh, self._cloud, self._field, self._video))
        return any(field.active for field in (self._scan, self._checkpoint, *written))

    def export_mesh(self) -> None:
        """Write the mesh, if there is one."""
        if self._exportable:
            self._send(Export("mesh"))

    def record_or_stop(self) -> None:
        """Start the recording, or finish it."""
        if self._recordable:
            self._send(Record(not self._recording))

    def update(self, state: PanelState) -> None:
        """Show the paths, and offer what can be written."""
        self._outputs.hear(state.outputs, run=state.run)
        self._exportable = state.faces > 0
        self._recordable = state.recording or state.status != "empty"
        self._recording = state.recording
        outputs = self._outputs.value
        working = self._exportable and state.engine_alive
        self._mesh.show(outputs.mesh, usable=self._exportable)
        self._cloud.show(outputs.cloud, usable=state.points > 0)
        self._field.show(outputs.field, usable=working)
        self._video.show(outputs.video, usable=self._recordable)
        self._video.path.enable(not state.recording)
        self._checkpoint.show(outputs.checkpoint)
        for item in (self._trim, self._keep, self._resume):
            enable(item, working)
        dpg.set_value(self._trim, outputs.trim)
        dpg.configure_item(self._video.button, label=f"Stop ({state.frames:,})" if state.recording else "Record")
        dpg.bind_item_theme(self._video.button, self._theme.recording if state.recording else 0)

    def _row(self, name: str, label: str, suffixes: tuple[str, ...], tip: str, press: Callable[[], None]) -> OutputRow:
        redirect = self._redirection(name)
        return OutputRow(label, tag=name, suffixes=suffixes, tip=tip, press=press, redirect=redirect)

    def _redirection(self, name: str) -> Callable[[Path], None]:
        return lambda path: self._set(**{name: path})

    def _set(self, **changes: Any) -> None:
        self._outputs.change(replace(self._outputs.value, **changes))
        self._send(SetOutputs(self._outputs.value))

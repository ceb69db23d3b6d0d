"""The files that are read and written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.messages import (
    Action,
    ExportCloud,
    ExportMesh,
    OpenScan,
    Outputs,
    PanelState,
    Record,
    SetOutputs,
)
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.path_field import PathField
from sap_viewer.desktop.panel.theme import Theme
from sap_viewer.desktop.panel.widgets import button, columns, enable, gap, heading

TIPS = {
    "scan": "Scan to open: .ply .obj .stl .off .glb .xyz .txt .pts .csv .npy .npz .las .laz",
    "mesh": "Where the mesh goes: .ply .obj .stl .off .glb",
    "cloud": "Where the oriented points go: .ply",
    "video": "Where the recording goes: .mp4 .gif",
}
NOWHERE = Outputs(mesh=Path("mesh.ply"), cloud=Path("cloud.ply"), video=Path("video.mp4"))  # until the first state


class FilesSection:
    """A row for the scan and for each output: its path, and the button that reads or writes it."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._theme = theme
        self._send = send
        self._outputs = Echoed(NOWHERE)
        self._exportable = self._recordable = self._recording = False
        gap()
        heading("Files", theme)
        with columns(44, None, 92):
            with dpg.table_row():
                dpg.add_text("Scan")
                self._scan = PathField(
                    tag="scan.path",
                    tip=TIPS["scan"],
                    placeholder="path of a scan",
                    entered=self.open,
                )
                button("Open", tag="open", tip="Load this scan and start it from step 0.", press=self.open)
            with dpg.table_row():
                dpg.add_text("Mesh")
                self._mesh = self._output("mesh")
                self._export_mesh = button(
                    "Export",
                    tag="export_mesh",
                    tip="Write the mesh, in the scan's coordinates. Key: e.",
                    press=self.export_mesh,
                )
            with dpg.table_row():
                dpg.add_text("Points")
                self._cloud = self._output("cloud")
                self._export_cloud = button(
                    "Export",
                    tag="export_cloud",
                    tip="Write the oriented points, in the scan's coordinates.",
                    press=lambda: send(ExportCloud()),
                )
            with dpg.table_row():
                dpg.add_text("Video")
                self._video = self._output("video")
                self._record = button(
                    "Record",
                    tag="record",
                    tip="Record the 3D window, or finish the recording; counts its frames. Key: v.",
                    press=self.record_or_stop,
                )

    @property
    def editing(self) -> bool:
        """The user is writing a path."""
        return any(field.active for field in (self._scan, self._mesh, self._cloud, self._video))

    def open(self) -> None:
        """Load the scan whose path is written."""
        if self._scan.path:
            self._send(OpenScan(self._scan.path))

    def export_mesh(self) -> None:
        """Write the mesh, if there is one."""
        if self._exportable:
            self._send(ExportMesh())

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
        for field, path in ((self._mesh, outputs.mesh), (self._cloud, outputs.cloud), (self._video, outputs.video)):
            field.show(path)
        self._video.enable(not state.recording)
        enable(self._export_mesh, self._exportable)
        enable(self._export_cloud, state.points > 0)
        enable(self._record, self._recordable)
        dpg.configure_item(self._record, label=f"Stop ({state.frames:,})" if state.recording else "Record")
        dpg.bind_item_theme(self._record, self._theme.recording if state.recording else 0)

    def _output(self, name: str) -> PathField:
        return PathField(tag=f"{name}.path", tip=TIPS[name], edited=lambda path: self._redirect(name, path))

    def _redirect(self, name: str, path: Path) -> None:
        self._outputs.change(replace(self._outputs.value, **{name: path}))
        self._send(SetOutputs(self._outputs.value))

"""The files that are read and written."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import dearpygui.dearpygui as dpg

from sap_core.io import CLOUD_SUFFIXES, FIELD_SUFFIXES, MESH_SUFFIXES
from sap_viewer.commands import SetReference
from sap_viewer.desktop.messages import (
    Action,
    Content,
    Export,
    MeshTrim,
    OpenScan,
    Outputs,
    PanelState,
    Resume,
    SeeFrom,
    SetOutputs,
)
from sap_viewer.desktop.panel.echoed import Echoed
from sap_viewer.desktop.panel.output_row import WIDTHS, OutputRow
from sap_viewer.desktop.panel.path_field import PathField
from sap_viewer.desktop.panel.record import RecordSection
from sap_viewer.desktop.panel.theme import DIM, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, enable, gap, heading, hint
from sap_viewer.output.export import PICTURE_SUFFIXES

SCAN_TIP = "Scan to open: .ply .obj .stl .off .glb .xyz .asc .txt .pts .csv .ptx .pcd .npy .npz .las .laz .e57"
NOWHERE = Outputs(  # until the first state
    mesh=Path("mesh.ply"),
    cloud=Path("cloud.ply"),
    field=Path("field.vti"),
    picture=Path("view.png"),
    camera=Path("camera.json"),
    checkpoint=Path("run.npz"),
    video=Path("video.mp4"),
)
SCALES = {f"{scale} x window": scale for scale in (1, 2, 3, 4)}
COMMAND_TIP = "Copy the command line that repeats this run, with its crops, and each change at its step."
TRIM_TIP = (
    "Of the mesh that is exported: as it is shown, 'auto' cut off where it is far from the scan and so invented, or "
    "'off', closed."
)


class FilesSection:
    """A row for the scan and for each output: its path, its format, and the button that reads or writes it."""

    def __init__(self, theme: Theme, send: Callable[[Action], None], *, choose_reference: Callable[[], None]) -> None:
        self._send = send
        self._outputs = Echoed(NOWHERE)
        self._exportable = False
        gap()
        heading("Files", theme)
        with columns(*WIDTHS):
            with dpg.table_row():
                dpg.add_text("Scan")
                self._scan = PathField(tag="scan.path", tip=SCAN_TIP, placeholder="path of a scan", entered=self.open)
                dpg.add_text()
                button("Open", tag="open", tip="Load this scan and start it from step 0.", press=self.open)
            with dpg.table_row():
                dpg.add_text("Reference")
                self._reference = PathField(
                    tag="reference.path",
                    tip=f"Mesh to compare with, the true surface in the scan's coordinates: {' '.join(MESH_SUFFIXES)}",
                    placeholder="path of a mesh",
                    entered=self.compare,
                )
                self._choose = button(
                    "Browse", tag="reference.browse", tip="Choose the mesh to compare with.", press=choose_reference
                )
                self._compare = button(
                    "Compare",
                    tag="compare",
                    tip="Measure how near the mesh is to this reference while the run goes on; without a path, stop.",
                    press=self.compare,
                )
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
            self._picture = self._row(
                "picture",
                "Picture",
                PICTURE_SUFFIXES,
                "Write a picture of the 3D window, in its size or drawn larger.",
                lambda: send(Export("picture")),
            )
            with dpg.table_row():
                dpg.add_text("size", color=DIM, indent=8)
                self._scale: Item = dpg.add_combo(
                    list(SCALES), tag="picture.scale", width=-1, callback=lambda _, name: self._set(scale=SCALES[name])
                )
                hint(self._scale, "Of the picture: once to four times the window's. Larger ones are drawn anew.")
                self._text: Item = dpg.add_checkbox(
                    label="text", tag="picture.text", callback=lambda _, on: self._set(text=on)
                )
                hint(self._text, "Show the caption in the picture.")
            self._camera = self._stored(
                "camera",
                "Camera",
                "Where the camera is kept: .json, in the scan's coordinates",
                load=("see_from", "Let the 3D window see the scan from this camera. Also: --camera.", SeeFrom),
                save="Keep from where the 3D window sees the scan.",
            )
            self._checkpoint = self._stored(
                "checkpoint",
                "Checkpoint",
                "Where the state of the run is kept: .npz",
                load=("resume", "Continue the scan shown from this checkpoint of it, with its settings.", Resume),
                save="Write the state of the run, from which Load or --resume continues.",
            )
            with dpg.table_row():
                dpg.add_text("Command")
                self._command: Item = dpg.add_input_text(tag="command", width=-1, readonly=True)
                self._whole_command = hint(self._command, COMMAND_TIP)
                dpg.add_text()
                button("Copy", tag="copy_command", tip=COMMAND_TIP, press=self._copy)
        self._video = RecordSection(theme, send, redirect=self._redirection("video"))

    def open(self) -> None:
        """Load the scan whose path is written."""
        if self._scan.path:
            self._send(OpenScan(self._scan.path))

    def compare(self) -> None:
        """Take the mesh whose path is written as reference, or none."""
        path = self._reference.path
        self._send(SetReference(path, path.name if path else ""))

    def refer_to(self, path: Path) -> None:
        """Take this mesh as reference."""
        self._reference.show(path)
        self.compare()

    @property
    def editing(self) -> bool:
        """The user is writing a path."""
        written = (row.path for row in (self._mesh, self._cloud, self._field, self._picture, self._video.path))
        return any(
            field.active for field in (self._scan, self._reference, self._camera.path, self._checkpoint.path, *written)
        )

    def export_mesh(self) -> None:
        """Write the mesh, if there is one."""
        if self._exportable:
            self._send(Export("mesh"))

    def record_or_stop(self) -> None:
        """Start the recording, or finish it."""
        self._video.record_or_stop()

    def update(self, state: PanelState) -> None:
        """Show the paths, and offer what can be written."""
        self._outputs.hear(state.outputs, run=state.run)
        self._exportable = state.exportable
        outputs = self._outputs.value
        working = self._exportable and state.steerable
        self._mesh.show(outputs.mesh, usable=self._exportable)
        self._cloud.show(outputs.cloud, usable=state.points > 0)
        self._field.show(outputs.field, usable=working)
        self._picture.show(outputs.picture, usable=True)
        self._camera.show(outputs.camera, usable=state.points > 0)
        self._checkpoint.show(outputs.checkpoint, usable=working)
        for item in (self._choose, self._compare, self._trim):
            enable(item, working)
        dpg.set_value(self._trim, outputs.trim)
        dpg.set_value(self._scale, next(name for name, scale in SCALES.items() if scale == outputs.scale))
        dpg.set_value(self._text, outputs.text)
        dpg.set_value(self._command, state.command)
        dpg.set_value(self._whole_command, f"{COMMAND_TIP}\n{state.command}")
        self._video.update(replace(state, outputs=outputs))

    def _copy(self) -> None:
        dpg.set_clipboard_text(dpg.get_value(self._command))

    def _stored(
        self, name: Content, label: str, tip: str, *, load: tuple[str, str, Callable[[Path], Action]], save: str
    ) -> "_StoredRow":
        tag, load_tip, action = load
        redirect = self._redirection(name)
        with dpg.table_row():
            dpg.add_text(label)
            path = PathField(tag=f"{name}.path", tip=tip, edited=redirect)
            loads = button(
                "Load", tag=tag, tip=load_tip, press=lambda: self._send(action(getattr(self._outputs.value, name)))
            )
            saves = button("Save", tag=f"export_{name}", tip=save, press=lambda: self._send(Export(name)))
        return _StoredRow(path, loads, saves)

    def _row(self, name: str, label: str, suffixes: tuple[str, ...], tip: str, press: Callable[[], None]) -> OutputRow:
        redirect = self._redirection(name)
        return OutputRow(label, tag=name, suffixes=suffixes, tip=tip, press=press, redirect=redirect)

    def _redirection(self, name: str) -> Callable[[Path], None]:
        return lambda path: self._set(**{name: path})

    def _set(self, **changes: Any) -> None:
        self._outputs.change(replace(self._outputs.value, **changes))
        self._send(SetOutputs(self._outputs.value))


@dataclass(frozen=True)
class _StoredRow:
    """A file that is saved and loaded."""

    path: PathField
    load: Item
    save: Item

    def show(self, path: Path, *, usable: bool) -> None:
        """Show this path, and whether there is a scan that it could be of."""
        self.path.show(path)
        enable(self.load, usable)
        enable(self.save, usable)

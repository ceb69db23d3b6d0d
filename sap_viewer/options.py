"""The options of ``sap-viewer``: what a run reads, shows and writes; how it computes is ``sap_core.config``'s."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from typing_extensions import Doc

from sap_core.changes import Change, in_order
from sap_core.config import Settings, Span
from sap_core.crop import Box, Crop, Sphere
from sap_core.schedule import Sampling, Schedule
from sap_core.validate.settings import FINEST_DENSE
from sap_viewer.output.recording import Recording
from sap_viewer.scene.view_options import Layer, ViewOptions
from sap_viewer.view import Up

BoxNumbers = tuple[float, float, float, float, float, float]
SphereNumbers = tuple[float, float, float, float]

_INSIDE: Literal["inside"] = "inside"
_OUTSIDE: Literal["outside"] = "outside"
_NOISIEST = Sampling(spacing=1e-4, noise=0.1)  # of all scans, by which no run is longer
_Z_UP = (".las", ".laz", ".ptx", ".e57")  # formats of surveyors


@dataclass(frozen=True)
class Options:
    """Turn a 3D scan into a watertight mesh, and watch and steer it on the way."""

    scan: Annotated[
        tyro.conf.Positional[Path | None],
        Doc("File of points, or of a mesh to be sampled. Without it the windows open and wait for a dropped file."),
    ] = None
    settings: Annotated[tyro.conf.OmitArgPrefixes[Settings], tyro.conf.arg(name="")] = dataclasses.field(
        default_factory=Settings
    )
    crop_box: Annotated[
        tyro.conf.UseAppendAction[tuple[BoxNumbers, ...]],
        Doc("Use only the points in this box: lowest x y z, then highest x y z, in the scan's coordinates."),
    ] = ()
    crop_sphere: Annotated[
        tyro.conf.UseAppendAction[tuple[SphereNumbers, ...]],
        Doc("Use only the points in this sphere: centre x y z and radius, as the scan has them."),
    ] = ()
    cut_box: Annotated[
        tyro.conf.UseAppendAction[tuple[BoxNumbers, ...]],
        Doc("Leave out the points in this box, given as for --crop-box."),
    ] = ()
    cut_sphere: Annotated[
        tyro.conf.UseAppendAction[tuple[SphereNumbers, ...]],
        Doc("Leave out the points in this sphere, given as for --crop-sphere."),
    ] = ()
    at: Annotated[
        tyro.conf.UseAppendAction[tuple[tuple[int, str], ...]],
        tyro.conf.arg(metavar="STEP CHANGE"),
        Doc(
            "Change the run after so many steps: lr=0.002 or another setting that may change on the way, lr=auto to "
            "give it back to the schedule; resample, reorient or flip; branch, as from a state looked back at; or "
            "until=40, to go on to that step where the run would be over. May be given again and again."
        ),
    ] = ()
    reference: Annotated[
        Path | None,
        Doc("Compare the mesh with this one, the true surface in the scan's coordinates, while the run goes on."),
    ] = None
    headless: Annotated[bool, Doc("Run without windows and exit when done.")] = False
    mesh: Annotated[Path | None, Doc("Write the mesh here: .ply, .obj, .stl, .off or .glb.")] = None
    cloud: Annotated[Path | None, Doc("Write the oriented points here: .ply.")] = None
    field: Annotated[
        Path | None, Doc("Write the indicator field on the nodes of the grid here: .npz, or .vti for ParaView.")
    ] = None
    field_resolution: Annotated[
        int | None,
        Doc("Nodes of the field along each axis; unless set, those of the run, and 512 where it refines beyond that."),
        Span(16, FINEST_DENSE, unit="nodes"),
    ] = None
    video: Annotated[Path | None, Doc("Record the run here: .mp4 or .gif.")] = None
    recording: Annotated[tyro.conf.OmitArgPrefixes[Recording], tyro.conf.arg(name="")] = dataclasses.field(
        default_factory=Recording
    )
    picture: Annotated[Path | None, Doc("Write a picture of what there is at the end here: .png or .jpg.")] = None
    picture_size: Annotated[
        tuple[int, int] | None,
        Doc("Width and height of the picture in pixels; unless set, those of the window, or 1280 720 without windows."),
    ] = None
    camera: Annotated[
        Path | None, Doc("See the scan from this camera, which the panel saved: .json, in the scan's coordinates.")
    ] = None
    show: Annotated[tuple[Layer, ...], Doc("Layers to draw, besides those drawn anyhow.")] = ()
    hide: Annotated[tuple[Layer, ...], Doc("Layers not to draw.")] = ()
    view: Annotated[tyro.conf.OmitArgPrefixes[ViewOptions], tyro.conf.arg(name="")] = dataclasses.field(
        default_factory=ViewOptions
    )
    paused: Annotated[bool, Doc("Open the windows without starting the run.")] = False
    up: Annotated[
        Literal["auto", "x", "y", "z"],
        Doc("Axis that points up in the view; 'auto' is z for LAS, LAZ, PTX and E57, else y."),
    ] = "auto"
    ui_scale: Annotated[
        float | None,
        Doc("Size of text and controls in the windows, 1 on an ordinary screen. Unless set, as the display asks for."),
        Span(0.5, 4.0),
    ] = None
    checkpoint: Annotated[
        Path | None,
        Doc("Keep the state of the run here, to resume it: .npz, written every minute and when the run ends."),
    ] = None
    resume: Annotated[
        Path | None,
        Doc(
            "Continue the run of SCAN from this checkpoint as if it had never stopped, with its settings. "
            "Only --steps, to make the run longer, and --device may be given anew."
        ),
    ] = None
    status: Annotated[
        Path | None, Doc("Keep this JSON file up to date with the state of the run, for scripts that watch it.")
    ] = None
    reset_settings: Annotated[
        bool, Doc("Forget how the windows were left (what they show, where they stand, recent scans) before they open.")
    ] = False
    version: Annotated[bool, Doc("Print the version and exit.")] = False

    def up_axis(self, scan: Path | None) -> Up:
        """The axis that points up in the view of a scan."""
        if self.up != "auto":
            return self.up
        return "z" if scan is not None and scan.suffix.lower() in _Z_UP else "y"

    @property
    def drawn(self) -> ViewOptions:
        """What the view and the video show, and how."""
        return self.view.switched(show=self.show, hide=self.hide)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What to do to the run on its way, in the order of the steps.

        Raises:
            InputError: a word is no change, or its value or step is out of range.
        """
        changes = tuple(Change.parse(step, word, of=self.settings) for step, word in self.at)
        if self.resume is not None:  # the checkpoint says how long the run is
            return changes
        return in_order(changes, total_steps=Schedule.of(self.settings, sampling=_NOISIEST).total_steps)

    @property
    def crops(self) -> tuple[Crop, ...]:
        """What of the scan to use.

        Raises:
            InputError: a region has no inside.
        """
        boxes = ((self.crop_box, _INSIDE), (self.cut_box, _OUTSIDE))
        spheres = ((self.crop_sphere, _INSIDE), (self.cut_sphere, _OUTSIDE))
        return (
            *(Crop(Box(box[:3], box[3:]), keep) for each, keep in boxes for box in each),
            *(Crop(Sphere(ball[:3], ball[3]), keep) for each, keep in spheres for ball in each),
        )

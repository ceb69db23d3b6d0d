"""What the main process and the panel process tell each other, besides the engine's own commands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sap_core.config import InForce, Parameters, PresetName
from sap_core.crop import Crop, Region
from sap_core.geometry import FloatArray, IntArray
from sap_core.memory import Budget
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.measures import BoundingBox, Measures
from sap_viewer.commands import Command
from sap_viewer.desktop.greeting import PlacePanel
from sap_viewer.figures import Figures
from sap_viewer.output.recording import Recording
from sap_viewer.scene.view_options import GhostPlace, ViewOptions
from sap_viewer.snapshot import Comparison, LossHistory, Status

MeshTrim = Literal["as shown", "auto", "off"]
Content = Literal["mesh", "cloud", "field", "checkpoint", "camera", "picture"]  # fields of ``Outputs``


@dataclass(frozen=True)
class Outputs:
    """Where the export buttons and keys write, and what of it.

    Attributes:
        trim: of the mesh: as it is shown, cut off where a distance to the scan is found by itself, or closed.
        scale: of the picture: how many times as large as the window it is; text: whether it shows the caption.
    """

    mesh: Path
    cloud: Path
    field: Path
    picture: Path
    camera: Path
    checkpoint: Path
    video: Path
    trim: MeshTrim = "as shown"
    scale: int = 1
    text: bool = False


@dataclass(frozen=True)
class Question:
    """What the user is asked, such as before something is lost: Enter accepts, Escape declines."""

    number: int  # by which the answer is known
    text: str
    accept: str  # what the button does
    decline: str
    title: str = "Unsaved work"


@dataclass(frozen=True, eq=False)
class PanelState:
    """All that the panel shows: a snapshot without its large arrays, and the state of the view."""

    run: int
    name: str
    step: int
    total_steps: int
    progress: float
    steps_per_second: float
    status: Status
    slow: bool  # a step takes so long that one is told that it is waited for
    loading: bool  # a scan is on its way; what is shown is the one before
    waiting: bool  # for the step under way, after which what was asked for is done
    message: str  # of the engine
    notice: str  # of the main process: what was exported, what failed
    points: int
    vertices: int
    faces: int
    history: LossHistory
    requested: Parameters
    in_force: InForce | None
    view: ViewOptions
    moved: ViewOptions  # the same, with the slices that move where they are now
    outputs: Outputs
    recording: bool
    frames: int  # recorded so far, and
    frames_total: int  # that there will be, where that is known; else 0
    video_bytes: int  # the size of the file by now
    recorder: Recording  # how the next video is recorded
    command: str  # the command line that repeats the run
    engine_alive: bool
    budget: Budget | None  # of memory
    crops: tuple[Crop, ...]
    whole: FloatArray | None  # (2, 3) corners around the scan before it is cropped
    unit_seconds: float | None  # as in the snapshot, like the two below
    scan_box: BoundingBox | None
    measures: Measures | None
    agreement: Agreement | None
    preset: PresetName  # for the next scan or reset
    recent: tuple[str, ...]  # scans, the latest first
    question: Question | None  # that waits for an answer
    undoable: str  # what an undo takes back, and
    redoable: str  # what a redo sets again; empty where there is nothing
    kept_steps: IntArray  # (K,) of the states that can be looked back at
    comparison: Comparison | None  # with a reference
    held: Figures | None  # of the mesh that is held; those of the one shown are taken only then
    beside_held: Figures | None
    ghost_place: GhostPlace
    prediction: str  # what a network has seen, in words; empty where none was asked
    viewed: int | None  # the step that is looked back at; the counts above are of its state

    @property
    def steerable(self) -> bool:
        """Whether there is a run that an engine takes commands for, and no other scan on its way."""
        return self.engine_alive and self.status != "empty" and not self.loading

    @property
    def exportable(self) -> bool:
        """Whether there is a mesh of the scan that the user means."""
        return self.faces > 0 and not self.loading

    @property
    def recordable(self) -> bool:
        """Whether a video can be started or finished."""
        return self.recording or self.status != "empty"


@dataclass(frozen=True)
class ShowDialog:
    """Open a dialog of the panel, whose key was pressed in the 3D window."""

    dialog: Literal["open", "help"]


@dataclass(frozen=True)
class Locate:
    """Ask where a control is, to drive the panel from outside."""

    tag: str
    reveal: bool = False  # scroll to it first, as its user would


# --- panel to main process ---


@dataclass(frozen=True)
class SetView:
    """Draw with these options."""

    options: ViewOptions


@dataclass(frozen=True)
class PreviewRegion:
    """Draw this region, which is being chosen; or none."""

    region: Region | None


@dataclass(frozen=True)
class SetOutputs:
    """Write to these files from now on."""

    outputs: Outputs


@dataclass(frozen=True)
class OpenScan:
    """Load the scan at this path."""

    path: Path


@dataclass(frozen=True)
class Answer:
    """To a question."""

    number: int
    accepted: bool


@dataclass(frozen=True)
class SetPreset:
    """Take this preset for the next scan or reset."""

    preset: PresetName


@dataclass(frozen=True)
class Reload:
    """Start the scan shown over, with the preset chosen."""


@dataclass(frozen=True)
class PanelMoved:
    """Where the panel's window stands now, and what it shows of its contents."""

    place: PlacePanel


@dataclass(frozen=True)
class ViewPast:
    """Show the state of this step, or the last before it that was kept; None for the present."""

    step: int | None


@dataclass(frozen=True)
class MoveInPast:
    """Show the state so many before or after the one that is shown."""

    by: int


@dataclass(frozen=True)
class Branch:
    """Continue from the earlier state that is shown."""


@dataclass(frozen=True)
class HoldGhost:
    """Hold the mesh that is shown, to compare it with what becomes of it."""


@dataclass(frozen=True)
class HoldPrediction:
    """Hold the mesh that a network has predicted, to compare it with the one shown."""


@dataclass(frozen=True)
class ContinueFromPrediction:
    """Start the scan shown over from the surface that a network has predicted."""


@dataclass(frozen=True)
class LetGhostGo:
    """Hold none any more."""


@dataclass(frozen=True)
class PlaceGhost:
    """Draw the held mesh there."""

    place: GhostPlace


@dataclass(frozen=True)
class UndoSetting:
    """Take the last change of a setting or crop back."""


@dataclass(frozen=True)
class RedoSetting:
    """Set again what was taken back last."""


@dataclass(frozen=True)
class Export:
    """Write this to its path in ``Outputs``."""

    content: Content


@dataclass(frozen=True)
class RecordPast:
    """Make a video of the states that can be looked back at."""


@dataclass(frozen=True)
class SetRecording:
    """Record the next video in this way."""

    recording: Recording


@dataclass(frozen=True)
class SeeFrom:
    """Let the 3D window see the scan from the camera in this file."""

    path: Path


@dataclass(frozen=True)
class Resume:
    """Continue the run of the scan shown from the checkpoint at this path."""

    path: Path


@dataclass(frozen=True)
class Record:
    """Start or finish the video."""

    on: bool


@dataclass(frozen=True)
class RestartEngine:
    """Start a new engine after the old one died, from the last published points."""


@dataclass(frozen=True)
class PanelClosed:
    """The user closed the panel."""


@dataclass(frozen=True)
class StateShown:
    """The panel shows the last state and takes another. A minimised panel stands still and does not answer."""


@dataclass(frozen=True)
class Located:
    """The answer to ``Locate``: a rectangle in the panel's window, in pixels; of size 0 for what is not shown."""

    tag: str
    x: int
    y: int
    width: int
    height: int


Action = (
    Command
    | SetView
    | PreviewRegion
    | SetOutputs
    | OpenScan
    | Answer
    | SetPreset
    | Reload
    | PanelMoved
    | ViewPast
    | MoveInPast
    | Branch
    | HoldGhost
    | HoldPrediction
    | ContinueFromPrediction
    | LetGhostGo
    | PlaceGhost
    | UndoSetting
    | RedoSetting
    | Export
    | Resume
    | RecordPast
    | SetRecording
    | SeeFrom
    | Record
    | RestartEngine
    | PanelClosed
)

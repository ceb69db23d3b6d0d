"""What a front end may ask of the engine. Each command takes effect between two steps."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sap_core.changes import Change
from sap_core.checkpoint import Checkpoint
from sap_core.config import Parameters, Settings, Trim
from sap_core.crop import Crop
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_viewer.mesh_values import ValuesBy


@dataclass(frozen=True, eq=False)
class Restore:
    """Continue from oriented points of an earlier snapshot of the loaded scan; what came after that step is forgotten.

    A run under way goes on from there.
    """

    points: FloatArray  # (N, 3) scan frame
    normals: FloatArray  # (N, 3)
    step: int
    parameters: Parameters | None = None  # that then hold; None leaves those that are set
    changes: tuple[Change, ...] = ()  # of the snapshot: those that had led to it, and those due after it


@dataclass(frozen=True, eq=False)
class SetReference:
    """Compare the meshes of the loaded scan with this one, the true surface in the same frame; None ends it."""

    source: Path | Mesh | None
    name: str = ""  # shown beside the figures


@dataclass(frozen=True)
class Load:
    """Reconstruct another scan, from step 0 or from a checkpoint, whose settings then hold.

    What was loaded before stays if the scan cannot be used.
    """

    source: Path | PointCloud
    settings: Settings
    name: str  # shown in titles and used for default file names
    notices: tuple[str, ...] = ()  # what was done to the scan while it was read
    start: bool = False  # run as soon as it is loaded
    checkpoint: Checkpoint | None = None  # of the same scan
    crops: tuple[Crop, ...] = ()  # what of the scan to reconstruct
    changes: tuple[Change, ...] = ()  # due at their steps, in whose order they are; a checkpoint has its own
    restore: Restore | None = None  # where an earlier engine was with it
    reference: SetReference | None = None


@dataclass(frozen=True)
class Start:
    """Run until paused or finished; a finished run goes on with the values of its last step."""


@dataclass(frozen=True)
class Pause:
    """Stop after the step under way."""


@dataclass(frozen=True)
class Step:
    """Take this many steps, then pause."""

    count: int = 1


@dataclass(frozen=True)
class Reset:
    """Start over from step 0, with the parameters that were set during the run; changes that are due stay so."""


@dataclass(frozen=True)
class SetParameters:
    """Replace the user's parameters; None gives a value back to the schedule."""

    parameters: Parameters


@dataclass(frozen=True)
class SetCrops:
    """Reconstruct from step 0 what these crops leave of the loaded scan; without crops, all of it.

    Those before are taken back, so that sending them again undoes this. A run under way goes on. What there was stays
    if too few points are left.
    """

    crops: tuple[Crop, ...]


@dataclass(frozen=True)
class SetSlices:
    """Ask for slices of the indicator field at these fractions of the unit cube's edge; None for no slice."""

    x: float | None = None
    y: float | None = None
    z: float | None = None


@dataclass(frozen=True)
class SetMeshValues:
    """Ask for values at the vertices of the mesh; None for none."""

    by: ValuesBy | None = None


@dataclass(frozen=True)
class Resample:
    """Draw the oriented points afresh from the mesh."""


@dataclass(frozen=True)
class Reorient:
    """Solve for the normals of the oriented points anew, from where the points lie alone."""


@dataclass(frozen=True)
class Flip:
    """Turn all normals inside out."""


@dataclass(frozen=True)
class Predict:
    """Let a network look at the scan once; the run goes on as it was. The snapshot's ``prediction`` is its answer.

    To go on from there, load the scan with ``Settings.init`` 'learned' and the same weights.
    """

    weights: str | None = None  # file of the network; None for that of the settings


def _token() -> str:
    return uuid4().hex


@dataclass(frozen=True)
class SaveCheckpoint:
    """Write a checkpoint of the run; the snapshot's ``saved`` tells what came of it."""

    path: Path
    request: str = field(default_factory=_token)  # by which the answer is known


@dataclass(frozen=True)
class SaveMesh:
    """Write the surface of the present points, with distances and colours; ``saved`` tells what came of it."""

    path: Path
    trim: Trim | None = None  # None cuts it where the settings say
    request: str = field(default_factory=_token)


@dataclass(frozen=True)
class SaveField:
    """Write the indicator field of the present points; ``saved`` tells what came of it."""

    path: Path
    resolution: int | None = None  # nodes along each axis; None for those of the run, or for as many as are written
    request: str = field(default_factory=_token)


Save = SaveCheckpoint | SaveMesh | SaveField
Command = (
    Load
    | Start
    | Pause
    | Step
    | Reset
    | SetParameters
    | SetReference
    | SetCrops
    | SetSlices
    | SetMeshValues
    | Resample
    | Reorient
    | Flip
    | Predict
    | Restore
    | Save
)

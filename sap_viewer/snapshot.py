"""What the engine shows of itself: one frozen state, every coordinate in the scan's own frame."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sap_core.changes import Change
from sap_core.config import InForce, Parameters
from sap_core.crop import Crop
from sap_core.geometry import FloatArray, Mesh, PointCloud, ReadOnlyArrays
from sap_core.memory import Budget
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.measures import BoundingBox, Measures
from sap_viewer.commands import Save
from sap_viewer.mesh_values import MeshValues, ValuesBy

Status = Literal["empty", "busy", "running", "paused", "finished", "failed"]

_QUICK = 4.0  # steps a second, with which nobody needs to be told that one is waited for


@dataclass(frozen=True, eq=False)
class FieldSlice(ReadOnlyArrays):
    """A plane of the indicator field.

    Attributes:
        axis: 0, 1 or 2 for a plane across x, y or z.
        position: where the plane cuts the unit cube, as a fraction of its edge.
        values: (R, R) float32, negative inside. Rows run along the first of the two other axes, columns along
            the second.
        corners: (4, 3) scan frame, the rectangle whose R x R pixels are centred on the grid nodes;
            in the order (row, column) = (first, first), (last, first), (last, last), (first, last).
    """

    axis: int
    position: float
    values: NDArray[np.float32]
    corners: FloatArray


@dataclass(frozen=True)
class Mark:
    """A step at which something other than the optimiser changed the run."""

    step: int
    label: str


@dataclass(frozen=True, eq=False)
class LossHistory(ReadOnlyArrays):
    """The losses of a run so far, thinned when it grows long.

    Attributes:
        steps: (K,) int64, ascending.
        losses: (K,) float64, as ``Reconstruction.step`` returns them.
        marks: the changes of settings, and the resamplings that were asked for.
    """

    steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    losses: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    marks: tuple[Mark, ...] = ()


class Closeness(NamedTuple):
    """How near a mesh is to a reference; ``sap_core.mesh.metrics.Metrics`` says what these are."""

    chamfer_l1: float
    f_score: float
    normal_consistency: float


@dataclass(frozen=True, eq=False)
class Comparison(ReadOnlyArrays):
    """The meshes of a run against a reference, the true surface.

    Attributes:
        name: of the reference.
        steps: (K,) int64, ascending, at which they were compared.
        chamfer_l1, f_score: (K,) float64, estimates while it runs; the F-score is that at 1 %.
        at_rest: of the mesh shown, once the run has rested for a moment; None while it goes on.
    """

    name: str
    steps: NDArray[np.int64]
    chamfer_l1: NDArray[np.float64]
    f_score: NDArray[np.float64]
    at_rest: Closeness | None = None


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a network makes of the scan in one pass.

    Attributes:
        mesh: closed, with the distance of every vertex to the scan; scan frame.
        cloud: its oriented points; lengths of normals weigh them.
        seconds: that it took.
        weights: the file of the network; None for the one that comes with the program.
        closeness: to the reference, if there is one.
    """

    mesh: Mesh
    cloud: PointCloud
    seconds: float
    weights: str | None = None
    closeness: Closeness | None = None

    def __str__(self) -> str:
        """In a few words."""
        who = Path(self.weights).name if self.weights else "the network"
        return f"{who} sees a surface of {len(self.mesh.faces):,} faces, in {self.seconds:.1f} s"


@dataclass(frozen=True)
class Saved:
    """What came of a command to write a file: the step of the run, and why nothing was written, if so."""

    command: Save
    step: int
    failure: str = ""


@dataclass(frozen=True, eq=False)
class Snapshot(ReadOnlyArrays):
    """The engine's state after some step. Arrays are read-only.

    Attributes:
        run: counts the scans loaded and resets; tells an answer about an earlier run from one about this.
        load: which of the engine's ``Load`` commands brought the scan, from 1; 0 for none.
        name: the scan's name.
        bounds: (2, 3) lowest and highest corner of the unit cube, scan frame.
        step, total_steps: steps done, and steps of the schedule, or those that the run was to go on to after it.
        progress: share of the schedule's estimated work that is done, 0 to 1.
        steps_per_second: over the last two seconds; 0 while paused.
        status: 'busy' is loading; 'failed' says why in ``message`` and accepts commands again.
        cloud: the oriented points.
        mesh: the surface that the last step measured, which during a run is that of the points before the step.
        coarse: whether the mesh is of a coarser grid than the run works on, which takes less time to send and draw; at
            rest, the whole one follows.
        values: at the vertices of the mesh; ``values_by`` are those asked for.
        scan: what the run follows: points without the stray ones, of a large scan an even part.
        invented_beyond: distance from the scan, in its units, beyond which the surface is invented.
        requested: what the user set; ``in_force``: what the last step used.
        changes: what was done to the run so far, and what is due after this step.
        saved: what came of the last files that were asked for, the latest last.
        budget: of memory, at the last command.
        crops: which the scan was cropped by; ``whole`` are the corners (2, 3) around all of its points, scan frame.
        scan_box: around the points of the scan that the crops leave.
        measures: of the mesh, once the run has rested for a moment; None while it goes on.
        agreement: of the mesh with the scan, likewise; its ``warnings`` say where the mesh is not to be trusted.
        unit_seconds: what a step of relative cost 1 takes (``sap_viewer.pace``); None before the first step.
        handled: the engine's commands so far, refused ones included.
        comparison: with the reference, if there is one.
        prediction: of a network that was asked about the scan as it is cropped.
    """

    run: int = 0
    load: int = 0
    name: str = ""
    bounds: FloatArray | None = None
    step: int = 0
    total_steps: int = 0
    progress: float = 0.0
    steps_per_second: float = 0.0
    status: Status = "empty"
    message: str = ""
    cloud: PointCloud | None = None
    mesh: Mesh | None = None
    coarse: bool = False
    slices: tuple[FieldSlice, ...] = ()
    values: MeshValues | None = None
    values_by: ValuesBy | None = None
    scan: PointCloud | None = None
    invented_beyond: float = 0.0
    history: LossHistory = field(default_factory=LossHistory)
    requested: Parameters = field(default_factory=Parameters)
    in_force: InForce | None = None
    changes: tuple[Change, ...] = ()
    saved: tuple[Saved, ...] = ()
    budget: Budget | None = None
    crops: tuple[Crop, ...] = ()
    whole: FloatArray | None = None
    scan_box: BoundingBox | None = None
    measures: Measures | None = None
    agreement: Agreement | None = None
    unit_seconds: float | None = None
    handled: int = 0
    comparison: Comparison | None = None
    prediction: Prediction | None = None

    @property
    def awaits_whole_mesh(self) -> bool:
        """Whether the run rests and its whole mesh is still to come."""
        return self.coarse and self.status in ("paused", "finished")

    @property
    def slow(self) -> bool:
        """Whether a step takes so long that a person who asks for something is told that it is waited for."""
        return self.status == "running" and self.steps_per_second < _QUICK


@dataclass(frozen=True)
class Taken:
    """The front end's answer to a snapshot: it has taken it, and the engine may make another."""

"""The figures by which two meshes are compared."""

from dataclasses import dataclass
from typing import Literal

from sap_core.geometry import Mesh
from sap_core.mesh.extent import extent
from sap_viewer.snapshot import Prediction, Snapshot

Step = int | Literal["prediction"]


@dataclass(frozen=True)
class Figures:
    """Of a mesh, in units of the scan; None for what is not known.

    Attributes:
        step: of the run, if it is not a network's prediction.
        faces: their number.
        area, volume: of the mesh; the volume is None where it is known to be open.
        distance: mean, from its vertices to the scan.
        chamfer_l1, f_score: against the reference, the F-score at 1 %.
    """

    step: Step
    faces: int
    area: float
    volume: float | None
    distance: float | None
    chamfer_l1: float | None
    f_score: float | None


def figures_of(snapshot: Snapshot) -> Figures | None:
    """Of the mesh shown, or None where there is none; takes some hundredths of a second at 200,000 faces."""
    mesh, near = snapshot.mesh, snapshot.comparison
    if mesh is None:
        return None
    area, volume = extent(mesh)
    known = near is not None and len(near.steps) > 0
    return Figures(
        snapshot.step,
        len(mesh.faces),
        area,
        None if snapshot.measures is not None and snapshot.measures.volume is None else volume,
        _distance(mesh),
        float(near.chamfer_l1[-1]) if near is not None and known else None,
        float(near.f_score[-1]) if near is not None and known else None,
    )


def figures_of_prediction(prediction: Prediction) -> Figures:
    """Of the mesh that a network sees, which is closed."""
    mesh, near = prediction.mesh, prediction.closeness
    return Figures(
        "prediction",
        len(mesh.faces),
        *extent(mesh),
        _distance(mesh),
        near and near.chamfer_l1,
        near and near.f_score,
    )


def _distance(mesh: Mesh) -> float | None:
    return None if mesh.distances is None else float(mesh.distances.mean())

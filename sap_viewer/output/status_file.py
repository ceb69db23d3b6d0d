"""The state of a run as a small JSON file, for scripts that watch it."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sap_core.mesh.agreement import Agreement
from sap_core.whole_file import whole_file
from sap_viewer.figures import Step
from sap_viewer.snapshot import Comparison, Prediction, Snapshot

_INTERVAL_S = 0.2


class StatusFile:
    """Rewrites the file when the run has changed, a few times a second at most.

    The run is worth more than the file: where it cannot be written, that is said once, and the run goes on.
    """

    def __init__(self, path: Path, *, repeat: Callable[[Snapshot], str]) -> None:
        """
        Args:
            repeat: gives the command line that repeats the run.
        """
        self._path = path
        self._repeat = repeat
        self._written: tuple[Snapshot, int | None, Step | None] | None = None
        self._written_at = 0.0
        self._failed = False

    def update(
        self, snapshot: Snapshot, *, viewed: int | None = None, held: Step | None = None, at_once: bool = False
    ) -> None:
        """Write the state, which step is looked back at, and of which one, or if a prediction, the mesh is held."""
        now = time.monotonic()
        same = self._written is not None and self._written[0] is snapshot and self._written[1:] == (viewed, held)
        if self._failed or same or (now - self._written_at < _INTERVAL_S and not at_once):
            return
        self._written, self._written_at = (snapshot, viewed, held), now
        try:
            with whole_file(self._path) as temporary:
                contents = {**_summary(snapshot), "viewed": viewed, "held": held, "command": self._repeat(snapshot)}
                temporary.write_text(json.dumps(contents, indent=1) + "\n")
        except OSError as error:
            self._failed = True
            print(f"sap-viewer: cannot write {self._path}, which is no longer kept: {error}", file=sys.stderr)


def _summary(snapshot: Snapshot) -> dict[str, object]:
    losses = snapshot.history.losses
    return {
        "name": snapshot.name,
        "run": snapshot.run,
        "status": snapshot.status,
        "message": snapshot.message,
        "step": snapshot.step,
        "total_steps": snapshot.total_steps,
        "loss": float(losses[-1]) if len(losses) else None,
        "marks": [[mark.step, mark.label] for mark in snapshot.history.marks],
        "requested": asdict(snapshot.requested),
        "in_force": asdict(snapshot.in_force) if snapshot.in_force else None,
        "points": len(snapshot.cloud) if snapshot.cloud else 0,
        "vertices": len(snapshot.mesh.vertices) if snapshot.mesh else 0,
        "faces": len(snapshot.mesh.faces) if snapshot.mesh else 0,
        "scan_box": snapshot.scan_box._asdict() if snapshot.scan_box else None,
        "measures": _measures(snapshot),
        "agreement": _agreement(snapshot.agreement),
        "warnings": list(snapshot.agreement.warnings) if snapshot.agreement else None,
        "comparison": _comparison(snapshot.comparison),
        "prediction": _prediction(snapshot.prediction),
    }


def _measures(snapshot: Snapshot) -> dict[str, object] | None:
    """Of the mesh at rest, with names where the core has tuples."""
    measures = snapshot.measures
    if measures is None:
        return None
    distance = measures.distance._asdict() if measures.distance else None
    return {**asdict(measures), "box": measures.box._asdict(), "distance": distance}


def _agreement(agreement: Agreement | None) -> dict[str, object] | None:
    """Of the mesh at rest with the scan, with names where the core has tuples."""
    if agreement is None:
        return None
    both = {"from_mesh": agreement.from_mesh._asdict(), "from_scan": agreement.from_scan._asdict()}
    return {**asdict(agreement), **both}


def _comparison(comparison: Comparison | None) -> dict[str, object] | None:
    """With the reference: the latest of the run, and that of the mesh at rest."""
    if comparison is None:
        return None
    found = len(comparison.steps) > 0
    return {
        "reference": comparison.name,
        "step": int(comparison.steps[-1]) if found else None,
        "chamfer_l1": float(comparison.chamfer_l1[-1]) if found else None,
        "f_score": float(comparison.f_score[-1]) if found else None,
        "at_rest": comparison.at_rest._asdict() if comparison.at_rest else None,
    }


def _prediction(prediction: Prediction | None) -> dict[str, object] | None:
    """What a network has made of the scan."""
    if prediction is None:
        return None
    return {
        "weights": prediction.weights,
        "seconds": prediction.seconds,
        "faces": len(prediction.mesh.faces),
        "closeness": prediction.closeness._asdict() if prediction.closeness else None,
    }

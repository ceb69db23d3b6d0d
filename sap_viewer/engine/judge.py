"""How near the meshes of a run are to a reference: measured now and then while it runs, and wholly when it rests."""

import time

import numpy as np

from sap_core.geometry import Mesh, read_only
from sap_core.mesh.metrics import Reference, compare
from sap_viewer.snapshot import Closeness, Comparison

_SHARE = 0.03  # of the time of a run
_CAPACITY = 2_000  # measurements; when there are more, every second one is let go


class Judge:
    """Compares what a run finds with a reference, the true surface.

    Args:
        reference: in the scan's frame.
        name: of the reference.

    Raises:
        ValueError: it has no area.
    """

    def __init__(self, reference: Mesh, name: str) -> None:
        self._reference = reference
        self._drawn = Reference(reference)
        self._name = name
        self._due = 0.0
        self._found: list[tuple[int, float, float]] = []  # step, Chamfer-L1, F-score
        self._at_rest: tuple[Mesh, Closeness] | None = None

    @property
    def due(self) -> bool:
        """Whether enough time has passed for another glance."""
        return time.monotonic() >= self._due

    def glance(self, step: int, mesh: Mesh) -> None:
        """Estimate how near a mesh of a running run is."""
        began = time.monotonic()
        self._note(step, *self._drawn.estimate(mesh))
        ended = time.monotonic()
        self._due = ended + (ended - began) / _SHARE

    def examine(self, step: int, mesh: Mesh) -> None:
        """Measure a mesh at rest."""
        found = self.closeness(mesh)
        self._at_rest = mesh, found
        self._note(step, found.chamfer_l1, found.f_score)

    def closeness(self, mesh: Mesh) -> Closeness:
        """How near a mesh is, as ``sap-evaluate`` would measure it; takes some tenths of a second."""
        metrics = compare(mesh, self._reference)
        return Closeness(metrics.chamfer_l1, metrics.f_score, metrics.normal_consistency)

    def has_examined(self, mesh: Mesh | None) -> bool:
        """Whether this is the mesh that was measured at rest."""
        return self._at_rest is not None and self._at_rest[0] is mesh

    def cut(self, step: int) -> None:
        """Forget what came after this step; -1 for everything."""
        self._found = [found for found in self._found if found[0] <= step]

    def published(self, mesh: Mesh | None) -> Comparison:
        """What was found so far; the figures at rest, if they are of the mesh shown."""
        steps, chamfer, f_scores = np.array(self._found, float).reshape(-1, 3).T
        at_rest = self._at_rest[1] if self._at_rest is not None and self.has_examined(mesh) else None
        return Comparison(
            self._name, read_only(steps.astype(np.int64)), read_only(chamfer), read_only(f_scores), at_rest
        )

    def _note(self, step: int, chamfer_l1: float, f_score: float) -> None:
        self.cut(step - 1)  # a later look at the same step counts
        self._found.append((step, chamfer_l1, f_score))
        if len(self._found) > _CAPACITY:
            self._found = self._found[::2]

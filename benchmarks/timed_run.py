"""A run by the clock, with the times at which its mesh is first as near to the truth as asked for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.stopwatch import Stopwatch
from sap_core import Mesh, PointCloud, Reconstruction, Settings, compare
from sap_core.mesh.sampling import sphere


class TimedRun(NamedTuple):
    """How a run ended.

    Attributes:
        mesh: at its end.
        seconds: wall time from the scan in memory to the mesh.
        steps: how many were taken.
        reached: for each target, the wall time of a run that would have ended with the first mesh that met it; None
            where none did.
    """

    mesh: Mesh
    seconds: float
    steps: int
    reached: tuple[float | None, ...]


def timed_run(
    cloud: PointCloud, settings: Settings, *, reference: Mesh, targets: Sequence[float] = (), every: int = 5
) -> TimedRun:
    """Reconstruct a scan; the clock stands still while meshes are compared on the way.

    Args:
        reference: the true surface.
        targets: Chamfer-L1 distances, as ``compare`` measures them.
        every: steps between two comparisons.
    """
    clock, extraction = Stopwatch(), Stopwatch()
    costliest = 0.0  # extraction: the first one may prepare what later ones use, and all shall pay for it
    reached: dict[float, float] = {}
    with clock:
        reconstruction = Reconstruction(cloud, settings)
    while True:
        looks = reconstruction.step_count % every == 0 and len(reached) < len(set(targets))
        if looks or reconstruction.finished:
            with extraction:
                mesh = reconstruction.mesh()
            costliest = max(costliest, extraction.lap)
            seconds = clock.seconds + costliest
            if targets:
                chamfer = compare(mesh, reference).chamfer_l1
                reached |= {target: seconds for target in targets if chamfer <= target and target not in reached}
            if reconstruction.finished:
                times = tuple(reached.get(target) for target in targets)
                return TimedRun(mesh, seconds, reconstruction.step_count, times)
        with clock:
            reconstruction.step()


def warm_up(*, device: str = "cpu") -> None:
    """A few small steps on a device, so that no benchmark pays for what libraries do once in a process."""
    cloud = sphere(5_000, radius=1.0, center=np.zeros(3), rng=np.random.default_rng(0))
    reconstruction = Reconstruction(cloud.points, Settings(resolution=32, steps=3, device=device))
    while not reconstruction.finished:
        reconstruction.step()
    reconstruction.mesh()

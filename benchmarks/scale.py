"""Time of a run against the number of scan points and against resolution.

    python -m benchmarks.scale [--points 10000 1000000] [--resolutions 64 128] [--preset balanced] [--append]

The scan is that of a smooth body with 0.2 % noise. Making it is not timed.
"""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import tyro

from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from benchmarks.stopwatch import Stopwatch
from benchmarks.timed_run import warm_up
from sap_core import Mesh, Reconstruction, Settings, compare
from sap_core.config import PresetName

USUAL_POINTS = 50_000  # while the resolution varies
NOISE = 0.002


@dataclass(frozen=True)
class ScaleRow:
    """One run.

    Attributes:
        varied: what the run belongs to: "points" at the preset's resolution, or "resolution" at 50,000 points.
        points: of the scan.
        resolution: that of the last step.
        steps: that were taken.
        seconds: from the scan in memory to the mesh.
        seconds_to_start: until the first step, orientation included.
        seconds_per_step: the median at the last resolution.
        chamfer_l1: against the true surface.
    """

    varied: str
    preset: str
    points: int
    resolution: int
    steps: int
    seconds: float
    seconds_to_start: float
    seconds_per_step: float
    chamfer_l1: float


def main(
    *,
    points: tuple[int, ...] = (10_000, 50_000, 100_000, 500_000, 1_000_000, 5_000_000),
    resolutions: tuple[int, ...] = (64, 128, 256, 512),
    preset: PresetName = "balanced",
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure how the time of a run grows.

    Args:
        points: numbers of scan points, each for a run at the preset's own resolution.
        resolutions: grid nodes along each axis at which runs end, each for a run on 50,000 points.
        preset: of all runs.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("scale", ScaleRow, append=append, folder=folder)
    done = {(row.varied, row.points if row.varied == "points" else row.resolution) for row in results.rows()}
    reference = creature()
    warm_up()
    for count in points:
        if ("points", count) not in done:
            results.add(_run("points", reference, count, Settings(preset=preset)))
    for resolution in resolutions:
        if ("resolution", resolution) not in done:
            settings = Settings(preset=preset, resolution=resolution)
            results.add(_run("resolution", reference, USUAL_POINTS, settings))


def _run(varied: str, reference: Mesh, points: int, settings: Settings) -> ScaleRow:
    cloud = scan(reference, points=points, noise=NOISE)
    whole, step = Stopwatch(), Stopwatch()
    laps: dict[int, list[float]] = {}  # by resolution
    with whole:
        reconstruction = Reconstruction(cloud, settings)
    seconds_to_start = whole.seconds
    while not reconstruction.finished:
        with whole, step:
            reconstruction.step()
        laps.setdefault(reconstruction.in_force.resolution, []).append(step.lap)
    with whole:
        mesh = reconstruction.mesh()
    return ScaleRow(
        varied,
        settings.preset,
        points,
        reconstruction.in_force.resolution,
        reconstruction.step_count,
        whole.seconds,
        seconds_to_start,
        median(laps[reconstruction.in_force.resolution]),
        compare(mesh, reference).chamfer_l1,
    )


if __name__ == "__main__":
    tyro.cli(main)

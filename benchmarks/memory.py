"""Peak resident memory of a run at each resolution, each in a process of its own, beside what was predicted.

    python -m benchmarks.memory [--resolutions 128 256 512] [--presets balanced] [--append]

Python and torch are included; resolution 0 is what they take alone.
"""

import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import tyro

from benchmarks.own_process import peak_bytes
from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from sap_core import Parameters, Reconstruction, Settings
from sap_core.config import PresetName
from sap_core.memory import GB, predict

_SCAN_POINTS = 20_000


@dataclass(frozen=True)
class MemoryRow:
    """The peak of one process, in GB (1e9 bytes).

    Attributes:
        predicted: what the program expects before the first step.
    """

    preset: str
    resolution: int
    gigabytes: float
    predicted: float | None = None


def main(
    *,
    resolutions: tuple[int, ...] = (0, 64, 128, 256, 512),
    presets: tuple[PresetName, ...] = ("balanced", "published"),
    steps: int = 2,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure peak memory.

    Args:
        resolutions: grid nodes along each axis; 0 takes no step.
        presets: whose start and step are taken.
        steps: at the resolution, before the mesh is taken.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("memory", MemoryRow, append=append, folder=folder)
    done = {(row.preset, row.resolution) for row in results.rows()}
    for preset, resolution in product(presets, resolutions):
        if (preset, resolution) in done:
            continue
        code = f"from benchmarks.memory import measure; print(*measure({preset!r}, {resolution}, {steps}))"
        child = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        peak, *predicted = (float(word) / GB for word in child.stdout.split())
        results.add(MemoryRow(preset, resolution, peak, *predicted))


def measure(preset: PresetName, resolution: int, steps: int) -> tuple[int, ...]:
    """Take some steps at a resolution, and say how many bytes this process has held at most.

    Returns:
        The peak and, where steps were taken, the prediction.
    """
    predicted: tuple[int, ...] = ()
    if resolution:
        cloud = scan(creature(resolution=100), points=_SCAN_POINTS)
        reconstruction = Reconstruction(cloud, Settings(preset=preset))
        predicted = (predict(resolution, reconstruction.budget.workload),)
        reconstruction.parameters = Parameters(resolution=resolution)
        for _ in range(steps):
            reconstruction.step()
        reconstruction.mesh()
    return peak_bytes(), *predicted


if __name__ == "__main__":
    tyro.cli(main)

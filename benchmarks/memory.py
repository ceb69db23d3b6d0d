"""Peak resident memory of a run at each resolution, each in a process of its own.

    python -m benchmarks.memory [--resolutions 128 256 512] [--preset balanced] [--append]

Python and torch are included; resolution 0 is what they take alone.
"""

import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from sap_core import Parameters, Reconstruction, Settings
from sap_core.config import PresetName

_SCAN_POINTS = 20_000


@dataclass(frozen=True)
class MemoryRow:
    """The peak of one process, in GB (1e9 bytes)."""

    preset: str
    resolution: int
    gigabytes: float


def main(
    *,
    resolutions: tuple[int, ...] = (0, 128, 256, 512),
    preset: PresetName = "balanced",
    steps: int = 2,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure peak memory.

    Args:
        resolutions: grid nodes along each axis; 0 takes no step.
        preset: whose start and step are taken.
        steps: at the resolution, before the mesh is taken.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("memory", MemoryRow, append=append, folder=folder)
    done = {(row.preset, row.resolution) for row in results.rows()}
    for resolution in resolutions:
        if (preset, resolution) in done:
            continue
        code = f"from benchmarks.memory import peak; print(peak({preset!r}, {resolution}, {steps}))"
        child = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        results.add(MemoryRow(preset, resolution, float(child.stdout) / 1e9))


def peak(preset: PresetName, resolution: int, steps: int) -> int:
    """Take some steps at a resolution, and say how many bytes this process has held at most."""
    if resolution:
        cloud = scan(creature(resolution=100), points=_SCAN_POINTS)
        reconstruction = Reconstruction(cloud, Settings(preset=preset))
        reconstruction.parameters = Parameters(resolution=resolution)
        for _ in range(steps):
            reconstruction.step()
        reconstruction.mesh()
    kibibytes = 1024 if sys.platform != "darwin" else 1  # macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kibibytes


if __name__ == "__main__":
    tyro.cli(main)

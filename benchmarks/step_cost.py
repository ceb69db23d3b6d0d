"""What a step costs: the naive one and the product's in turn in one process, and how much of it is FFT.

    python -m benchmarks.step_cost [--resolutions 64 128 256] [--steps 15] [--append]

20,000 oriented points that lie on the scan of a smooth body, so that the surface is as large as near the end of a run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
import tyro
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.naive import NaiveOptimisation
from benchmarks.results import FOLDER, Results
from benchmarks.shapes import creature
from benchmarks.stopwatch import Stopwatch
from sap_core import Parameters, PointCloud, Reconstruction, Settings
from sap_core.config import PresetName
from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray
from sap_core.mesh.sampling import sample_surface

POINTS = 20_000
SIGMA = 2.0
LR = 1e-3
_TRANSFORMS = (torch.ops.aten._fft_r2c, torch.ops.aten._fft_c2r, torch.ops.aten._fft_c2c)
_WATCHED_STEPS = 5


@dataclass(frozen=True)
class StepRow:
    """One kind of step at one resolution.

    Attributes:
        method: "naive" or the name of a preset.
        steps: how many were timed.
        seconds, quartile_1, quartile_3: of a step; the median and the quartiles.
        times_faster: median of the naive step's seconds over this one's, pair by pair.
        fft_seconds: of a step within torch's transforms; the median.
        fft_share: their share of a step: the part that is left if all else costs nothing.
    """

    method: str
    resolution: int
    steps: int
    seconds: float
    quartile_1: float
    quartile_3: float
    times_faster: float
    fft_seconds: float
    fft_share: float


Step = Callable[[], float]


def main(
    *,
    resolutions: tuple[int, ...] = (64, 128, 256),
    presets: tuple[PresetName, ...] = ("published", "balanced"),
    steps: int = 15,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure the cost of a step.

    Args:
        resolutions: grid nodes along each axis.
        presets: whose step is measured, at the same resolution, sigma and number of points.
        steps: timed of each kind, in turn.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("step_cost", StepRow, append=append, folder=folder)
    done = {row.resolution for row in results.rows()}
    oriented = sample_surface(creature(), POINTS, rng=np.random.default_rng(0))
    for resolution in resolutions:
        if resolution in done:
            continue
        kinds: dict[str, Step] = {"naive": _naive_step(oriented, resolution)}
        kinds |= {preset: _product_step(oriented, preset, resolution) for preset in presets}
        laps = _in_turn(kinds, steps)
        for method, step in kinds.items():
            first, middle, third = np.percentile(laps[method], [25, 50, 75])
            fft_seconds, fft_share = _transforms(step)
            row = StepRow(
                method,
                resolution,
                steps,
                seconds=float(middle),
                quartile_1=float(first),
                quartile_3=float(third),
                times_faster=float(np.median(laps["naive"] / laps[method])),
                fft_seconds=fft_seconds,
                fft_share=fft_share,
            )
            results.add(row)


class TransformClock(TorchDispatchMode):
    """While it is entered, adds up the time within torch's Fourier transforms.

    Attributes:
        clock: runs in transforms only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = Stopwatch()

    def __torch_dispatch__(self, function: Any, types: Any, arguments: Any = (), options: Any = None) -> Any:
        if function.overloadpacket not in _TRANSFORMS:
            return function(*arguments, **(options or {}))
        with self.clock:
            return function(*arguments, **(options or {}))


def _in_turn(kinds: dict[str, Step], count: int) -> dict[str, FloatArray]:
    """Seconds of each step of each kind; the first round, in which memory comes from the system, is left out."""
    laps: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(count + 1):
        for name, step in kinds.items():
            clock = Stopwatch()
            with clock:
                step()
            laps[name].append(clock.seconds)
    return {name: np.array(seconds[1:]) for name, seconds in laps.items()}


def _transforms(step: Step) -> tuple[float, float]:
    """Seconds of a step within transforms, and their share of it, from steps of their own: watching costs time, too."""
    watched = []
    for _ in range(_WATCHED_STEPS):
        whole = Stopwatch()
        with whole, TransformClock() as transforms:
            step()
        watched.append((transforms.clock.seconds, transforms.clock.seconds / whole.seconds))
    seconds, shares = zip(*watched, strict=True)
    return median(seconds), median(shares)


def _product_step(oriented: PointCloud, preset: PresetName, resolution: int) -> Step:
    settings = Settings(preset=preset, init="normals")
    reconstruction = Reconstruction(oriented, settings)
    reconstruction.parameters = Parameters(resolution=resolution, sigma=SIGMA, lr=LR, points=POINTS, resample_every=0)
    return reconstruction.step


def _naive_step(oriented: PointCloud, resolution: int) -> Step:
    unit = UnitFrame.around(oriented.points).to_unit(oriented.points)
    points, normals = (torch.tensor(array, dtype=torch.float32) for array in (unit, oriented.normals))
    return NaiveOptimisation(points, normals, points, resolution=resolution, lr=LR).step


if __name__ == "__main__":
    tyro.cli(main)

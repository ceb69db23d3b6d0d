"""What one pass of a network costs, and which part of it: the network, the Poisson layer, marching cubes.

    python -m benchmarks.one_pass [--resolutions 128 256] [--weights FILE] [--passes 11] [--device cuda] [--append]

On a scan of 3,000 points, with the network that ships or with other weights.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median

import torch
import tyro
from torch import Tensor

from benchmarks.devices import model_of
from benchmarks.learned import CORRUPTIONS, corrupted
from benchmarks.results import FOLDER, Results
from benchmarks.shapes import creature
from benchmarks.stopwatch import Stopwatch
from sap_core.frame import UnitFrame
from sap_core.learned import OrientedPointsNetwork, network_of
from sap_core.learned.field import FieldLayer
from sap_core.learned.prediction import SIGMA
from sap_core.learned.turns import MOST_TURNS, seen_turned
from sap_core.solver.isosurface import marching_cubes


@dataclass(frozen=True)
class PassRow:
    """One network at one resolution.

    Attributes:
        network: "shipped", or the name of the file of weights.
        device: the name of the card, or "cpu".
        turns: orientations in which the network sees the scan.
        passes: how many were timed.
        encode, field, surface, total: seconds, the median of each.
    """

    network: str
    resolution: int
    device: str
    turns: int
    passes: int
    encode: float
    field: float
    surface: float
    total: float


def main(
    *,
    resolutions: tuple[int, ...] = (128, 256),
    weights: Path | None = None,
    turns: tuple[int, ...] = (1, MOST_TURNS),
    passes: int = 11,
    device: str = "cpu",
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure the parts of one pass.

    Args:
        resolutions: grid nodes along each axis.
        weights: of the network, instead of the ones that ship.
        turns: orientations in which the network sees the scan, each number of them for some passes.
        passes: how many to time, after one that is not.
        device: of the computation, as torch names it.
        append: add to the latest file.
        folder: of the results.
    """
    results = Results.of_run("one_pass", PassRow, append=append, folder=folder)
    points = corrupted(creature(), CORRUPTIONS["noise 0.5 %"]).points
    scan = torch.tensor(UnitFrame.around(points).to_unit(points), dtype=torch.float32, device=device).unsqueeze(0)
    network = network_of(weights).to(device)
    name = "shipped" if weights is None else weights.stem
    on = "cpu" if scan.device.type == "cpu" else model_of(device)
    for resolution, count in product(resolutions, turns):
        parts = _timed(network, scan, resolution, turns=count, passes=passes)
        results.add(PassRow(name, resolution, on, count, passes, *parts))


def _timed(
    network: OrientedPointsNetwork, scan: Tensor, resolution: int, *, turns: int, passes: int
) -> tuple[float, float, float, float]:
    """Median seconds of encoding, field, surface, and all."""
    layer = FieldLayer(network.variant, resolution, SIGMA)
    laps = []
    with torch.inference_mode():
        for _ in range(passes + 1):
            with Stopwatch() as encode:
                oriented = seen_turned(network, scan, turns=turns)
                _finish(scan.device)
            with Stopwatch() as field:
                values = torch.tanh(layer(*oriented)[0])
                _finish(scan.device)
            with Stopwatch() as surface:
                marching_cubes(values)
                _finish(scan.device)
            laps.append((encode.lap, field.lap, surface.lap, encode.lap + field.lap + surface.lap))
    encoded, solved, marched, total = (median(part) for part in zip(*laps[1:], strict=True))
    return encoded, solved, marched, total


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    tyro.cli(main)

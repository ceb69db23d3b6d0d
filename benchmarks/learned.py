"""What one pass of the shipped network is worth where optimisation is weak: few points, much noise, stray points.

    python -m benchmarks.learned [--models coil cow] [--methods predict balanced] [--append]

The models are none of those that the network has learnt from: made ones of other families, and real ones. A scan has
3,000 points, as many as the network sees, unless it is said otherwise.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro

from benchmarks import shapes
from benchmarks.cases import CASES
from benchmarks.own_process import ProcessFailed
from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.screened_poisson import run_screened_poisson
from benchmarks.timed_run import warm_up
from sap_core import Diverged, Mesh, PointCloud, SurfaceVanished, compare, reconstruct
from sap_core.learned import predict, shipped_weights

POINTS = 3_000
REAL = ("animal", "person", "fandisk", "knot")


@dataclass(frozen=True)
class LearnedRow:
    """One method on one scan.

    Attributes:
        model: of which the scan was made.
        corruption: a name of ``CORRUPTIONS``.
        method: a name of ``METHODS``.
        seconds: from the scan in memory to the mesh, with the network read.
        chamfer_l1, f_score, normal_consistency: as ``compare`` gives them.
        failure: why there is no mesh.
    """

    model: str
    corruption: str
    method: str
    seconds: float | None = None
    chamfer_l1: float | None = None
    f_score: float | None = None
    normal_consistency: float | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Corruption:
    """Noise as a share of the longest edge, the share of points spread over the box, and the points in all."""

    noise: float
    outliers: float = 0.0
    points: int = POINTS


CORRUPTIONS: dict[str, Corruption] = {
    "noise 0.5 %": Corruption(0.005),
    "noise 2.5 %": Corruption(0.025),
    "noise 0.5 %, half outliers": Corruption(0.005, 0.5),
    "noise 0.5 %, half outliers, 40,000 points": Corruption(0.005, 0.5, 40_000),
}


METHODS: dict[str, Callable[[PointCloud], Mesh]] = {
    "predict": lambda cloud: predict(cloud, shipped_weights()).mesh,
    "balanced": lambda cloud: reconstruct(cloud, preset="balanced"),
    "balanced, init learned": lambda cloud: reconstruct(cloud, preset="balanced", init="learned"),
    "poisson-8": lambda cloud: run_screened_poisson(cloud, depth=8).mesh,
}


def main(
    *,
    models: tuple[str, ...] = (),
    methods: tuple[str, ...] = tuple(METHODS),
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure quality and time.

    Args:
        models: their names; all if none is given.
        methods: which.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("learned", LearnedRow, append=append, folder=folder)
    done = {(row.model, row.corruption, row.method) for row in results.rows()}
    warm_up()
    for name, load in _models().items():
        if models and name not in models:
            continue
        reference = load()
        for corruption, settings in CORRUPTIONS.items():
            cloud = corrupted(reference, settings)
            for method in methods:
                if (name, corruption, method) not in done:
                    results.add(_measured(LearnedRow(name, corruption, method), cloud, reference))


def _measured(row: LearnedRow, cloud: PointCloud, reference: Mesh) -> LearnedRow:
    started = time.perf_counter()
    try:
        mesh = METHODS[row.method](cloud)
    except (SurfaceVanished, Diverged, ProcessFailed) as error:
        return replace(row, failure=str(error))
    seconds = time.perf_counter() - started
    found = compare(mesh, reference)
    return replace(
        row,
        seconds=seconds,
        chamfer_l1=found.chamfer_l1,
        f_score=found.f_score,
        normal_consistency=found.normal_consistency,
    )


def corrupted(reference: Mesh, corruption: Corruption) -> PointCloud:
    """A scan of a mesh: points evenly over it with noise along each axis, some of them spread over its cube instead."""
    points = scan(reference, points=corruption.points, noise=corruption.noise).points.copy()
    strays = int(len(points) * corruption.outliers)
    low, high = reference.vertices.min(0), reference.vertices.max(0)
    half = (high - low).max() / 2
    points[:strays] = (low + high) / 2 + np.random.default_rng(1).uniform(-half, half, (strays, 3))
    return PointCloud(points)


def _models() -> dict[str, Callable[[], Mesh]]:
    made: dict[str, Callable[[], Mesh]] = {model.__name__: model for model in shapes.MODELS}
    real = {case.name: case for case in CASES if case.name in REAL}
    return made | {name: (lambda case=case: case.load().reference) for name, case in real.items()}


def learned_tables(rows: Sequence[LearnedRow]) -> str:
    """For each corruption the measures of each method, as means over the models, and Chamfer-L1 of each model."""
    methods = [method for method in METHODS if any(row.method == method for row in rows)]
    parts = []
    for corruption in CORRUPTIONS:
        lines = [f"**{corruption}**, Chamfer-L1 in thousandths of the longest edge:", ""]
        lines += [f"| model | {' | '.join(methods)} |", f"|---|{'---:|' * len(methods)}"]
        here = [row for row in rows if row.corruption == corruption]
        for model in dict.fromkeys(row.model for row in here):
            found = {row.method: row for row in here if row.model == model}
            lines.append(f"| {model} | {' | '.join(_cell(found.get(method), 'chamfer_l1') for method in methods)} |")
        for measure, title in (
            ("chamfer_l1", "mean Chamfer-L1"),
            ("f_score", "mean F-score at 1 %"),
            ("normal_consistency", "mean normal consistency"),
            ("seconds", "median seconds"),
        ):
            cells = [
                _joint([getattr(row, measure) for row in here if row.method == method], measure) for method in methods
            ]
            lines.append(f"| **{title}** | {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _cell(row: LearnedRow | None, measure: str) -> str:
    return "-" if row is None or row.chamfer_l1 is None else _written(getattr(row, measure), measure)


def _joint(values: Sequence[float | None], measure: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    return _written(float(np.median(known) if measure == "seconds" else np.mean(known)), measure)


def _written(value: float, measure: str) -> str:
    match measure:
        case "chamfer_l1":
            return f"{1e3 * value:.2f}"
        case "seconds":
            return f"{value:.1f}"
    return f"{value:.3f}"


if __name__ == "__main__":
    tyro.cli(main)

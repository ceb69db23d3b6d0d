"""What reconstructs the scans with fine detail: the product's presets, and screened Poisson with normals of two kinds.

By name: ``best``, ``best@512`` for another resolution than the preset's, ``poisson-10-true`` and
``poisson-10-estimated`` for an octree of depth 10, and ``floor`` for the mesh of the true surface.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, cast, get_args

from benchmarks.detail_cases import DetailScan
from benchmarks.own_process import Cost
from benchmarks.preset_run import run_preset
from benchmarks.screened_poisson import run_screened_poisson
from sap_core.config import PresetName
from sap_core.geometry import Mesh

DEPTHS = (9, 10, 11)
METHODS = (
    "floor",
    "fast",
    "balanced",
    "best",
    *(f"poisson-{depth}-{normals}" for normals in ("true", "estimated") for depth in DEPTHS),
)
_MOST_TO_ORIENT = 2_000_000


class NotTried(RuntimeError):
    """The method would take too long on a scan."""


class Outcome(NamedTuple):
    """A mesh and what it took, as in ``DetailRow``."""

    mesh: Mesh
    cost: Cost | None = None
    resolution: int | None = None
    normals_seconds: float | None = None


Method = Callable[[DetailScan], Outcome]


def method_of(name: str) -> Method:
    """The method of a name.

    Raises:
        ValueError: there is none.
    """
    if name == "floor":
        return lambda scan: Outcome(scan.body.mesh)
    if found := re.fullmatch(r"poisson-(\d+)-(true|estimated)", name):
        return partial(_by_true_normals if found[2] == "true" else _by_estimated_normals, depth=int(found[1]))
    preset, _, resolution = name.partition("@")
    if preset in get_args(PresetName) and (not resolution or resolution.isdecimal()):
        return partial(_by_preset, preset=cast(PresetName, preset), resolution=int(resolution) if resolution else None)
    raise ValueError(f"there is no method {name!r}: choose from {', '.join(METHODS)}, or a preset as in best@512")


def _by_preset(scan: DetailScan, *, preset: PresetName, resolution: int | None) -> Outcome:
    run = run_preset(scan.cloud, preset, resolution=resolution)
    return Outcome(run.mesh, run.cost, run.resolution)


def _by_true_normals(scan: DetailScan, *, depth: int) -> Outcome:
    run = run_screened_poisson(scan.true_normals, depth=depth)
    return Outcome(run.mesh, run.cost, 2**depth)


def _by_estimated_normals(scan: DetailScan, *, depth: int) -> Outcome:
    count = len(scan.cloud)
    if count > _MOST_TO_ORIENT:
        raise NotTried(f"not tried: to orient {count:,} normals along a spanning tree takes too long")
    normals = scan.estimated_normals
    run = run_screened_poisson(normals.cloud, depth=depth)
    cost = Cost(
        normals.cost.seconds + run.cost.seconds,
        normals.cost.cpu_seconds + run.cost.cpu_seconds,
        max(normals.cost.gigabytes, run.cost.gigabytes),
    )
    return Outcome(run.mesh, cost, 2**depth, normals_seconds=normals.cost.seconds)

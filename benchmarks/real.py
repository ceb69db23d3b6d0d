"""Quality and time on scans that others made and whose true surface is known, from a folder that you have.

    python -m benchmarks.real SCANS [--presets balanced] [--append]

SCANS holds ``NAME_scan.*`` and ``NAME_reference.*``, a mesh or points spread evenly, for each scan. The methods: the
presets; screened Poisson with the normals of the file, or estimated ones where it has none; and screened Poisson with
the normals that the product starts from, which says what the steps after these are worth.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import tyro

from benchmarks.own_process import ProcessFailed
from benchmarks.results import FOLDER, Results
from benchmarks.screened_poisson import run_screened_poisson
from benchmarks.stopwatch import Stopwatch
from benchmarks.timed_run import warm_up
from sap_core import (
    Diverged,
    InputError,
    Mesh,
    PointCloud,
    Reconstruction,
    Settings,
    SurfaceVanished,
    read_cloud,
    read_mesh,
    reconstruct,
)
from sap_core.config import PresetName
from sap_core.geometry import FloatArray
from sap_core.mesh.metrics import chamfer_l1, f_score
from sap_core.mesh.sampling import sample_surface

_SAMPLES = 200_000  # of each surface


@dataclass(frozen=True)
class RealRow:
    """One method on one scan. Lengths are in units of the longest edge of the box around the reference.

    Attributes:
        case: name of the scan.
        method: name of a preset, "poisson-DEPTH", or "poisson-DEPTH-our-normals".
        points: of the scan.
        seconds: wall time from the scan in memory to the mesh.
        chamfer_l1: mean distance between samples of either surface, averaged over the two directions.
        f_score_half, f_score_fifth: harmonic mean of the shares of either within 0.5 and 0.2 % of the other.
        failure: why there is no mesh.
    """

    case: str
    method: str
    points: int
    seconds: float | None = None
    chamfer_l1: float | None = None
    f_score_half: float | None = None
    f_score_fifth: float | None = None
    failure: str | None = None

    def of(self, mesh: Mesh, reference: FloatArray) -> "RealRow":
        """The row with the measures of a mesh against points (N, 3) of the true surface."""
        edge = float(np.ptp(reference, axis=0).max())
        drawn = sample_surface(mesh, _SAMPLES, rng=np.random.default_rng(0)).points / edge
        true = reference / edge
        return replace(
            self,
            chamfer_l1=chamfer_l1(drawn, true),
            f_score_half=f_score(drawn, true, threshold=0.005),
            f_score_fifth=f_score(drawn, true, threshold=0.002),
        )


class RealScan(NamedTuple):
    """A scan, and points (N, 3) spread evenly over the surface that it was taken of."""

    name: str
    cloud: PointCloud
    reference: FloatArray


def main(
    scans: Annotated[Path, tyro.conf.Positional],
    *,
    presets: tuple[PresetName, ...] = ("fast", "balanced", "best"),
    depths: tuple[int, ...] = (8, 9, 10),
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure quality and time on scans with a reference each.

    Args:
        scans: folder of the scans.
        presets: of the product.
        depths: of screened Poisson.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("real", RealRow, append=append, folder=folder)
    methods = [*presets, *(f"poisson-{depth}{normals}" for normals in ("", "-our-normals") for depth in depths)]
    warm_up()
    for path in sorted(scans.glob("*_scan.*")):
        done = {(row.case, row.method) for row in results.rows()}
        scan = read_scan(path)
        for method in methods:
            if (scan.name, method) not in done:
                results.add(_measured(scan, method))


def read_scan(path: Path) -> RealScan:
    """Read ``NAME_scan.*`` and the reference beside it.

    Raises:
        FileNotFoundError: there is no reference.
        InputError: a file cannot be read.
    """
    name = path.stem.removesuffix("_scan")
    found = next(path.parent.glob(f"{name}_reference.*"), None)
    if found is None:
        raise FileNotFoundError(f"{path} has no reference: put {name}_reference.ply beside it")
    return RealScan(name, read_cloud(path).cloud, _points_of(found))


def _points_of(reference: Path) -> FloatArray:
    try:
        mesh = read_mesh(reference)
    except InputError:  # it has no faces
        return read_cloud(reference).cloud.points
    return sample_surface(mesh, _SAMPLES, rng=np.random.default_rng(0)).points


def _measured(scan: RealScan, method: str) -> RealRow:
    row = RealRow(scan.name, method, len(scan.cloud))
    clock = Stopwatch()
    try:
        with clock:
            mesh = _mesh_by(method, scan.cloud)
    except (SurfaceVanished, Diverged, ProcessFailed) as error:
        return replace(row, failure=str(error))
    return replace(row.of(mesh, scan.reference), seconds=clock.seconds)


def _mesh_by(method: str, cloud: PointCloud) -> Mesh:
    kind, _, rest = method.partition("-")
    if kind != "poisson":
        return reconstruct(cloud, preset=method)  # type: ignore[arg-type]
    depth, _, ours = rest.partition("-")
    return run_screened_poisson(with_our_normals(cloud) if ours else cloud, depth=int(depth)).mesh


def with_our_normals(cloud: PointCloud) -> PointCloud:
    """The points of a scan that belong to it, with the unit normals that a run starts from."""
    start = Reconstruction(cloud, Settings(points=len(cloud))).oriented_points()
    assert start.normals is not None, "oriented points have normals"
    return PointCloud(start.points, start.normals / np.linalg.norm(start.normals, axis=1, keepdims=True))


if __name__ == "__main__":
    tyro.cli(main)

"""What a step through each layer costs on fine grids, in time and memory, and how near their surfaces are.

    python -m benchmarks.layer_cost [--resolutions 256 512 1024 2048] [--steps 7] [--append]

200,000 oriented points with true normals on a threaded rod. The layers are listed in ``layer_step``.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import tyro

from benchmarks.detailed_shapes import thread
from benchmarks.layer_step import LAYERS, LayerKind, LayerStep, cost_of, mesh_of
from benchmarks.own_process import ProcessFailed
from benchmarks.results import FOLDER, Results
from benchmarks.triangle_distance import nearest_on_mesh
from sap_core.frame import UnitFrame
from sap_core.geometry import Mesh, PointCloud
from sap_core.mesh.topology import topology

POINTS = 200_000
_COMPARED_AT = 512


@dataclass(frozen=True)
class LayerRow:
    """One layer at one resolution.

    Attributes:
        layer: a name of ``LAYERS``.
        points: oriented, that the surface is made of.
        steps: that were timed, the layers in turn.
        forward, backward: seconds of a step; medians.
        seconds: of both; the median.
        gigabytes: that a process with two steps held at most (1e9 bytes), libraries included.
        faces: of the surface.
        boundary_edges: of the surface: edges of one face.
        cells_off, cells_off_99: how far the surface and that of the first layer are from each other, at 512 nodes: mean
            and 99th percentile over the vertices of both, in grid cells.
        failure: why there is no surface.
    """

    layer: str
    resolution: int
    points: int
    steps: int
    forward: float | None = None
    backward: float | None = None
    seconds: float | None = None
    gigabytes: float | None = None
    faces: int | None = None
    boundary_edges: int | None = None
    cells_off: float | None = None
    cells_off_99: float | None = None
    failure: str | None = None


def main(
    *,
    resolutions: tuple[int, ...] = (256, 512, 1024, 2048),
    points: int = POINTS,
    steps: int = 7,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure the cost of the layers.

    Args:
        resolutions: grid nodes along each axis.
        points: oriented, on the rod.
        steps: timed of each layer, in turn.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    results = Results.of_run("layer_cost", LayerRow, append=append, folder=folder)
    done = {(row.layer, row.resolution, row.points) for row in results.rows()}
    oriented = _oriented_points(points)
    for resolution in resolutions:
        kinds = [kind for kind in LAYERS if resolution <= kind.finest]
        if all((kind.name, resolution, points) in done for kind in kinds):
            continue
        rows: dict[LayerKind, LayerRow] = {}
        for kind in kinds:  # first apart: what memory does not suffice for ends that process, and not this one
            row = LayerRow(kind.name, resolution, points, steps)
            try:
                rows[kind] = replace(row, gigabytes=cost_of(kind, resolution, oriented, steps=2).gigabytes)
            except ProcessFailed as error:
                results.add(replace(row, failure=str(error)))
        for row in _measured(rows, resolution, oriented, steps):
            if (row.layer, resolution, points) not in done:
                results.add(row)


def _measured(rows: dict[LayerKind, LayerRow], resolution: int, oriented: PointCloud, steps: int) -> list[LayerRow]:
    """The rows with times and surfaces."""
    taken = {kind: LayerStep(kind, resolution, oriented) for kind in rows}
    laps: dict[LayerKind, list[tuple[float, float]]] = {kind: [] for kind in rows}
    meshes: dict[LayerKind, Mesh] = {}
    for _ in range(steps + 1):
        for kind, step in taken.items():
            meshes[kind] = mesh_of(step.take())
            laps[kind].append((step.forward.lap, step.backward.lap))
    measured = []
    for kind, row in rows.items():
        there, back = np.array(laps[kind][1:]).T  # in the first round memory comes from the system
        mesh = meshes[kind]
        row = replace(
            row,
            forward=float(np.median(there)),
            backward=float(np.median(back)),
            seconds=float(np.median(there + back)),
            faces=len(mesh.faces),
            boundary_edges=topology(mesh).boundary_edges,
        )
        first = meshes.get(LAYERS[0])
        if resolution == _COMPARED_AT and first is not None and kind != LAYERS[0]:
            cells = resolution * _distances(mesh, first)
            row = replace(row, cells_off=float(cells.mean()), cells_off_99=float(np.quantile(cells, 0.99)))
        measured.append(row)
    return measured


def _distances(mesh: Mesh, other: Mesh) -> np.ndarray:
    """From the vertices of either to the faces of the other."""
    there, back = nearest_on_mesh(mesh.vertices, other), nearest_on_mesh(other.vertices, mesh)
    return np.concatenate([there.distances, back.distances])


def _oriented_points(count: int) -> PointCloud:
    """Points on the rod in the unit cube, with true normals."""
    exact = thread().samples(count)
    return PointCloud(UnitFrame.around(exact.points).to_unit(exact.points), exact.normals)


if __name__ == "__main__":
    tyro.cli(main)

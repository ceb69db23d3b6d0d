"""A run of the product in a process of its own, for its peak memory."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from numpy.typing import ArrayLike

from benchmarks.own_process import Cost, call_apart, serve
from benchmarks.timed_run import warm_up
from sap_core import Mesh, PointCloud, Reconstruction, Settings
from sap_core.config import PresetName
from sap_core.geometry import FloatArray


class PresetRun(NamedTuple):
    """How a run ended.

    Attributes:
        mesh: at its end.
        cost: from the scan in memory to the mesh.
        resolution: the finest that a step used.
        steps: how many were taken.
    """

    mesh: Mesh
    cost: Cost
    resolution: int
    steps: int


def run_preset(cloud: PointCloud, preset: PresetName, *, resolution: int | None = None) -> PresetRun:
    """Reconstruct the points of a cloud.

    Args:
        resolution: the preset's own unless it is given.

    Raises:
        ProcessFailed: its process ended without a mesh.
    """
    given: dict[str, Any] = {"points": cloud.points, "preset": preset}
    if resolution is not None:
        given["resolution"] = resolution
    found, cost = call_apart("benchmarks.preset_run", **given)
    return PresetRun(Mesh(found["vertices"], found["faces"]), cost, int(found["finest"]), int(found["steps"]))


def _answer(points: FloatArray, preset: ArrayLike, resolution: int | None = None) -> Mapping[str, ArrayLike]:
    """Runs in the other process."""
    name = cast(PresetName, str(preset))
    settings = Settings(preset=name, resolution=None if resolution is None else int(resolution))
    reconstruction = Reconstruction(PointCloud(points), settings)
    finest = 0
    while not reconstruction.finished:
        reconstruction.step()
        finest = max(finest, reconstruction.in_force.resolution)
    mesh = reconstruction.mesh()
    return {"vertices": mesh.vertices, "faces": mesh.faces, "finest": finest, "steps": reconstruction.step_count}


if __name__ == "__main__":
    serve(_answer, prepare=warm_up)

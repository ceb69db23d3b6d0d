"""What a user has without this program: Open3D's screened Poisson, with normals by PCA and a minimum spanning tree.

Kazhdan and Hoppe 2013, Hoppe et al. 1992. Open3D computes in a process of its own: it brings another OpenMP, and its
threads and torch's would wait for one another.
"""

from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike

from benchmarks.own_process import Answer, Cost, ProcessKilled, call_apart, serve
from sap_core.geometry import FloatArray, Mesh, PointCloud

_NEIGHBOURS = 30  # of a point, for its normal and for the spanning tree
_TRIES = 3  # its Poisson reconstruction ends by a segmentation fault now and then
_SERVED = "benchmarks.screened_poisson"


class PoissonRun(NamedTuple):
    """The mesh in the frame of the cloud, and what it took."""

    mesh: Mesh
    cost: Cost


class EstimatedNormals(NamedTuple):
    """A cloud with the normals that were estimated for it, and what they took."""

    cloud: PointCloud
    cost: Cost


def run_screened_poisson(cloud: PointCloud, *, depth: int) -> PoissonRun:
    """Reconstruct a cloud by its normals, which are estimated first where it has none.

    Args:
        depth: of the octree; 8 is a grid of 256^3.

    Raises:
        ModuleNotFoundError: Open3D is not installed.
        ProcessFailed: its process ended without a mesh.
    """
    center = cloud.points.mean(0)  # map coordinates leave nothing for its float32
    given = {} if cloud.normals is None else {"normals": cloud.normals}
    found = _call_open3d(points=cloud.points - center, depth=depth, **given)
    return PoissonRun(Mesh(found.arrays["vertices"] + center, found.arrays["faces"]), found.cost)


def estimate_normals(cloud: PointCloud) -> EstimatedNormals:
    """Estimate the normals that ``run_screened_poisson`` would, for more than one run.

    Raises:
        ModuleNotFoundError: Open3D is not installed.
        ProcessFailed: its process ended without normals.
    """
    found = _call_open3d(points=cloud.points - cloud.points.mean(0))
    return EstimatedNormals(PointCloud(cloud.points, found.arrays["normals"]), found.cost)


def _call_open3d(**arguments: ArrayLike) -> Answer:
    if find_spec("open3d") is None:
        raise ModuleNotFoundError('screened Poisson needs Open3D: pip install "sap-viewer[benchmarks]"')
    arguments["threads"] = torch.get_num_threads()
    for _ in range(_TRIES - 1):
        with suppress(ProcessKilled):
            return call_apart(_SERVED, **arguments)
    return call_apart(_SERVED, **arguments)


def _answer(
    points: FloatArray, threads: int, normals: FloatArray | None = None, depth: int | None = None
) -> Mapping[str, ArrayLike]:
    """Runs in the other process: a mesh, or without a depth normals."""
    open3d = _open3d()
    cloud: Any = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(points))
    if normals is None:
        cloud.estimate_normals(open3d.geometry.KDTreeSearchParamKNN(_NEIGHBOURS))
        cloud.orient_normals_consistent_tangent_plane(_NEIGHBOURS)
    else:
        cloud.normals = open3d.utility.Vector3dVector(normals)
    if depth is None:
        return {"normals": np.asarray(cloud.normals)}
    mesh, _ = open3d.geometry.TriangleMesh.create_from_point_cloud_poisson(
        cloud, depth=int(depth), n_threads=int(threads)
    )
    return {"vertices": np.asarray(mesh.vertices), "faces": np.asarray(mesh.triangles)}


def _open3d() -> Any:
    import open3d  # noqa: PLC0415  an optional extra, and not beside torch

    return open3d


if __name__ == "__main__":
    serve(_answer, prepare=_open3d)

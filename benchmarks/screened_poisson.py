"""What a user has without this program: Open3D's screened Poisson, with normals by PCA and a minimum spanning tree.

Kazhdan and Hoppe 2013, Hoppe et al. 1992. Open3D computes in a process of its own, with as many threads as torch has
here: it brings another OpenMP, and its threads and torch's would wait for one another.
"""

import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from sap_core.geometry import Mesh, PointCloud

_NEIGHBOURS = 30  # of a point, for its normal and for the spanning tree


class PoissonRun(NamedTuple):
    """The mesh in the frame of the cloud, and the wall time without process start and files."""

    mesh: Mesh
    seconds: float


class PoissonFailed(RuntimeError):
    """Open3D did not return a mesh."""


def run_screened_poisson(cloud: PointCloud, *, depth: int) -> PoissonRun:
    """Reconstruct the points of a cloud, whatever normals it has.

    Args:
        depth: of the octree; 8 is a grid of 256^3.

    Raises:
        ModuleNotFoundError: Open3D is not installed.
        PoissonFailed: its process ended without a mesh.
    """
    if find_spec("open3d") is None:
        raise ModuleNotFoundError('screened Poisson needs Open3D: pip install "sap-viewer[benchmarks]"')
    threads = torch.get_num_threads()
    center = cloud.points.mean(0)  # map coordinates leave nothing for its float32
    with tempfile.TemporaryDirectory() as folder:
        points, result = Path(folder) / "points.npy", Path(folder) / "mesh.npz"
        np.save(points, cloud.points - center)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.screened_poisson", points, result, str(depth), str(threads)],
            env={**os.environ, "OMP_NUM_THREADS": str(threads)},
            cwd=Path(__file__).parents[1],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no message"]
            raise PoissonFailed(f"Open3D ended with code {done.returncode}: {reason[0]}")
        with np.load(result) as arrays:
            return PoissonRun(Mesh(arrays["vertices"] + center, arrays["faces"]), float(arrays["seconds"]))


def _reconstruct(points: Path, result: Path, depth: int, threads: int) -> None:
    """Runs in the other process."""
    import open3d  # noqa: PLC0415  an optional extra, and not beside torch

    cloud: Any = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(np.load(points)))
    started = time.perf_counter()
    cloud.estimate_normals(open3d.geometry.KDTreeSearchParamKNN(_NEIGHBOURS))
    cloud.orient_normals_consistent_tangent_plane(_NEIGHBOURS)
    mesh, _ = open3d.geometry.TriangleMesh.create_from_point_cloud_poisson(cloud, depth=depth, n_threads=threads)
    seconds = time.perf_counter() - started
    np.savez(result, vertices=np.asarray(mesh.vertices), faces=np.asarray(mesh.triangles), seconds=seconds)


if __name__ == "__main__":
    _reconstruct(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))

"""Exact distances from points to a mesh, by Open3D in a process of its own (see ``screened_poisson``)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from benchmarks.own_process import call_apart, serve
from sap_core.geometry import FloatArray, IntArray, Mesh


class Nearest(NamedTuple):
    """For each point the distance to a mesh (N,), and the unit normal (N, 3) of the face there; 0 without area."""

    distances: FloatArray
    normals: FloatArray


def nearest_on_mesh(points: FloatArray, mesh: Mesh) -> Nearest:
    """Find the nearest place of a mesh for each point (N, 3), within its triangles and not at their corners only."""
    center = points.mean(0)  # Open3D has float32
    given = {"points": points - center, "vertices": mesh.vertices - center, "faces": mesh.faces}
    found = call_apart("benchmarks.triangle_distance", **given).arrays
    first, second, third = mesh.vertices[mesh.faces[found["rows"]]].transpose(1, 0, 2)
    normals = np.cross(second - first, third - first)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return Nearest(
        np.linalg.norm(given["points"] - found["places"], axis=1), normals / np.where(lengths > 0, lengths, 1)
    )


def _answer(points: FloatArray, vertices: FloatArray, faces: IntArray) -> Mapping[str, ArrayLike]:
    """Runs in the other process."""
    import open3d  # noqa: PLC0415  an optional extra, and not beside torch

    scene: Any = open3d.t.geometry.RaycastingScene()
    tensor: Any = open3d.core.Tensor
    scene.add_triangles(tensor(vertices.astype(np.float32)), tensor(faces.astype(np.uint32)))
    found = scene.compute_closest_points(tensor(points.astype(np.float32)))
    return {"places": found["points"].numpy(), "rows": found["primitive_ids"].numpy().astype(np.int64)}


if __name__ == "__main__":
    serve(_answer)

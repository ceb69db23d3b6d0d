"""Normals and curvature at the vertices of a mesh, for display."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import FloatArray, IntArray, Mesh

Floats = NDArray[np.float32]


def vertex_normals(mesh: Mesh) -> Floats:
    """(V, 3) outward unit normals: the mean of those of the faces around a vertex, weighted by their areas.

    Where that mean is zero, and for a vertex without a face, so is the normal.
    """
    return _normals(_faces(_local(mesh), mesh.faces)[1], mesh.faces, len(mesh.vertices))


def mean_curvature(mesh: Mesh) -> Floats:
    """(V,) the mean curvature in 1 / units of the mesh: positive where it is convex, 1 / r on a sphere of radius r.

    The trace of the shape operator is the divergence of the unit normals along the surface. On a face they are taken as
    linear; a vertex has the mean of its faces, weighted by their areas, so that slivers count little. The mean is taken
    twice, which leaves out the grid that marching cubes has been on.
    """
    faces, count = mesh.faces, len(mesh.vertices)
    (a, b, c), areas = _faces(_local(mesh), faces)
    normals = _normals(areas, faces, count)
    turning = sum(
        np.cross(opposite, normals.take(faces[:, corner], axis=0))
        for corner, opposite in enumerate((c - b, a - c, b - a))
    )
    doubled = np.linalg.norm(areas, axis=1)
    weights = _gathered(doubled, faces, count)
    summed = _gathered(_divided(np.einsum("fc,fc->f", areas, turning), doubled), faces, count)
    rough = _divided(summed, 2 * weights)
    return _divided(_gathered(doubled * rough[faces].mean(1), faces, count), weights).astype(np.float32)


def _local(mesh: Mesh) -> Floats:
    """(V, 3) around the mesh's own middle, where float32 is precise enough, and half as dear."""
    if not len(mesh.vertices):
        return np.zeros((0, 3), np.float32)
    return (mesh.vertices - (mesh.vertices.min(0) + mesh.vertices.max(0)) / 2).astype(np.float32)


def _faces(vertices: Floats, faces: IntArray) -> tuple[tuple[Floats, Floats, Floats], Floats]:
    """The corners of all faces, (F, 3) each, and their normals (F, 3), twice as long as their areas are large."""
    a, b, c = (vertices.take(faces[:, corner], axis=0) for corner in range(3))
    return (a, b, c), np.cross(b - a, c - a)


def _normals(areas: Floats, faces: IntArray, count: int) -> Floats:
    sums = np.stack([_gathered(along, faces, count) for along in areas.T], axis=1)
    return _divided(sums, np.linalg.norm(sums, axis=1, keepdims=True)).astype(np.float32)


def _gathered(values: NDArray[np.floating[Any]], faces: IntArray, count: int) -> FloatArray:
    """(V,) at each vertex the sum of the values (F,) of its faces."""
    sums = np.zeros(count)
    for corner in range(3):
        sums += np.bincount(faces[:, corner], values, count)
    return sums


def _divided(values: FloatArray, by: FloatArray) -> FloatArray:
    """Zero where there is nothing to divide by."""
    return np.divide(values, by, out=np.zeros_like(values), where=by > 0)

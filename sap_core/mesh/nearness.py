"""How far points are from the faces of a mesh."""

from typing import NamedTuple

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray, IntArray, Mesh


class Nearness(NamedTuple):
    """The distance of each point from a mesh, and the row of the vertex nearest to it."""

    distances: FloatArray  # (N,)
    vertices: IntArray  # (N,)


def nearness(points: FloatArray, mesh: Mesh) -> Nearness:
    """The distances of points (N, 3) from a mesh, whose every vertex has a face.

    Only the faces around the nearest vertex are asked. Where triangles are as even as those of marching cubes, hardly
    ever is another one nearer, and then by a small part of its size.
    """
    _, nearest = KDTree(mesh.vertices).query(points)
    rows = nearest.astype(np.int64)
    asked = np.zeros(len(mesh.vertices), np.bool_)
    asked[rows] = True
    faces = mesh.faces[asked[mesh.faces].any(axis=1)]
    by_vertex = np.argsort(faces, axis=None, kind="stable")
    first, end = (np.searchsorted(faces.ravel()[by_vertex], rows, side) for side in ("left", "right"))
    counts = end - first
    starts = np.cumsum(counts) - counts
    point = np.repeat(np.arange(len(points)), counts)
    around = by_vertex[np.arange(counts.sum()) + (first - starts)[point]] // 3
    squared = _squared_distances(points[point], mesh.vertices[faces[around]])
    return Nearness(np.sqrt(np.minimum.reduceat(squared, starts)), rows)


def _squared_distances(points: FloatArray, corners: FloatArray) -> FloatArray:
    """From each point (P, 3) to its triangle (P, 3, 3): to the plane where it lies over it, else to the sides."""
    sides = np.roll(corners, -1, axis=1) - corners
    to_point = points[:, None] - corners
    normals = np.cross(sides[:, 0], sides[:, 1])
    areas = np.einsum("pi,pi->p", normals, normals)
    lengths = np.einsum("pci,pci->pc", sides, sides)
    along = np.einsum("pci,pci->pc", to_point, sides)
    shares = np.divide(along, lengths, out=np.zeros_like(along), where=lengths > 0).clip(0, 1)
    beside = to_point - shares[..., None] * sides
    nearest_side = np.einsum("pci,pci->pc", beside, beside).min(axis=1)
    inner = np.einsum("pci,pi->pc", np.cross(sides, to_point), normals)
    over = (inner >= 0).all(axis=1) & (areas > 0)
    heights = np.einsum("pi,pi->p", to_point[:, 0], normals) ** 2
    return np.where(over, np.divide(heights, areas, out=np.zeros_like(areas), where=areas > 0), nearest_side)

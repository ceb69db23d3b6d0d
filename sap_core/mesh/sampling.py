"""Drawing points: on a mesh, on a sphere; and the components of a mesh worth drawing from."""

import numpy as np
import scipy

from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud


def sample_surface(mesh: Mesh, count: int, *, rng: np.random.Generator) -> PointCloud:
    """Points spread evenly over the area of a mesh, with the unit normals of their faces.

    Raises:
        ValueError: the mesh has no area.
    """
    corners = mesh.vertices[mesh.faces]  # (F, 3, 3)
    doubled_area_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled_areas = np.linalg.norm(doubled_area_normals, axis=1)
    total = doubled_areas.sum()
    if not total > 0:
        raise ValueError(f"a mesh of {len(mesh.faces)} faces without area cannot be sampled")
    chosen = rng.choice(len(mesh.faces), count, p=doubled_areas / total)
    # Folding the unit square along its diagonal spreads points evenly over a triangle.
    u, v = rng.random((2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    first, second, third = corners[chosen].transpose(1, 0, 2)
    points = first + u * (second - first) + v * (third - first)
    return PointCloud(points, doubled_area_normals[chosen] / doubled_areas[chosen, None])


def main_components(mesh: Mesh, *, share: float = 1.0) -> Mesh:
    """The connected components with at least this share of the vertices of the largest; 1 for that one alone."""
    labels = component_labels(mesh)
    sizes = np.bincount(labels)
    if len(sizes) <= 1:
        return mesh
    kept = (sizes >= share * sizes.max())[labels]
    return mesh.keep_faces(kept[mesh.faces[:, 0]])


def component_labels(mesh: Mesh) -> IntArray:
    """Number the connected components, from 0, and give that of each vertex: (V,)."""
    count = len(mesh.vertices)
    edges = np.concatenate([mesh.faces[:, [0, 1]], mesh.faces[:, [1, 2]]])
    graph = scipy.sparse.coo_array((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(count, count))
    _, labels = scipy.sparse.csgraph.connected_components(graph, directed=False)
    return labels.astype(np.int64)


def sphere(count: int, *, radius: float, center: FloatArray, rng: np.random.Generator) -> PointCloud:
    """Points spread evenly over a sphere, with outward unit normals."""
    normals = rng.normal(size=(count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return PointCloud(center + radius * normals, normals)

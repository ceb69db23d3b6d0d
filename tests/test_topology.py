from collections import Counter
from itertools import combinations

import numpy as np
import pytest
import trimesh

from sap_core.geometry import Mesh
from sap_core.mesh.topology import Topology, topology
from tests.scans import ball_mesh

CLOSED = {"watertight": True, "oriented": True, "boundary_edges": 0, "non_manifold_edges": 0}


def of_shape(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(shape.vertices, shape.faces)


def together(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def test_a_sphere() -> None:
    assert topology(ball_mesh()) == Topology(**CLOSED, components=1, euler_characteristic=2)


def test_a_torus_has_a_handle() -> None:
    torus = of_shape(trimesh.creation.torus(1.0, 0.3))
    assert topology(torus) == Topology(**CLOSED, components=1, euler_characteristic=0)


def test_two_spheres_are_two_components() -> None:
    spheres = together(ball_mesh(), ball_mesh(offset=3.0))
    assert topology(spheres) == Topology(**CLOSED, components=2, euler_characteristic=4)


def test_an_open_hemisphere_has_its_rim_for_boundary() -> None:
    sphere = ball_mesh()
    hemisphere = Mesh(sphere.vertices, sphere.faces[sphere.vertices[sphere.faces][..., 2].min(1) > -1e-9])
    edges = Counter(frozenset(pair) for face in hemisphere.faces for pair in combinations(face, 2))
    assert topology(hemisphere) == Topology(
        watertight=False,
        oriented=True,
        components=1,
        boundary_edges=list(edges.values()).count(1),
        non_manifold_edges=0,
        euler_characteristic=1,
    )


def test_three_faces_on_an_edge() -> None:
    fan = Mesh(np.array([[0.0, 0, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [-1, -1, 0]]), [[0, 1, 2], [0, 1, 3], [1, 0, 4]])
    assert topology(fan) == Topology(
        watertight=False,
        oriented=False,
        components=1,
        boundary_edges=6,
        non_manifold_edges=1,
        euler_characteristic=5 - 7 + 3,
    )


def test_a_flipped_face_leaves_no_gap() -> None:
    sphere = ball_mesh()
    faces = sphere.faces.copy()
    faces[7] = faces[7, ::-1]
    found = topology(Mesh(sphere.vertices, faces))
    assert found.watertight
    assert not found.oriented


@pytest.mark.parametrize("vertices", [0, 4])
def test_an_empty_mesh_is_not_watertight(vertices: int) -> None:
    assert topology(Mesh(np.zeros((vertices, 3)), np.zeros((0, 3)))) == Topology(
        watertight=False,
        oriented=True,
        components=0,
        boundary_edges=0,
        non_manifold_edges=0,
        euler_characteristic=0,
    )


def test_corners_repeated_in_every_face_are_welded() -> None:
    sphere = ball_mesh()
    soup = Mesh(sphere.vertices[sphere.faces].reshape(-1, 3), np.arange(3 * len(sphere.faces)).reshape(-1, 3))
    assert topology(soup) == topology(sphere)


def test_a_face_without_extent_does_not_count() -> None:
    """Two vertices in the place of one, with two faces between them, as marching cubes makes at a node."""
    sphere = ball_mesh()
    split = len(sphere.vertices)
    around = [corner for face in sphere.faces if 0 in face for corner in face if corner != 0]
    first, second = around[0], around[1]
    vertices = np.concatenate([sphere.vertices, sphere.vertices[:1]])
    faces = np.concatenate([sphere.faces, [[0, split, first], [split, 0, second]]])
    assert topology(Mesh(vertices, faces)) == topology(sphere)


def test_vertices_without_a_face_do_not_count() -> None:
    sphere = ball_mesh()
    with_strays = Mesh(np.concatenate([[[5.0, 5, 5]], sphere.vertices, [[9.0, 9, 9]]]), sphere.faces + 1)
    assert topology(with_strays) == topology(sphere)

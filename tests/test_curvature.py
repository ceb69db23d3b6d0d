"""Normals and mean curvature against surfaces of known curvature."""

import numpy as np
import pytest
import trimesh

from sap_core.geometry import Mesh
from sap_core.mesh.curvature import mean_curvature, vertex_normals
from tests.scans import MAP_OFFSET


def of(shape: trimesh.Trimesh, *, offset: np.ndarray | float = 0.0) -> Mesh:
    return Mesh(np.asarray(shape.vertices) + offset, np.asarray(shape.faces))


@pytest.mark.parametrize("offset", [0.0, MAP_OFFSET])
@pytest.mark.parametrize("radius", [0.01, 2.0])
def test_a_sphere_has_radial_normals_and_one_over_its_radius(radius: float, offset: np.ndarray | float) -> None:
    ball = trimesh.creation.icosphere(5, radius=radius)
    mesh = of(ball, offset=offset)
    np.testing.assert_allclose(vertex_normals(mesh), np.asarray(ball.vertices) / radius, atol=5e-3)
    np.testing.assert_allclose(mean_curvature(mesh), 1 / radius, rtol=0.1)


def test_a_torus_is_less_curved_inside_as_the_formula_says() -> None:
    major, minor = 1.0, 0.35
    ring = trimesh.creation.torus(major, minor, major_sections=160, minor_sections=80)
    x, y, _ = np.asarray(ring.vertices).T
    across = (np.hypot(x, y) - major) / minor  # the cosine of the angle around the tube
    expected = (major + 2 * minor * across) / (2 * minor * (major + minor * across))
    np.testing.assert_allclose(mean_curvature(of(ring)), expected, rtol=0.1)


def test_turned_inside_out_it_is_concave() -> None:
    ball = of(trimesh.creation.icosphere(3))
    assert (mean_curvature(Mesh(ball.vertices, ball.faces[:, ::-1])) < 0).all()


def test_flat_faces_have_none_and_loose_vertices_and_empty_meshes_do_no_harm() -> None:
    plane = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [5, 5, 5]], [[0, 1, 2], [0, 2, 3]])
    assert mean_curvature(plane).tolist() == [0.0] * 5
    assert vertex_normals(plane).tolist() == [[0, 0, 1]] * 4 + [[0, 0, 0]]
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    assert mean_curvature(nothing).shape == (0,)
    assert vertex_normals(nothing).shape == (0, 3)

"""The pyramids that stand for arrows."""

import numpy as np

from sap_viewer.view.needles import needles

FEET = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [0.5, 0.0, 0.0]], np.float32)
ARROWS = np.array([[0.0, 0.0, 0.2], [-0.1, 0.05, 0.0], [0.1, 0.1, 0.1]], np.float32)
RADIUS = 0.01


def test_a_needle_reaches_from_its_foot_to_its_tip() -> None:
    vertices, _ = needles(FEET, ARROWS, radius=RADIUS)
    corners = vertices.reshape(-1, 4, 3)
    np.testing.assert_allclose(corners[:, 3], FEET + ARROWS, atol=1e-6)
    np.testing.assert_allclose(corners[:, :3].mean(1), FEET, atol=1e-6)


def test_the_base_is_an_even_triangle_across_the_arrow() -> None:
    vertices, _ = needles(FEET, ARROWS, radius=RADIUS)
    spokes = vertices.reshape(-1, 4, 3)[:, :3] - FEET[:, None]
    np.testing.assert_allclose(np.linalg.norm(spokes, axis=2), RADIUS, rtol=1e-3)
    np.testing.assert_allclose(np.einsum("mki,mi->mk", spokes, ARROWS), 0.0, atol=1e-7)
    sides = np.linalg.norm(spokes - np.roll(spokes, 1, axis=1), axis=2)
    np.testing.assert_allclose(sides, RADIUS * np.sqrt(3), rtol=1e-3)


def test_the_faces_look_away_from_the_arrow() -> None:
    vertices, faces = needles(FEET, ARROWS, radius=RADIUS)
    assert faces.shape == (9, 3)
    triangles = vertices[faces]
    outward = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    middles = (FEET + ARROWS / 2).repeat(3, axis=0)
    assert (np.einsum("fi,fi->f", outward, triangles.mean(1) - middles) > 0).all()


def test_an_arrow_of_length_zero_is_a_point() -> None:
    vertices, _ = needles(FEET[1:2], np.zeros((1, 3), np.float32), radius=RADIUS)
    np.testing.assert_array_equal(vertices, FEET[[1, 1, 1, 1]])

import numpy as np
import pytest
import trimesh

from sap_core.geometry import Mesh
from sap_core.mesh.nearness import nearness
from tests.scans import MAP_OFFSET
from tests.shapes import torus_mesh

TRIANGLE = Mesh([[0, 0, 0], [4, 0, 0], [0, 3, 0]], [[0, 1, 2]])


@pytest.mark.parametrize(
    ("point", "distance"),
    [
        ((1, 1, 2), 2.0),  # over the inside
        ((1, 1, 0), 0.0),
        ((2, -3, 0), 3.0),  # beside a side
        ((2, -3, 4), 5.0),
        ((-3, -4, 0), 5.0),  # beyond a corner
        ((4 + 0.6, 3 + 0.8, 0), 3.4),  # beside the longest side: (3, 4) / 5 is across it
    ],
)
def test_a_point_is_as_far_as_the_nearest_place_of_a_triangle(point: tuple[float, ...], distance: float) -> None:
    found = nearness(np.array([point], float), TRIANGLE).distances
    assert found == pytest.approx([distance])


@pytest.mark.parametrize("offset", [0.0, MAP_OFFSET])
def test_points_around_a_mesh_are_as_far_as_all_of_its_triangles_say(offset: np.ndarray | float) -> None:
    mesh = torus_mesh()
    points = np.random.default_rng(0).normal(size=(200, 3))
    triangles = mesh.vertices[mesh.faces]
    each = [np.repeat(point[None], len(triangles), 0) for point in points]
    nearest = np.array(
        [np.linalg.norm(trimesh.triangles.closest_point(triangles, at) - at, axis=1).min() for at in each]
    )
    moved = Mesh(mesh.vertices + offset, mesh.faces)
    assert nearness(points + offset, moved).distances == pytest.approx(nearest, abs=1e-3)


def test_each_point_has_its_nearest_vertex() -> None:
    mesh = torus_mesh()
    rows = np.arange(0, len(mesh.vertices), 7)
    found = nearness(mesh.vertices[rows], mesh)
    assert np.array_equal(found.vertices, rows)
    assert found.distances == pytest.approx(np.zeros(len(rows)), abs=1e-9)


def test_a_triangle_without_area_is_as_far_as_its_sides() -> None:
    sliver = Mesh([[0, 0, 0], [2, 0, 0], [1, 0, 0]], [[0, 1, 2]])
    assert nearness(np.array([[1.0, 0.0, 3.0]]), sliver).distances == pytest.approx([3.0])

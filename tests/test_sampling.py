import numpy as np
import pytest
import trimesh

from sap_core.geometry import Mesh
from sap_core.mesh.sampling import main_components, sample_surface, sphere


def box(size: float = 1.0, offset: float = 0.0, subdivisions: int = 0) -> Mesh:
    shape = trimesh.creation.box((size, size, size))
    for _ in range(subdivisions):
        shape = shape.subdivide()
    return Mesh(shape.vertices + offset, shape.faces)


def test_samples_lie_on_the_faces_with_their_normals() -> None:
    cloud = sample_surface(box(), 2_000, rng=np.random.default_rng(0))
    axis = np.abs(cloud.points).argmax(1)
    rows = np.arange(len(cloud))
    assert np.allclose(np.abs(cloud.points[rows, axis]), 0.5)
    assert np.allclose(cloud.normals[rows, axis], np.sign(cloud.points[rows, axis]))


def test_samples_spread_by_area() -> None:
    square = Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [4, 0, 0]], [[0, 1, 2], [1, 3, 2]])  # areas 1/2 and 3/2
    cloud = sample_surface(square, 20_000, rng=np.random.default_rng(0))
    in_small = (cloud.points[:, 0] + cloud.points[:, 1] < 1).mean()
    assert in_small == pytest.approx(0.25, abs=0.02)


def test_same_seed_same_samples() -> None:
    first, second = (sample_surface(box(), 10, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.points, second.points)


def test_mesh_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="without area"):
        sample_surface(Mesh([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]]), 10, rng=np.random.default_rng(0))


def test_the_largest_component_is_the_one_with_most_vertices() -> None:
    small, large = box(size=5.0), box(offset=20.0, subdivisions=2)
    both = Mesh(
        np.concatenate([small.vertices, large.vertices]),
        np.concatenate([small.faces, large.faces + len(small.vertices)]),
    )
    kept = main_components(both)
    assert np.array_equal(kept.vertices, large.vertices)
    assert np.array_equal(kept.faces, large.faces)
    assert main_components(kept) is kept


def test_components_of_a_share_of_the_largest_are_kept_with_it() -> None:
    pieces = [box(), box(offset=5.0, subdivisions=1), box(offset=10.0, subdivisions=2)]  # 8, 26 and 98 vertices
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces])
    mesh = Mesh(
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=False)]),
    )
    kept = main_components(mesh, share=0.2)
    assert np.array_equal(kept.vertices, mesh.vertices[8:])
    assert len(kept.faces) == len(pieces[1].faces) + len(pieces[2].faces)


def test_sphere_points_outward() -> None:
    cloud = sphere(500, radius=2.0, center=np.array([1.0, 2, 3]), rng=np.random.default_rng(0))
    assert np.allclose(cloud.points, np.array([1, 2, 3]) + 2 * cloud.normals)
    assert np.abs(cloud.normals.mean(0)).max() < 0.1


def test_components_keep_the_colours_and_distances_of_their_vertices() -> None:
    pieces = [box(), box(offset=5.0, subdivisions=1)]
    vertices = np.concatenate([piece.vertices for piece in pieces])
    colors = np.arange(3 * len(vertices), dtype=np.uint8).reshape(-1, 3)
    distances = np.linspace(0, 1, len(vertices))
    mesh = Mesh(vertices, np.concatenate([pieces[0].faces, pieces[1].faces + 8]), colors, distances)
    kept = main_components(mesh)
    assert np.array_equal(kept.vertices, vertices[8:])
    assert np.array_equal(kept.colors, colors[8:])
    assert np.array_equal(kept.distances, distances[8:])

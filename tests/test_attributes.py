import numpy as np
import pytest

from sap_core.geometry import Mesh, PointCloud
from sap_core.mesh.attributes import ScanAttributes
from tests.scans import MAP_OFFSET, ball_mesh


def coloured_box(count: int = 500, *, seed: int = 0) -> PointCloud:
    rng = np.random.default_rng(seed)
    return PointCloud(rng.uniform(-1, 1, (count, 3)), colors=rng.integers(0, 256, (count, 3), dtype=np.uint8))


def at(*vertices: tuple[float, float, float]) -> Mesh:
    return Mesh(vertices, np.zeros((0, 3)))


def naive_colour(vertex: np.ndarray, scan: PointCloud) -> np.ndarray:
    distances = np.linalg.norm(scan.points - vertex, axis=1)
    nearest = np.argsort(distances)[:4]
    return np.average(scan.colors[nearest], axis=0, weights=1 / distances[nearest])


def test_distances_and_colours_are_those_of_all_pairs() -> None:
    scan, mesh = coloured_box(), ball_mesh()
    dressed = ScanAttributes(scan).dress(mesh)
    distances = np.linalg.norm(mesh.vertices[:, None] - scan.points, axis=2).min(axis=1)
    assert np.allclose(dressed.distances, distances, rtol=1e-12)
    colours = [naive_colour(vertex, scan) for vertex in mesh.vertices]
    assert np.abs(dressed.colors - np.array(colours)).max() <= 0.5 + 1e-9
    assert np.array_equal(dressed.vertices, mesh.vertices)
    assert np.array_equal(dressed.faces, mesh.faces)


def test_a_vertex_on_a_point_has_its_colour_and_no_distance() -> None:
    scan = coloured_box()
    dressed = ScanAttributes(scan).dress(at(*scan.points))
    assert np.array_equal(dressed.colors, scan.colors)
    assert np.array_equal(dressed.distances, np.zeros(len(scan)))


def test_points_at_one_place_share_their_colours() -> None:
    scan = PointCloud([[0, 0, 0], [0, 0, 0], [1, 0, 0], [2, 0, 0]], colors=[[0, 10, 0], [0, 30, 8], [200] * 3, [9] * 3])
    assert ScanAttributes(scan).dress(at((0, 0, 0))).colors.tolist() == [[0, 20, 4]]


def test_a_nearer_point_counts_more() -> None:
    scan = PointCloud([[0, 0, 0], [4, 0, 0]], colors=[[0, 100, 40], [200, 100, 80]])
    assert ScanAttributes(scan).dress(at((1, 0, 0))).colors.tolist() == [[50, 100, 50]]


def test_map_coordinates_make_no_difference() -> None:
    scan, mesh = coloured_box(), ball_mesh()
    moved_scan = PointCloud(scan.points + MAP_OFFSET, colors=scan.colors)
    here = ScanAttributes(scan).dress(mesh)
    there = ScanAttributes(moved_scan).dress(ball_mesh(offset=MAP_OFFSET))
    assert np.abs(there.distances - here.distances).max() < 1e-8
    assert np.abs(there.colors.astype(int) - here.colors).max() <= 1


@pytest.mark.parametrize("count", [1, 2, 500])
def test_a_scan_without_colours_gives_none(count: int) -> None:
    points = coloured_box().points[:count]
    dressed = ScanAttributes(PointCloud(points)).dress(at((3, 0, 0)))
    assert dressed.colors is None
    assert dressed.distances == pytest.approx([np.linalg.norm(points - [3, 0, 0], axis=1).min()])

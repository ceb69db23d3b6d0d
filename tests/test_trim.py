from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import Delaunay, cKDTree
from trimesh.intersections import slice_faces_plane

from sap_core.geometry import Mesh, PointCloud
from sap_core.io import read_cloud
from sap_core.mesh.attributes import ScanAttributes
from sap_core.mesh.trim import automatic_distance, trim
from sap_core.scan.spacing import spacing
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, ball_mesh

HAYSTACK = Path(__file__).parent / "data" / "haystack_rock.las"


def ball(*, subdivisions: int = 3) -> Mesh:
    """The unit sphere, with the depth below its highest point as distance."""
    shape = trimesh.creation.icosphere(subdivisions)
    return Mesh(shape.vertices, shape.faces, distances=1 - shape.vertices[:, 2])


def sphere_scan(count: int, *, seed: int = 0, accept: Callable[[np.ndarray], np.ndarray] | None = None) -> np.ndarray:
    """Random points of the unit sphere; ``accept`` gives the probability to scan a point of height z."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(40 * count, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    if accept:
        points = points[rng.random(len(points)) < accept(points[:, 2])]
    return points[:count]


def landscape(points: np.ndarray) -> Mesh:
    """A sheet over the points, and a floor 50 below the lowest of them."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = np.meshgrid(*np.linspace(low[:2], high[:2], 100).T)
    corners = np.stack([x.ravel(), y.ravel()], axis=1)
    _, nearest = cKDTree(points[:, :2]).query(corners)
    sheet = np.column_stack([corners, points[nearest, 2]])
    floor = np.column_stack([corners, np.full(len(corners), low[2] - 50)])
    triangles = Delaunay(corners - low[:2]).simplices
    return Mesh(np.concatenate([sheet, floor]), np.concatenate([triangles, triangles[:, ::-1] + len(sheet)]))


def area(mesh: Mesh) -> float:
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).area


def boundary_loops(mesh: Mesh) -> list[list[int]]:
    """The vertices along each boundary; fails where faces do not join to an oriented manifold."""
    directed = {(int(a), int(b)) for face in mesh.faces for a, b in zip(face, np.roll(face, -1), strict=True)}
    assert len(directed) == 3 * len(mesh.faces)  # no edge is passed twice the same way
    border = [(a, b) for a, b in directed if (b, a) not in directed]
    following = dict(border)
    assert len(following) == len(border)  # no vertex is on two loops
    loops = []
    while following:
        start, vertex = following.popitem()
        loop = [start]
        while vertex != start:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(loop)
    return loops


@pytest.mark.parametrize("beyond", [0.1, 0.9, 1.0, 1.7])  # at 1.0 the cut passes through vertices
def test_the_cut_is_a_closed_loop_at_the_stated_distance(beyond: float) -> None:
    mesh = ball()
    trimmed = trim(mesh, beyond=beyond)
    (loop,) = boundary_loops(trimmed)
    assert np.array_equal(trimmed.distances[loop], np.full(len(loop), beyond))
    assert trimmed.distances.max() == beyond
    assert np.allclose(trimmed.vertices[loop, 2], 1 - beyond, atol=1e-15)
    vertices, faces, _ = slice_faces_plane(mesh.vertices, mesh.faces, [0, 0, 1], [0, 0, 1 - beyond])
    assert area(trimmed) == pytest.approx(trimesh.Trimesh(vertices, faces).area, rel=1e-12)


def test_faces_keep_their_orientation() -> None:
    trimmed = trim(ball(), beyond=1.3)
    first, second, third = trimmed.vertices[trimmed.faces].transpose(1, 0, 2)
    outward = np.einsum("fc,fc->f", np.cross(second - first, third - first), first + second + third)
    assert outward.min() > 0


def test_a_single_face_by_hand() -> None:
    vertices, colors = [[0, 0, 0], [3, 0, 0], [0, 3, 0]], [[0, 0, 0], [0, 90, 0], [100, 0, 0]]
    face = Mesh(vertices, [[0, 1, 2]], colors, [0, 0, 3])
    quadrangle = trim(face, beyond=2)
    assert quadrangle.vertices.tolist() == [[0, 0, 0], [3, 0, 0], [0, 2, 0], [1, 2, 0]]
    assert quadrangle.colors.tolist() == [[0, 0, 0], [0, 90, 0], [67, 0, 0], [67, 30, 0]]
    assert quadrangle.distances.tolist() == [0, 0, 2, 2]
    assert len(quadrangle.faces) == 2
    assert area(quadrangle) == 4
    tip = trim(Mesh(vertices, [[0, 1, 2]], colors, [3, 3, 0]), beyond=1)
    assert tip.vertices.tolist() == [[0, 3, 0], [0, 2, 0], [1, 2, 0]]
    assert tip.colors.tolist() == [[100, 0, 0], [67, 0, 0], [67, 30, 0]]
    assert tip.faces.tolist() == [[0, 1, 2]]


def test_what_is_near_stays_as_it_is() -> None:
    mesh = ball()
    trimmed = trim(mesh, beyond=1.3)
    near = (mesh.distances <= 1.3)[mesh.faces].all(axis=1)
    assert near.any()
    assert np.array_equal(trimmed.vertices[trimmed.faces[: near.sum()]], mesh.vertices[mesh.faces[near]])
    assert trimmed.colors is None


def test_several_parts_may_be_cut_off() -> None:
    mesh = ball()
    trimmed = trim(Mesh(mesh.vertices, mesh.faces, distances=np.abs(mesh.vertices[:, 2])), beyond=0.5)
    upper, lower = sorted(boundary_loops(trimmed), key=lambda loop: -trimmed.vertices[loop[0], 2])
    assert np.allclose(trimmed.vertices[upper, 2], 0.5)
    assert np.allclose(trimmed.vertices[lower, 2], -0.5)


@pytest.mark.parametrize("offset", [np.zeros(3), MAP_OFFSET], ids=["at home", "on the map"])
def test_the_invented_half_of_a_sphere_is_cut_off(offset: np.ndarray) -> None:
    angle = np.linspace(0, 2 * np.pi, 500)
    rim = np.stack([np.cos(angle), np.sin(angle), np.zeros(500)], axis=1)
    upper = sphere_scan(5_000, accept=lambda height: height > 0)
    scan = PointCloud(np.concatenate([upper, rim]) + offset)
    whole = ball(subdivisions=5)
    mesh = ScanAttributes(scan).dress(Mesh(whole.vertices + offset, whole.faces))
    beyond = automatic_distance(scan.points)
    trimmed = trim(mesh, beyond=beyond)
    (loop,) = boundary_loops(trimmed)
    depth = np.sin(2 * np.arcsin(beyond / 2))  # of the cut, to which a chord from the rim has this length
    assert trimmed.vertices[loop, 2] - offset[2] == pytest.approx(np.full(len(loop), -depth), abs=1e-3)
    assert area(trimmed) == pytest.approx(2 * np.pi * (1 + depth), rel=2e-3)
    assert beyond < 5 * spacing(scan.points)


@pytest.mark.parametrize(
    "accept",
    [None, lambda height: np.exp(2.3 * (height - 1)), lambda height: np.where(height > 0, 1, 0.05)],
    ids=["even", "a hundred times denser on top", "twenty times denser above"],
)
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_nothing_is_cut_off_a_surface_that_was_scanned_all_over(
    accept: Callable[[np.ndarray], np.ndarray] | None, noise: float
) -> None:
    points = sphere_scan(10_000, accept=accept)
    points = points * (1 + noise * np.random.default_rng(1).normal(size=(len(points), 1)))
    mesh = ScanAttributes(PointCloud(points)).dress(ball(subdivisions=5))
    assert trim(mesh, beyond=automatic_distance(points)) is mesh


def test_a_few_outliers_do_not_change_the_automatic_distance() -> None:
    points = sphere_scan(10_000)
    outliers = np.random.default_rng(1).uniform(-3, 3, (50, 3))
    with_outliers = automatic_distance(np.concatenate([points, outliers]))
    assert with_outliers == pytest.approx(automatic_distance(points), rel=0.1)


def test_the_automatic_distance_scales_with_the_scan_and_minds_the_grid() -> None:
    points = sphere_scan(1_000)
    assert automatic_distance(7 * points) == pytest.approx(7 * automatic_distance(points))
    assert automatic_distance(points, cell=0.001) == automatic_distance(points)
    assert automatic_distance(points, cell=1.0) == 2.0


def test_the_floor_under_a_landscape_is_cut_off() -> None:
    scan = read_cloud(HAYSTACK).cloud
    mesh = landscape(scan.points)
    trimmed = trim(ScanAttributes(scan).dress(mesh), beyond=automatic_distance(scan.points))
    sheet = mesh.keep_faces(np.arange(len(mesh.faces)) < len(mesh.faces) / 2)
    assert trimmed.vertices[:, 2].min() >= sheet.vertices[:, 2].min()
    assert area(trimmed) > 0.95 * area(sheet)


def test_nothing_left_is_refused() -> None:
    mesh = ball_mesh()
    far = Mesh(mesh.vertices, mesh.faces, distances=np.linspace(2, 3, len(mesh.vertices)))
    with pytest.raises(InputError) as caught:
        trim(far, beyond=0.5)
    assert str(caught.value) == (
        "trimming what is farther than 0.5 from the scan leaves nothing: the surface is 2 to 3 away; "
        "trim at a larger distance, or not at all"
    )


def test_a_mesh_without_distances_cannot_be_trimmed() -> None:
    with pytest.raises(ValueError, match="a mesh is trimmed by its distances"):
        trim(ball_mesh(), beyond=0.5)


def test_a_mesh_that_is_near_everywhere_is_returned_as_it_is() -> None:
    mesh = ball()
    assert trim(mesh, beyond=2.0) is mesh


def test_what_leads_to_a_cut_part_is_cut_nearer_and_gaps_stay() -> None:
    mesh = ball()
    x, _, z = mesh.vertices.T
    gap = np.hypot(x - 0.6, z - 0.8) < 0.3  # on the upper half, where all is near the scan
    distances = np.where(gap & (z > 0.3), 0.9, np.where(z > 0, 0.1, 0.1 - z))
    trimmed = trim(Mesh(mesh.vertices, mesh.faces, distances=distances), beyond=1.0, back_to=0.5)
    (loop,) = boundary_loops(trimmed)
    assert np.allclose(trimmed.distances[loop], 0.5)
    assert np.allclose(trimmed.vertices[loop, 2], -0.4, atol=0.02)
    assert trimmed.distances.max() == 0.9


def test_a_speck_that_is_nowhere_near_is_cut_although_it_is_not_beyond() -> None:
    near, far = ball(subdivisions=1), ball(subdivisions=1)
    both = Mesh(
        np.concatenate([near.vertices, far.vertices + 5]),
        np.concatenate([near.faces, far.faces + len(near.vertices)]),
        distances=np.repeat([0.1, 0.7], len(near.vertices)),
    )
    assert len(trim(both, beyond=1.0, back_to=0.5).faces) == len(near.faces)
    assert len(trim(both, beyond=1.0).faces) == 2 * len(near.faces)

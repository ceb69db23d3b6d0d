from itertools import product

import numpy as np
import pytest
import torch
import trimesh
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree
from skimage import measure
from torch import Tensor

from sap_core.solver.grid import splat
from sap_core.solver.isosurface import SurfaceVanished, extract, marching_cubes, vertex_normals
from sap_core.solver.poisson import PoissonSolver
from tests.shapes import unit_frame_sphere

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def distance_to_sphere(
    resolution: int, *, center: tuple[float, float, float] = (0.5, 0.5, 0.5), radius: float = 0.3
) -> Tensor:
    nodes = torch.arange(resolution, dtype=torch.double) / resolution
    x, y, z = torch.meshgrid(*(nodes - coordinate for coordinate in center), indexing="ij")
    return (x**2 + y**2 + z**2).sqrt() - radius


def noise(resolution: int, seed: int) -> Tensor:
    return torch.randn(3 * (resolution,), generator=torch.Generator().manual_seed(seed))


def smooth_noise(resolution: int, seed: int) -> Tensor:
    """Blobs that stay clear of the border."""
    field = torch.from_numpy(gaussian_filter(noise(resolution, seed).double().numpy(), 2.0))
    return field / field.std() + 40 * distance_to_sphere(resolution).clamp(min=0)


def as_trimesh(vertices: Tensor, faces: Tensor) -> trimesh.Trimesh:
    return trimesh.Trimesh(vertices.detach().numpy(), faces.numpy(), process=False)


def assert_closed_manifold(faces: Tensor, vertex_count: int) -> None:
    """Each edge lies in two faces that pass it in opposite directions, and the faces at a vertex form one ring."""
    ring: dict[int, dict[int, int]] = {vertex: {} for vertex in range(vertex_count)}
    for a, b, c in faces.tolist():
        for vertex, after, before in ((a, b, c), (b, c, a), (c, a, b)):
            assert after not in ring[vertex]
            ring[vertex][after] = before
    for neighbours in ring.values():
        first = next(iter(neighbours))
        vertex = neighbours.pop(first)
        while vertex != first:
            vertex = neighbours.pop(vertex)
        assert not neighbours


@pytest.mark.parametrize("seed", range(4))
def test_surface_of_noise_is_a_closed_manifold(seed: int) -> None:
    crossings = extract(noise(13, seed))
    assert_closed_manifold(crossings.faces, len(crossings.vertices))


@pytest.mark.parametrize("seed", range(4))
def test_surface_of_smooth_noise_is_a_closed_manifold(seed: int) -> None:
    crossings = extract(smooth_noise(24, seed))
    assert_closed_manifold(crossings.faces, len(crossings.vertices))


def test_each_of_the_patterns_of_a_cell_gives_a_closed_manifold() -> None:
    for signs in list(product((-1.0, 1.0), repeat=8))[:-1]:
        field = torch.ones(4, 4, 4)
        field[1:3, 1:3, 1:3] = torch.tensor(signs).view(2, 2, 2)
        vertices, faces, _, _ = extract(field)
        assert_closed_manifold(faces, len(vertices))
        assert as_trimesh(vertices, faces).volume > 0


def test_surface_of_scattered_oriented_points_is_closed() -> None:
    generator = torch.Generator().manual_seed(0)
    points, normals = torch.rand(300, 3, generator=generator), torch.randn(300, 3, generator=generator)
    vertices, faces, _ = marching_cubes(PoissonSolver(32, 2.0)(points, normals))
    assert_closed_manifold(faces, len(vertices))


def test_nodes_exactly_on_the_level_leave_the_surface_closed() -> None:
    field = torch.randint(-2, 3, (13, 13, 13), generator=torch.Generator().manual_seed(0)).float()
    vertices, faces, _, weights = extract(field)
    assert_closed_manifold(faces, len(vertices))
    assert vertices.isfinite().all()
    assert weights.isfinite().all()


def test_outside_may_lie_exactly_on_the_level() -> None:
    field = torch.zeros(5, 5, 5)
    field[2, 2, 2] = -1
    vertices, faces, _, _ = extract(field)
    assert (5 * vertices - 2).abs().sum(1).allclose(torch.ones(6))  # the six neighbours of the node
    assert as_trimesh(vertices, faces).volume == pytest.approx(4 / 3 / 5**3)


def test_sphere_converges_at_second_order() -> None:
    errors = []
    for resolution in (16, 32, 64):
        vertices, faces, _ = marching_cubes(distance_to_sphere(resolution))
        mesh = as_trimesh(vertices, faces)
        radius = (vertices - 0.5).norm(dim=1)
        errors.append(
            [
                (radius - 0.3).abs().max().item(),
                abs(mesh.area - 4 * np.pi * 0.3**2),
                abs(mesh.volume - 4 / 3 * np.pi * 0.3**3),
            ]
        )
    coarse, middle, fine = np.array(errors)
    assert (middle < coarse / 3).all()
    assert (fine < middle / 3).all()
    assert (fine < 1e-3).all()


def test_sphere_is_oriented_outward() -> None:
    vertices, faces, normals = marching_cubes(distance_to_sphere(64))
    outward = torch.nn.functional.normalize(vertices - 0.5, dim=1)
    assert (outward * normals).sum(1).min() > 0.999
    torch.testing.assert_close(normals.norm(dim=1), torch.ones(len(normals), dtype=torch.double))
    corners = vertices[faces]
    across = torch.linalg.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (across * (corners.mean(1) - 0.5)).sum(1).min() > 0


@pytest.mark.parametrize("seed", range(4))
def test_vertices_and_volume_are_those_of_scikit_image(seed: int) -> None:
    field = smooth_noise(32, seed)
    vertices, faces, _, _ = extract(field)
    # Lorensen's cases, because Lewiner's put some vertices into the middle of a cell.
    expected, expected_faces, _, _ = measure.marching_cubes(field.numpy(), 0.0, method="lorensen")
    expected = expected / len(field)
    assert len(vertices) == len(expected)
    assert KDTree(expected).query(vertices)[0].max() < 1e-6
    assert KDTree(vertices).query(expected)[0].max() < 1e-6
    expected_volume = trimesh.Trimesh(expected, expected_faces, process=False).volume
    assert as_trimesh(vertices, faces).volume == pytest.approx(expected_volume, rel=5e-3)


def test_vertices_lie_between_their_nodes_where_the_field_meets_the_level() -> None:
    field = smooth_noise(24, seed=0)
    vertices, _, nodes, weights = extract(field, 0.2)
    at_nodes = field.flatten()[nodes]
    torch.testing.assert_close((at_nodes * weights).sum(1), torch.full((len(nodes),), 0.2, dtype=torch.double))
    assert (at_nodes.amin(1) < 0.2).all()
    ends = torch.stack(torch.unravel_index(nodes, field.shape), -1) / len(field)
    torch.testing.assert_close((ends * weights.unsqueeze(-1)).sum(1), vertices, check_dtype=False)


def test_level_moves_the_surface() -> None:
    vertices, _, _ = marching_cubes(distance_to_sphere(64), level=0.05)
    assert (vertices - 0.5).norm(dim=1).mean().item() == pytest.approx(0.35, abs=1e-3)


def test_level_may_be_a_tensor() -> None:
    field = smooth_noise(16, seed=1)
    for of_number, of_tensor in zip(extract(field, 0.25), extract(field, torch.tensor(0.25)), strict=True):
        assert of_number.equal(of_tensor)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("end", [0.0, 31 / 32])
def test_surface_at_the_border_is_capped_there(axis: int, end: float) -> None:
    center = [0.5, 0.5, 0.5]
    center[axis] = end
    vertices, faces, _ = marching_cubes(distance_to_sphere(32, center=tuple(center)))
    assert_closed_manifold(faces, len(vertices))
    assert as_trimesh(vertices, faces).volume == pytest.approx(2 / 3 * np.pi * 0.3**3, rel=0.02)
    assert (vertices >= 0).all()
    assert (vertices <= 31 / 32).all()


def test_capped_vertices_are_border_nodes_inside_the_surface() -> None:
    field = distance_to_sphere(32, center=(0.1, 0.5, 0.9))
    vertices, _, nodes, weights = extract(field)
    at_border = nodes[:, 0] == nodes[:, 1]
    assert at_border.any()
    assert (field.flatten()[nodes[at_border]] < 0).all()
    assert (weights.sum(1) == 1).all()
    ends = torch.stack(torch.unravel_index(nodes[at_border, 0], field.shape), 1)
    assert ((ends == 0) | (ends == 31)).any(1).all()
    assert vertices[at_border].equal(ends / 32)


@pytest.mark.parametrize("field", [smooth_noise(16, seed=2), noise(9, seed=2)], ids=["even", "odd"])
def test_memory_layout_of_the_field_does_not_matter(field: Tensor) -> None:
    turned = field.permute(2, 0, 1)
    for one, other in zip(extract(turned), extract(turned.contiguous()), strict=True):
        assert one.equal(other)


@pytest.mark.parametrize("device", DEVICES)
def test_mesh_is_the_same_on_every_device(device: str) -> None:
    field = noise(16, seed=3)
    expected, crossings = extract(field), extract(field.to(device))
    assert all(tensor.device.type == device for tensor in crossings)
    assert crossings.faces.cpu().equal(expected.faces)
    assert crossings.nodes.cpu().equal(expected.nodes)
    torch.testing.assert_close(crossings.vertices.cpu(), expected.vertices)
    torch.testing.assert_close(crossings.weights.cpu(), expected.weights)


def test_everything_is_made_on_the_device_of_the_field() -> None:
    """A constructor that names no device would take the default one, on which nothing can be computed."""
    field = noise(8, seed=0).requires_grad_()
    with torch.device("meta"):
        vertices, faces, normals = marching_cubes(field)
        vertices.backward(normals)
    for tensor in (vertices, faces, normals, field.grad):
        assert tensor.device.type == "cpu"


def test_normals_of_a_linear_field_are_its_gradient_up_to_the_border() -> None:
    slope = torch.tensor([1.0, -2.0, 3.0], dtype=torch.double)
    nodes = torch.arange(12, dtype=torch.double)
    field = (torch.stack(torch.meshgrid(nodes, nodes, nodes, indexing="ij"), -1) * slope).sum(-1)
    normals = vertex_normals(field, extract(field, 9.5))
    torch.testing.assert_close(normals, (slope / slope.norm()).expand_as(normals))


def test_descending_the_loss_moves_the_surface_to_the_target() -> None:
    cloud = unit_frame_sphere(3_000, radius=0.25)
    normals = torch.tensor(cloud.normals, dtype=torch.float32)
    points = torch.tensor(cloud.points, dtype=torch.float32, requires_grad=True)
    vertices, _, _ = marching_cubes(PoissonSolver(32, 2.0)(points, normals))
    ((vertices - 0.5).norm(dim=1) - 0.3).square().mean().backward()
    outward = (points.grad * normals).sum(1)
    assert (outward < 0).float().mean() > 0.95  # the loss falls when the points move outward, to radius 0.3


def test_gradient_is_the_published_one() -> None:
    """Each vertex adds -dL/dv . n to the field around it, spread trilinearly."""
    field = smooth_noise(24, seed=0).requires_grad_()
    vertices, _, normals = marching_cubes(field)
    grad = torch.randn(vertices.shape, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    vertices.backward(grad)
    along_normal = -(grad * normals).sum(1)
    expected = splat(along_normal.view(1, -1, 1), vertices.detach().unsqueeze(0), len(field))
    torch.testing.assert_close(field.grad, expected[0, 0])


@pytest.mark.parametrize("value", [1.0, -1.0, 0.0])
def test_no_surface_is_an_error_with_a_name(value: float) -> None:
    with pytest.raises(SurfaceVanished, match="does not cross 0"):
        marching_cubes(torch.full((8, 8, 8), value))


@pytest.mark.parametrize("place", [(0, 0, 0), (4, 4, 4), (7, 7, 7)])
def test_a_single_value_that_is_not_a_number_is_an_error(place: tuple[int, int, int]) -> None:
    field = distance_to_sphere(8)
    field[place] = float("nan")
    with pytest.raises(SurfaceVanished, match=r"\(not a number\) does not cross 0"):
        marching_cubes(field)


@pytest.mark.parametrize("shape", [(8, 8, 4), (8, 8), (0, 0, 0)])
def test_field_must_be_a_cube(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(R, R, R\), got \(" + ", ".join(map(str, shape))):
        marching_cubes(torch.randn(shape))


def test_field_must_hold_floating_point_numbers() -> None:
    with pytest.raises(ValueError, match=r"floating-point numbers, got torch\.int64"):
        extract(torch.randint(-2, 2, (8, 8, 8)))

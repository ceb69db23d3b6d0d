import numpy as np
import pytest
import torch
import trimesh

from sap_core.isosurface import SurfaceVanished, marching_cubes
from sap_core.poisson import PoissonSolver
from tests.shapes import unit_frame_sphere


def distance_to_sphere(resolution: int, *, center: float = 0.5, radius: float = 0.3) -> torch.Tensor:
    nodes = torch.arange(resolution, dtype=torch.double) / resolution - center
    x, y, z = torch.meshgrid(nodes, nodes, nodes, indexing="ij")
    return (x**2 + y**2 + z**2).sqrt() - radius


def as_trimesh(vertices: torch.Tensor, faces: torch.Tensor) -> trimesh.Trimesh:
    return trimesh.Trimesh(vertices.detach().numpy(), faces.numpy(), process=False)


def test_sphere_has_its_volume_and_is_oriented_outward() -> None:
    vertices, faces, normals = marching_cubes(distance_to_sphere(64))
    mesh = as_trimesh(vertices, faces)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(4 / 3 * np.pi * 0.3**3, rel=0.01)
    outward = torch.nn.functional.normalize(vertices - 0.5, dim=1)
    assert (outward * normals).sum(1).min() > 0.95


def test_level_moves_the_surface() -> None:
    vertices, _, _ = marching_cubes(distance_to_sphere(64), level=0.05)
    assert (vertices - 0.5).norm(dim=1).mean().item() == pytest.approx(0.35, abs=1e-3)


def test_surface_at_the_border_is_capped() -> None:
    vertices, faces, _ = marching_cubes(distance_to_sphere(32, center=0.1))
    mesh = as_trimesh(vertices, faces)
    assert mesh.is_watertight
    assert mesh.volume > 0


@pytest.mark.parametrize("seed", range(5))
def test_surface_of_noise_is_closed(seed: int) -> None:
    field = torch.randn(24, 24, 24, generator=torch.Generator().manual_seed(seed))
    vertices, faces, _ = marching_cubes(field)
    assert as_trimesh(vertices, faces).is_watertight


def test_surface_of_scattered_oriented_points_is_closed() -> None:
    generator = torch.Generator().manual_seed(0)
    points, normals = torch.rand(300, 3, generator=generator), torch.randn(300, 3, generator=generator)
    vertices, faces, _ = marching_cubes(PoissonSolver(32, 2.0)(points, normals))
    assert as_trimesh(vertices, faces).is_watertight


def test_descending_the_loss_moves_the_surface_to_the_target() -> None:
    cloud = unit_frame_sphere(3_000, radius=0.25)
    normals = torch.tensor(cloud.normals, dtype=torch.float32)
    points = torch.tensor(cloud.points, dtype=torch.float32, requires_grad=True)
    vertices, _, _ = marching_cubes(PoissonSolver(32, 2.0)(points, normals))
    ((vertices - 0.5).norm(dim=1) - 0.3).square().mean().backward()
    outward = (points.grad * normals).sum(1)
    assert (outward < 0).float().mean() > 0.95  # the loss falls when the points move outward, to radius 0.3


def test_gradient_is_the_published_one() -> None:
    """A vertex with dL/dv = n adds -1 to the field around it, spread trilinearly."""
    field = distance_to_sphere(32).requires_grad_()
    vertices, _, normals = marching_cubes(field)
    vertices.backward(normals)
    assert field.grad.sum().item() == pytest.approx(-len(vertices))


@pytest.mark.parametrize("value", [1.0, -1.0, float("nan")])
def test_no_surface_is_an_error_with_a_name(value: float) -> None:
    with pytest.raises(SurfaceVanished, match="does not cross 0"):
        marching_cubes(torch.full((8, 8, 8), value))


def test_field_must_be_a_cube() -> None:
    with pytest.raises(ValueError, match=r"\(R, R, R\), got \(8, 8, 4\)"):
        marching_cubes(torch.randn(8, 8, 4))

from pathlib import Path

import numpy as np
import pytest
import torch

from sap_core.solver.isosurface import marching_cubes
from sap_core.solver.poisson import PoissonSolver
from tests.shapes import unit_frame_sphere

DATA = Path(__file__).parent / "data"


def oriented(cloud) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(cloud.points, dtype=torch.float32), torch.tensor(cloud.normals, dtype=torch.float32)


def test_field_and_gradients_equal_the_published_code() -> None:
    with np.load(DATA / "dpsr_r32_s2.npz") as published:
        points = torch.tensor(published["points"], requires_grad=True)
        normals = torch.tensor(published["normals"], requires_grad=True)
        field = PoissonSolver(int(published["resolution"]), float(published["sigma"]))(points, normals)
        (torch.tanh(field) * torch.tensor(published["weight"])).sum().backward()
        for ours, name in ((field.detach(), "field"), (points.grad, "grad_points"), (normals.grad, "grad_normals")):
            theirs = published[name]
            assert np.abs(ours.numpy() - theirs).max() <= 1e-4 * np.abs(theirs).max(), name


def test_gradients_in_double() -> None:
    generator = torch.Generator().manual_seed(1)
    points = torch.rand(2, 12, 3, dtype=torch.double, generator=generator).requires_grad_()
    normals = torch.randn(2, 12, 3, dtype=torch.double, generator=generator).requires_grad_()
    assert torch.autograd.gradcheck(PoissonSolver(8, 1.5), (points, normals))


def test_batched_and_single_agree() -> None:
    points, normals = oriented(unit_frame_sphere(500))
    solver = PoissonSolver(16, 2.0)
    batch = solver(torch.stack([points, points.flip(0)]), torch.stack([normals, normals.flip(0)]))
    assert torch.allclose(batch[0], solver(points, normals), atol=1e-6)
    assert torch.allclose(batch[1], batch[0], atol=1e-5)


def test_one_solver_serves_both_precisions() -> None:
    points, normals = oriented(unit_frame_sphere(500))
    solver = PoissonSolver(16, 2.0)
    single, double = solver(points, normals), solver(points.double(), normals.double())
    assert double.dtype == torch.double
    assert torch.allclose(single.double(), double, atol=1e-4)


def test_sphere_is_negative_inside_and_half_at_the_corner() -> None:
    field = PoissonSolver(32, 2.0)(*oriented(unit_frame_sphere()))
    assert field[16, 16, 16] < -0.1
    assert field[0, 0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("resolution", [32, 64, 128])
def test_sphere_has_its_radius_to_half_a_cell(resolution: int) -> None:
    field = PoissonSolver(resolution, 2.0)(*oriented(unit_frame_sphere(20_000)))
    vertices, _, _ = marching_cubes(field)
    radii = (vertices - 0.5).norm(dim=1)
    assert (radii - 0.3).abs().max() < 0.5 / resolution


def test_error_falls_with_resolution() -> None:
    points, normals = oriented(unit_frame_sphere(40_000))
    errors = []
    for resolution in (16, 32, 64):
        vertices, _, _ = marching_cubes(PoissonSolver(resolution, 2.0)(points, normals))
        errors.append(((vertices - 0.5).norm(dim=1) - 0.3).abs().mean().item())
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_the_field_moves_with_the_points() -> None:
    points, normals = oriented(unit_frame_sphere(2_000))
    solver = PoissonSolver(16, 2.0)
    shift = torch.tensor([2 / 16, 0, -1 / 16])
    moved = solver((points + shift) % 1, normals)
    here = solver(points, normals)
    level_free = torch.roll(here, (2, -1), (0, 2))  # up to the scale, which the corner node fixes
    ratio = moved / moved.std() - level_free / level_free.std()
    assert ratio.abs().max() < 1e-4


@pytest.mark.parametrize(
    ("points", "normals"), [((5, 3), (4, 3)), ((5, 2), (5, 2)), ((3,), (3,)), ((1, 1, 5, 3), (1, 1, 5, 3))]
)
def test_wrong_shapes_are_refused_with_the_shapes_received(points: tuple, normals: tuple) -> None:
    with pytest.raises(ValueError, match=r"must both have shape .* got"):
        PoissonSolver(8, 1.0)(torch.rand(points), torch.rand(normals))


@pytest.mark.parametrize(("resolution", "sigma"), [(7, 1.0), (2, 1.0), (8, -1.0)])
def test_solver_refuses_settings_out_of_range(resolution: int, sigma: float) -> None:
    with pytest.raises(ValueError, match="got"):
        PoissonSolver(resolution, sigma)

import pytest
import torch

from sap_core.solver.grid import gather, splat


@pytest.fixture
def points() -> torch.Tensor:
    return torch.rand(2, 50, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0))


def test_splat_and_gather_are_adjoint(points: torch.Tensor) -> None:
    values, grid = torch.randn(2, 50, 3, dtype=torch.double), torch.randn(2, 3, 8, 8, 8, dtype=torch.double)
    assert torch.allclose((splat(values, points, 8) * grid).sum(), (values * gather(grid, points)).sum())


def test_splat_keeps_the_sum(points: torch.Tensor) -> None:
    values = torch.randn(2, 50, 3, dtype=torch.double)
    assert torch.allclose(splat(values, points, 8).sum((2, 3, 4)), values.sum(1))


def test_a_point_on_a_node_touches_only_that_node() -> None:
    grid = splat(torch.ones(1, 1, 1), torch.tensor([[[1 / 8, 2 / 8, 7 / 8]]]), 8)[0, 0]
    assert grid[1, 2, 7] == 1
    assert grid.sum() == 1


def test_the_grid_is_periodic() -> None:
    grid = splat(torch.ones(1, 1, 1), torch.tensor([[[7.5 / 8, 0.0, 0.0]]]), 8)[0, 0]
    assert grid[7, 0, 0] == grid[0, 0, 0] == 0.5


def test_gather_is_exact_on_a_linear_field(points: torch.Tensor) -> None:
    inside = 0.1 + 0.7 * points  # away from the wrap-around
    nodes = torch.arange(8, dtype=torch.double) / 8
    x, y, z = torch.meshgrid(nodes, nodes, nodes, indexing="ij")
    field = (1 + 2 * x - 3 * y + 0.5 * z).expand(2, 1, 8, 8, 8)
    expected = 1 + inside @ torch.tensor([2, -3, 0.5], dtype=torch.double)
    assert torch.allclose(gather(field, inside).squeeze(-1), expected)


def test_both_are_differentiable_in_values_and_points() -> None:
    points = torch.rand(1, 6, 3, dtype=torch.double, requires_grad=True)
    values = torch.randn(1, 6, 2, dtype=torch.double, requires_grad=True)
    grid = torch.randn(1, 2, 4, 4, 4, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v, p: splat(v, p, 4), (values, points))
    assert torch.autograd.gradcheck(gather, (grid, points))

import math

import pytest
import torch
from torch import Tensor

from sap_core.solver.potential import SmoothInverseLaplacian

R = 16


def plane_wave(frequency: tuple[int, int, int], *, phase: float = 0.3, resolution: int = R) -> Tensor:
    axes = [n * torch.arange(resolution, dtype=torch.double) / resolution for n in frequency]
    x, y, z = torch.meshgrid(*axes, indexing="ij")
    return torch.cos(2 * math.pi * (x + y + z) + phase)


def noise(seed: int) -> Tensor:
    return torch.randn(R, R, R, dtype=torch.double, generator=torch.Generator().manual_seed(seed))


def operator(sigma: float, *, resolution: int = R) -> SmoothInverseLaplacian:
    return SmoothInverseLaplacian(resolution, sigma, like=torch.zeros(1, dtype=torch.double))


@pytest.mark.parametrize("sigma", [0.0, 2.0, 5.0])
@pytest.mark.parametrize("frequency", [(1, 0, 0), (0, -2, 0), (0, 0, 3), (2, 1, -4), (-5, 3, 7)])
def test_the_laplacian_of_the_solution_is_the_smoothed_source(frequency: tuple[int, int, int], sigma: float) -> None:
    squared = sum(n**2 for n in frequency)
    smoothing = math.exp(-0.5 * (2 * sigma / R) ** 2 * squared)
    wave = plane_wave(frequency)
    laplacian_of_solution = -((2 * math.pi) ** 2) * squared * operator(sigma)(wave)
    assert torch.allclose(laplacian_of_solution, smoothing * wave, atol=1e-10)


def test_it_is_its_own_adjoint() -> None:
    solve, a, b = operator(2.0), noise(0), noise(1)
    assert (solve(a) * b).sum() == pytest.approx((a * solve(b)).sum().item(), rel=1e-10)


def test_the_solution_has_no_mean_and_knows_nothing_of_that_of_the_source() -> None:
    solve, source = operator(1.0), noise(0)
    assert solve(source).mean().abs() < 1e-15
    assert torch.allclose(solve(source + 5), solve(source), atol=1e-14)


def test_the_solution_has_memory_of_its_own_and_the_source_is_left_alone() -> None:
    solve, first, second = operator(2.0), noise(0), noise(1)
    before = first.clone()
    solution = solve(first)
    copy = solution.clone()
    solve(second)
    assert torch.equal(solution, copy)
    assert torch.equal(first, before)
    assert torch.equal(solve(first), solution)


def test_the_smoothing_can_change() -> None:
    changed = operator(7.0)
    changed.smooth(2.0)
    assert torch.equal(changed(noise(0)), operator(2.0)(noise(0)))


def test_it_works_in_single_precision() -> None:
    single = SmoothInverseLaplacian(R, 2.0, like=torch.zeros(1))(noise(0).float())
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), operator(2.0)(noise(0)), atol=1e-6)

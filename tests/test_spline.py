from itertools import product

import pytest
import torch
from torch import Tensor

from sap_core.solver.lattice import DenseLattice
from sap_core.solver.spline import GRADIENT, VALUE, Order, SplineStencil, gradient_of

R = 12
GRID = DenseLattice(R)
ORDERS: list[Order] = [order for order in product(range(3), repeat=3) if sum(order) <= 2]


def scattered(count: int = 60) -> Tensor:
    """Points of the unit cube; the first few lie on nodes, between them, and at the border."""
    points = torch.rand(count, 3, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    points[:5] = torch.tensor([0.0, 0.5 / R, 1 / R, 1 - 0.3 / R, 1 - 1e-12]).double()[:, None]
    return points


def random_grid(resolution: int = R) -> Tensor:
    return torch.randn(3 * (resolution,), dtype=torch.double, generator=torch.Generator().manual_seed(1))


def b_spline(t: Tensor, order: int) -> Tensor:
    """The centred quadratic B-spline or its derivative, piece by piece."""
    inner = (0.75 - t**2, -2 * t, torch.full_like(t, -2))[order]
    rest = 1.5 - t.abs()
    outer = (rest**2 / 2, -rest * t.sign(), torch.ones_like(t))[order]
    return torch.where(t.abs() <= 0.5, inner, torch.where(t.abs() <= 1.5, outer, torch.zeros_like(t)))


def naive_derivative(grid: Tensor, points: Tensor, order: Order) -> Tensor:
    """The sum over all nodes of the periodic grid."""
    resolution = len(grid)
    steps = points[:, :, None] * resolution - torch.arange(resolution)
    steps = (steps + resolution / 2).remainder(resolution) - resolution / 2
    x, y, z = (resolution**n * b_spline(steps[:, axis], n) for axis, n in enumerate(order))
    return torch.einsum("ni,nj,nk,ijk->n", x, y, z, grid)


@pytest.mark.parametrize("order", ORDERS)
def test_derivatives_are_those_of_the_b_spline(order: Order) -> None:
    points, grid = scattered(), random_grid()
    if max(order) == 2:  # no second derivative half-way between nodes
        points = points[2:]
    found = SplineStencil.at(points, GRID).derivatives(grid, up_to=2)[order]
    expected = naive_derivative(grid, points, order)
    assert torch.allclose(found, expected, rtol=1e-10, atol=1e-10 * R ** sum(order))


@pytest.mark.parametrize("order", [order for order in ORDERS if sum(order) < 2])
def test_derivatives_are_the_limits_of_finite_differences(order: Order) -> None:
    points, grid, h = scattered()[5:], random_grid(), 1e-6

    def value(at: Tensor) -> Tensor:
        return SplineStencil.at(at, GRID).derivatives(grid, up_to=2)[order]

    for axis in range(3):
        step = h * torch.eye(3, dtype=torch.double)[axis]
        slope = (value(points + step) - value(points - step)) / (2 * h)
        higher = tuple(n + (a == axis) for a, n in enumerate(order))
        exact = SplineStencil.at(points, GRID).derivatives(grid, up_to=2)[higher]
        assert torch.allclose(slope, exact, atol=1e-6 * R**2)


def test_all_orders_up_to_the_one_asked_for_are_there() -> None:
    stencil = SplineStencil.at(scattered(), GRID)
    for up_to in range(3):
        found = stencil.derivatives(random_grid(), up_to=up_to)
        assert set(found) == {order for order in ORDERS if sum(order) <= up_to}
    gradient = gradient_of(stencil.derivatives(random_grid(), up_to=1))
    assert torch.equal(gradient, torch.stack([found[order] for order in GRADIENT], 1))


def test_splat_is_the_adjoint_of_derivatives() -> None:
    stencil, grid = SplineStencil.at(scattered(), GRID), random_grid()
    generator = torch.Generator().manual_seed(2)
    # Values of one size after the scaling that a derivative brings.
    values = {order: torch.randn(60, dtype=torch.double, generator=generator) / R ** sum(order) for order in ORDERS}
    found = stencil.derivatives(grid, up_to=2)
    for order in ORDERS:
        splatted = torch.zeros_like(grid)
        stencil.splat({order: values[order]}, out=splatted)
        assert (splatted * grid).sum() == pytest.approx((values[order] * found[order]).sum().item(), rel=1e-9)
    together = torch.zeros_like(grid)
    stencil.splat(values, out=together)
    expected = sum((values[order] * found[order]).sum().item() for order in ORDERS)
    assert (together * grid).sum() == pytest.approx(expected, rel=1e-9)


def test_splatting_is_added_to_the_given_grid() -> None:
    stencil, before, ones = SplineStencil.at(scattered(), GRID), random_grid(), torch.ones(60, 3, dtype=torch.double)
    alone, added = torch.zeros_like(before), before.clone()
    stencil.splat({VALUE: ones[:, 0]}, out=alone)
    stencil.splat({VALUE: ones[:, 0]}, out=added)
    assert alone.sum() == pytest.approx(60)
    assert torch.allclose(added, before + alone, atol=1e-14)
    alone.zero_()
    stencil.splat_divergence(ones, out=alone)
    stencil.splat({VALUE: -ones[:, 0]}, out=added)
    stencil.splat_divergence(ones, out=added)
    assert alone.abs().max() > 1
    assert torch.allclose(added, before + alone, atol=1e-12)


def test_the_weights_of_the_nodes_are_a_partition_of_unity() -> None:
    found = SplineStencil.at(scattered(), GRID).derivatives(torch.ones(R, R, R, dtype=torch.double), up_to=2)
    for order, values in found.items():
        assert torch.allclose(values, torch.full_like(values, float(order == VALUE)), atol=1e-11), order


def test_linear_fields_are_reproduced() -> None:
    points = 0.2 + 0.6 * scattered()  # a linear field jumps at the border
    nodes = torch.cartesian_prod(*3 * (torch.arange(R).double() / R,)).reshape(R, R, R, 3)
    slope = torch.tensor([1.5, -2.0, 0.25]).double()
    stencil = SplineStencil.at(points, GRID)
    assert torch.allclose(stencil.derivatives(nodes @ slope, up_to=0)[VALUE], points @ slope, atol=1e-13)
    assert torch.allclose(gradient_of(stencil.derivatives(nodes @ slope, up_to=1)), slope.expand(60, 3), atol=1e-12)


@pytest.mark.parametrize("shift", [(1, 0, 0), (0, -3, 0), (5, 7, -2), (R, 0, 0)])
def test_the_grid_is_periodic(shift: tuple[int, int, int]) -> None:
    points, grid = scattered(), random_grid()
    moved = (points + torch.tensor(shift).double() / R).remainder(1)
    here = SplineStencil.at(points[5:], GRID).derivatives(grid, up_to=2)
    there = SplineStencil.at(moved[5:], GRID).derivatives(grid.roll(shift, (0, 1, 2)), up_to=2)
    for order in ORDERS:
        assert torch.allclose(here[order], there[order], atol=1e-8), order


def test_the_gradient_is_continuous_between_nodes() -> None:
    points, grid = (torch.arange(1, R, dtype=torch.double) + 0.5)[:, None].expand(-1, 3) / R, random_grid()
    below, above = (
        gradient_of(SplineStencil.at(points + step, GRID).derivatives(grid, up_to=1)) for step in (-1e-9, 1e-9)
    )
    assert (above - below).abs().max() < 1e-5


def test_the_divergence_is_that_of_the_splatted_vectors() -> None:
    points, h = scattered()[5:], 1e-5
    vectors = torch.randn(len(points), 3, dtype=torch.double, generator=torch.Generator().manual_seed(3))
    found, expected = torch.zeros(2, R, R, R, dtype=torch.double)
    # The weights of a node depend on the distance between node and point: moving the nodes is moving the points back.
    for axis in range(3):
        step = h * torch.eye(3, dtype=torch.double)[axis]
        for sign in (-1, 1):
            moved = SplineStencil.at(points + sign * step, GRID)
            moved.splat({VALUE: -sign * vectors[:, axis] / (2 * h)}, out=expected)
    SplineStencil.at(points, GRID).splat_divergence(vectors, out=found)
    assert torch.allclose(found, expected, atol=1e-4)
    assert found.sum().abs() < 1e-10

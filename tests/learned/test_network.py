from dataclasses import replace

import numpy as np
import pytest
import torch

from sap_core.learned import OrientedPointsNetwork, Variant, load_weights
from sap_core.learned.network import Cells
from tests.learned.networks import GRID, PLANES, cloud, network, published

__all__ = ["cloud"]
BOTH = pytest.mark.parametrize("variant", [GRID, PLANES], ids=["grid", "planes"])


def test_the_published_network_gives_its_published_answer() -> None:
    reference = np.load(published("published_grid_7x.npz"))
    with torch.no_grad():
        points, normals = load_weights(published("published_grid_7x.pt"))(torch.tensor(reference["input"]))
    assert np.abs(points.numpy() - reference["points"]).max() < 1e-6
    assert np.abs(normals.numpy() - reference["normals"]).max() < 1e-4


@BOTH
def test_the_order_of_the_points_changes_nothing_but_the_order_of_the_answer(
    variant: Variant, cloud: torch.Tensor
) -> None:
    made, order = network(variant), torch.randperm(300, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        as_they_are, shuffled = made(cloud), made(cloud[:, order])
    for before, after in zip(as_they_are, shuffled, strict=True):
        groups = before.unflatten(1, (300, variant.offsets))[:, order].flatten(1, 2)
        assert torch.allclose(after, groups, atol=1e-5)


@BOTH
def test_clouds_of_a_batch_do_not_see_each_other(variant: Variant, cloud: torch.Tensor) -> None:
    made = network(variant)
    with torch.no_grad():
        together, alone = made(cloud), made(cloud[1:])
    for both, one in zip(together, alone, strict=True):
        assert torch.allclose(both[1:], one, atol=1e-5)


@BOTH
def test_the_answer_stays_in_the_cube_and_near_the_points(variant: Variant, cloud: torch.Tensor) -> None:
    with torch.no_grad():
        points, normals = network(variant)(cloud)
    assert points.shape == normals.shape == (2, 300 * variant.offsets, 3)
    assert 0 <= points.min() <= points.max() <= 0.99
    moved = points - cloud.clamp(0, 0.99).repeat_interleave(variant.offsets, dim=1)
    assert 0 < moved.abs().max() < 0.02


@BOTH
def test_gradients_reach_every_weight(variant: Variant, cloud: torch.Tensor) -> None:
    made = network(variant)
    points, normals = made(cloud)
    (points.square().sum() + normals.square().sum()).backward()
    without = [name for name, weight in made.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert without == []


@BOTH
def test_pooling_takes_the_largest_and_the_mean_in_each_cell(variant: Variant, cloud: torch.Tensor) -> None:
    variant = replace(variant, resolution=4)
    cells, points = Cells(variant), cloud.clamp(0, 0.99)
    features = torch.randn(2, 300, 5, generator=torch.Generator().manual_seed(3))
    rows = cells.rows(points)
    axes = [(0, 1, 2)] if variant.features == "grid" else [(0, 2), (0, 1), (1, 2)]
    pooled = torch.zeros_like(features)
    for plane, mean, row in zip(axes, cells.averaged(features, rows), rows, strict=True):
        of = (4 * points[1, :, list(plane)]).long()
        for point in (0, 17):
            inside = (of == of[point]).all(1)
            pooled[1, point] += features[1, inside].max(0).values
            assert torch.equal(row[1] == row[1, point], inside)
            place = tuple(of[point].flip(0).tolist())  # indexed z, y, x
            assert torch.allclose(mean[(1, slice(None), *place)], features[1, inside].mean(0), atol=1e-6)
    found = cells.pooled(features, rows)
    assert torch.allclose(found[1, [0, 17]], pooled[1, [0, 17]])


def test_the_published_shape_is_the_default() -> None:
    assert sum(weight.numel() for weight in OrientedPointsNetwork().parameters()) > 1_000_000
    assert Variant() == Variant("grid", 32, 7, 32, 3)

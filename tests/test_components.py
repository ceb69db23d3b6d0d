import numpy as np
import pytest
import torch

from sap_core.scan.components import best_signs, point_components, smooth_patches
from tests.shapes import ball, box, together


def test_parts_are_numbered_from_the_largest_whatever_the_order_of_the_points() -> None:
    cloud = together(ball(500, center=(5, 0, 0)), ball(2_000), ball(1_000, center=(0, 5, 0)))
    order = np.random.default_rng(0).permutation(len(cloud))
    expected = np.repeat([2, 0, 1], [500, 2_000, 1_000])
    assert np.array_equal(point_components(cloud.points[order]), expected[order])


def test_one_surface_is_one_part() -> None:
    assert not point_components(ball(2_000).points).any()


def test_so_many_small_parts_count_as_one() -> None:
    centers = np.arange(60)[:, None] * [10.0, 0, 0]
    cloud = together(*(ball(40, center=tuple(center)) for center in centers))
    labels = point_components(cloud.points)
    assert labels.max() == 31
    assert np.bincount(labels)[:31].tolist() == [40] * 31


@pytest.mark.parametrize("count", [1, 2, 5])
def test_fewer_points_than_neighbours_have_components(count: int) -> None:
    assert not point_components(np.random.default_rng(0).random((count, 3))).any()


def test_patches_end_at_edges_and_where_normals_change_sides() -> None:
    cube = box(3_000)
    sides = np.unique(cube.normals, axis=0, return_inverse=True)[1].reshape(-1)
    patches = smooth_patches(cube.points, cube.normals)
    assert all(len(np.unique(sides[patches == patch])) == 1 for patch in range(patches.max() + 1))
    assert np.bincount(patches)[:6].sum() > 0.99 * len(cube)  # some points near a corner are alone
    round_one = ball(2_000)
    assert not smooth_patches(round_one.points, round_one.normals).any()
    upward = np.copysign(1.0, round_one.normals[:, 2:]) * round_one.normals
    patches = smooth_patches(round_one.points, upward)
    assert patches.max() == 1
    assert len(np.unique(patches[round_one.normals[:, 2] > 0])) == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_signs_that_were_hidden_are_found(seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    potentials = torch.randn(6, 400, generator=rng)
    signs = torch.randint(0, 2, (6,), generator=rng) * 2.0 - 1
    assert torch.equal(best_signs(potentials, signs @ potentials), signs)


def test_a_turn_that_gains_next_to_nothing_is_not_made() -> None:
    potentials = torch.eye(2, 100)
    target = 10 * torch.ones(100)
    target[0] = -0.01
    assert torch.equal(best_signs(potentials, target), torch.ones(2))

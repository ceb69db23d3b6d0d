import pytest
import torch

from sap_core.learned import Variant, predict
from sap_core.learned.turns import MOST_TURNS, seen_turned
from tests.learned.networks import GRID, network
from tests.shapes import ball


@pytest.fixture
def scan() -> torch.Tensor:
    """(1, 200, 3), none on the border of the cube, where coordinates are clamped."""
    return 0.05 + 0.9 * torch.rand(1, 200, 3, generator=torch.Generator().manual_seed(0))


def test_a_scan_seen_once_is_seen_as_it_is(scan: torch.Tensor) -> None:
    made = network(GRID)
    for found, expected in zip(seen_turned(made, scan, turns=1), made(scan), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_each_turn_gives_points_of_its_own(scan: torch.Tensor) -> None:
    points, normals = seen_turned(network(GRID), scan, turns=3)
    assert points.shape == normals.shape == (1, 3 * 200 * GRID.offsets, 3)
    first, second, _ = points[0].chunk(3)
    assert (first - second).norm(dim=1).max() > 1e-3  # the network is not equivariant by itself
    assert (first - second).norm(dim=1).max() < 0.1  # they are turned back


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_answer_to_all_turns_turns_with_the_scan(scan: torch.Tensor, mirrored: bool) -> None:
    made = network(GRID)
    turn = (-1 if mirrored else 1) * torch.eye(3).roll(1, 0)
    points, normals = seen_turned(made, scan, turns=MOST_TURNS)
    of_turned, normals_of_turned = seen_turned(made, (scan - 0.5) @ turn + 0.5, turns=MOST_TURNS)
    turned = (points - 0.5) @ turn + 0.5
    apart = torch.cdist(of_turned[0], turned[0], compute_mode="donot_use_mm_for_euclid_dist")
    assert max(apart.min(0).values.max(), apart.min(1).values.max()) < 1e-4
    torch.testing.assert_close(normals_of_turned.sum(1), (normals @ turn).sum(1), rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(
    ("variant", "turns"), [(GRID, 1), (Variant(resolution=8, offsets=2, width=8, levels=2, reach=0.05), 6)]
)
def test_a_network_that_is_not_published_sees_a_scan_in_all_turns(variant: Variant, turns: int) -> None:
    made = network(variant)
    unasked, asked = (predict(ball(500), made, resolution=32, turns=count) for count in (None, turns))
    assert len(unasked.cloud) == turns * 500 * variant.offsets
    assert (unasked.cloud.points == asked.cloud.points).all()

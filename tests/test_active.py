from itertools import product

import pytest
import torch
from torch import Tensor

from sap_core.solver.active import crossed_in, lattice_of, mark_boxes, marked_places, nowhere, supporting, touched_by
from sap_core.solver.lattice import BLOCK, NODES, BlockLattice, places_along
from sap_core.solver.prolongation import prolong
from sap_core.solver.spline import SplineStencil
from tests.lattices import Place, lattice_at, places_of, scattered

CPU = torch.device("cpu")
LEVELS = (48, 96, 192)


def places_in(marked: Tensor, resolution: int) -> set[Place]:
    return set(places_of(BlockLattice.of(marked, resolution)))


def drawn(count: int = 400, *, seed: int = 0) -> Tensor:
    """Points of the unit cube; some lie on nodes, half-way between them, and at its border."""
    points = torch.rand(count, 3, generator=torch.Generator().manual_seed(seed))
    points[:100] = (192 * points[:100]).round() / 192
    points[100:200] = ((192 * points[100:200]).floor() + 0.5) / 192
    points[200:230, 0], points[230:260, 1], points[260:290, 2] = 0, 1, 1 - 1e-7
    points[290:292] = torch.tensor([[0.0, 0, 0], [1, 1, 1]])
    return points


@pytest.mark.parametrize("count", [1, 20, 400])
def test_all_nodes_that_points_touch_are_on_active_blocks(count: int) -> None:
    points = drawn()[-count:]
    for resolution, marked in zip(LEVELS, touched_by(points, LEVELS), strict=True):
        lattice = BlockLattice.of(marked, resolution)
        assert (SplineStencil.at(points, lattice).index < len(lattice) * NODES).all()


def test_few_blocks_are_marked_where_no_point_is() -> None:
    """A point in the middle of a block is marked with that block alone, and those that hold the nodes around it."""
    point = torch.tensor([[12.2, 84.4, 100.1]]) / 192
    coarse, middle, fine = touched_by(point, LEVELS)
    assert places_in(fine, 192) == {(1, 10, 12)}
    assert len(places_in(middle, 96)) <= 8
    assert len(places_in(coarse, 48)) <= 27


def test_every_level_supports_the_next() -> None:
    coarse, middle, fine = touched_by(drawn(300), LEVELS)
    assert not (supporting(fine, 192) & ~middle).any()
    assert not (supporting(middle, 96) & ~coarse).any()


def test_no_points_and_no_levels_mark_nothing() -> None:
    assert touched_by(drawn(), ()) == []
    assert not any(marked.any() for marked in touched_by(torch.zeros(0, 3), LEVELS))


@pytest.mark.parametrize("border", [False, True])
def test_supporting_blocks_hold_every_node_that_is_read(border: bool) -> None:
    """All weights are positive, so that a node which is not there makes a one less than one."""
    fine = scattered(96, 80, border=border, seed=3)
    coarse = BlockLattice.of(supporting(fine.table < len(fine), 96), 48)
    ones = torch.ones(len(coarse) + 1, NODES, dtype=torch.double)
    ones[-1] = 0
    assert torch.allclose(prolong(ones, coarse, fine)[:-1], torch.ones((), dtype=torch.double), atol=1e-14)


def test_each_supporting_block_is_read() -> None:
    fine = lattice_at({(3, 4, 6), (8, 8, 8)}, 96)
    coarse = BlockLattice.of(supporting(fine.table < len(fine), 96), 48)
    for number in range(len(coarse)):
        values = torch.zeros(len(coarse) + 1, NODES)
        values[number] = 1
        assert prolong(values, coarse, fine).any(), places_of(coarse)[number]


def naive_boxes(low: Tensor, high: Tensor, resolution: int) -> set[Place]:
    """Blocks that hold a node of the boxes; what is beyond the border counts to it."""
    end = resolution // BLOCK
    found = set()
    for first, last in zip(low.tolist(), high.tolist(), strict=True):
        spans = [
            {min(max(node // BLOCK, -1), end) for node in range(a, b + 1)} for a, b in zip(first, last, strict=True)
        ]
        found |= set(product(*spans))
    return found


@pytest.mark.parametrize("width", [0, 1, 7, 8, 9, 17])
def test_boxes_mark_the_blocks_of_their_nodes(width: int) -> None:
    low = torch.randint(-12, 60, (40, 3), generator=torch.Generator().manual_seed(width))
    marked = nowhere(CPU, 48)
    mark_boxes(marked, low, low + width, 48)
    assert places_in(marked, 48) == naive_boxes(low, low + width, 48)


@pytest.mark.parametrize("supports_more", [False, True])
def test_what_lies_beside_a_crossed_cell_is_marked(supports_more: bool) -> None:
    cells = torch.randint(-1, 24, (30, 3), generator=torch.Generator().manual_seed(0))
    margin = 7 if supports_more else 2
    found = places_in(crossed_in(cells, 48, supports_more=supports_more), 48)
    assert found == naive_boxes(2 * cells - margin, 2 * cells + 1 + margin, 48)


def test_the_surface_can_be_capped_beside_every_active_block_at_the_border() -> None:
    inside: set[Place] = {(0, 2, 3), (5, 5, 0), (2, 2, 2)}
    marked = nowhere(CPU, 48)
    lattice = lattice_of(marked | (lattice_at(inside, 48).table < 3), 48)
    added = {(-1, 2, 3), (6, 5, 0), (5, 6, 0), (5, 5, -1), (6, 6, 0), (6, 5, -1), (5, 6, -1), (6, 6, -1)}
    assert set(places_of(lattice)) == inside | added


def test_marked_places_are_those_of_the_lattice() -> None:
    lattice = scattered(48, 50)
    assert torch.equal(marked_places(lattice.table < len(lattice), 48), lattice.places)
    assert len(nowhere(CPU, 48)) == places_along(48) ** 3

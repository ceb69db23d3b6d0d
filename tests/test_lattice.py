from itertools import product

import pytest
import torch

from sap_core.solver.lattice import BLOCK, NODES, BlockLattice, DenseLattice
from tests.lattices import everywhere, lattice_at, nodes_of, places_of, scattered

R = 40
SOME = scattered(R, 60)


def test_the_rows_of_a_dense_lattice_are_those_of_a_flattened_grid_and_periodic() -> None:
    lattice = DenseLattice(12)
    nodes = torch.tensor(list(product(range(12), repeat=3)))
    assert torch.equal(lattice.rows(*nodes.unbind(1)), torch.arange(lattice.size))
    for shift in ((12, 0, 0), (0, -12, 0), (-24, 12, 36)):
        assert torch.equal(lattice.rows(*(nodes + torch.tensor(shift)).unbind(1)), torch.arange(lattice.size))


@pytest.mark.parametrize("lattice", [SOME, everywhere(16), lattice_at({(-1, 0, 5), (2, 2, 2)}, R)])
def test_the_rows_of_blocks_lead_back_to_the_coordinates_of_their_nodes(lattice: BlockLattice) -> None:
    assert lattice.size == (len(lattice) + 1) * NODES
    assert torch.equal(lattice.rows(*nodes_of(lattice).unbind(1)), torch.arange(len(lattice) * NODES))


def test_coordinates_broadcast() -> None:
    x, y, z = torch.arange(-8, 48), torch.arange(3, 9), torch.arange(20, 30)
    nodes = torch.cartesian_prod(x, y, z)
    for lattice in (SOME, DenseLattice(R)):
        together = lattice.rows(x[:, None, None], y[None, :, None], z[None, None, :])
        assert together.shape == (56, 6, 10)
        assert torch.equal(together.flatten(), lattice.rows(*nodes.unbind(1)))


def test_blocks_stand_in_ascending_order() -> None:
    assert places_of(SOME) == sorted(set(places_of(SOME)))
    assert len(SOME) == 60


def test_nodes_that_are_not_there_have_rows_of_the_last_block() -> None:
    absent = set(product(range(-1, 6), repeat=3)) - set(places_of(SOME))
    rows = SOME.rows(*nodes_of(lattice_at(absent, R)).unbind(1))
    assert len(rows) == (7**3 - 60) * NODES
    assert (rows >= len(SOME) * NODES).all()
    assert (rows < SOME.size).all()


def test_what_lies_beyond_the_border_counts_to_it() -> None:
    lattice = lattice_at({(-1, 2, 2), (5, 2, 2)}, R)
    middle = torch.full((3,), 20)
    below, above = torch.tensor([-9, -30, -100]), torch.tensor([48, 70, 100])
    assert (lattice.rows(below, middle, middle) // NODES).tolist() == [0, 0, 0]
    assert (lattice.rows(above, middle, middle) // NODES).tolist() == [1, 1, 1]


def test_neighbours_are_the_blocks_one_step_away() -> None:
    places = places_of(SOME)
    rows = {place: row for row, place in enumerate(places)}
    for place, around in zip(places, SOME.neighbours, strict=True):
        for step in product((-1, 0, 1), repeat=3):
            there = tuple(a + b for a, b in zip(place, step, strict=True))
            if all(-1 <= coordinate <= 5 for coordinate in there):
                assert around[tuple(one + 1 for one in step)] == rows.get(there, 60), (place, step)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("step", [-1, 0, 1])
def test_blocks_beside_lie_so_many_steps_along_the_axis(axis: int, step: int) -> None:
    here = torch.tensor(list(product(range(-1, 6), repeat=3)))
    there = here.clone()
    there[:, axis] += step
    rows = {place: row for row, place in enumerate(places_of(SOME))}
    # Beyond the border there is none, and a block of the border is not its own neighbour.
    assert SOME.beside(here, axis, step).tolist() == [rows.get(tuple(place), 60) for place in there.tolist()]


def test_blocks_of_the_border_lie_beyond_the_cube() -> None:
    lattice = everywhere(16)
    expected = [any(coordinate in (-1, 2) for coordinate in place) for place in places_of(lattice)]
    assert sum(expected) == 4**3 - 2**3
    assert lattice.beyond.tolist() == [*expected, False]  # the last stands for blocks anywhere


@pytest.mark.parametrize("axis", range(3))
def test_a_widened_lattice_has_the_blocks_before_and_after_as_well(axis: int) -> None:
    expected = set()
    for place in places_of(SOME):
        for step in (-1, 0, 1):
            moved = [coordinate + step * (each == axis) for each, coordinate in enumerate(place)]
            if -1 <= moved[axis] <= 5:
                expected.add(tuple(moved))
    wider = SOME.widened(axis)
    assert places_of(wider) == sorted(expected)
    assert wider.resolution == R
    assert torch.equal(wider.rows(*nodes_of(wider).unbind(1)), torch.arange(len(wider) * NODES))


def test_a_block_has_eight_nodes_along_each_edge() -> None:
    lattice = lattice_at({(1, 2, 3)}, R)
    assert nodes_of(lattice).amin(0).tolist() == [8, 16, 24]
    assert nodes_of(lattice).amax(0).tolist() == [15, 23, 31]
    inside = lattice.rows(torch.tensor([8, 15]), torch.tensor([16, 23]), torch.tensor([24, 31]))
    assert inside.tolist() == [0, BLOCK**3 - 1]

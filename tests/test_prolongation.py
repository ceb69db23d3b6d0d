import pytest
import torch
from torch import Tensor

from sap_core.solver.active import supporting
from sap_core.solver.lattice import NODES, BlockLattice, DenseLattice, Lattice
from sap_core.solver.prolongation import prolong, restrict
from tests.lattices import everywhere, lattice_at, nodes_of, random_values, scattered

COARSE, FINE = 24, 48
BLOCKS = {"inside": scattered(FINE, 40, border=False), "border": scattered(FINE, 60), "all": everywhere(FINE)}
INSIDE = BLOCKS["inside"]


def marked(lattice: BlockLattice) -> Tensor:
    return lattice.table < len(lattice)


def below(fine: BlockLattice) -> BlockLattice:
    """The blocks of the grid half as fine from which those are prolonged."""
    return BlockLattice.of(supporting(marked(fine), fine.resolution), fine.resolution // 2)


def subdivided(field: Tensor) -> Tensor:
    """A periodic field (R, R, R) on a grid twice as fine, by the formulas of a cubic B-spline."""
    for axis in range(3):
        after, before = field.roll(-1, axis), field.roll(1, axis)
        even, odd = (before + 6 * field + after) / 8, (field + after) / 2
        field = torch.stack((even, odd), axis + 1).flatten(axis, axis + 1)
    return field


def random_field(resolution: int, seed: int = 0) -> Tensor:
    return torch.randn(3 * (resolution,), dtype=torch.double, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("fine", BLOCKS.values(), ids=BLOCKS.keys())
def test_blocks_hold_what_subdivision_of_the_whole_grid_gives(fine: BlockLattice) -> None:
    field = random_field(COARSE)
    x, y, z = nodes_of(fine).remainder(FINE).unbind(1)
    found = prolong(field, DenseLattice(COARSE), fine)
    assert torch.allclose(found[:-1].flatten(), subdivided(field)[x, y, z], atol=1e-12)
    assert not found[-1].any()


def test_blocks_may_be_prolonged_from_blocks() -> None:
    field, fine = random_field(COARSE), lattice_at({(2, 3, 1), (3, 3, 1)}, FINE)
    coarse = below(fine)
    assert len(coarse) < 20  # of 27 and those of the border
    x, y, z = nodes_of(coarse).remainder(COARSE).unbind(1)
    values = torch.cat((field[x, y, z], torch.zeros(NODES, dtype=torch.double))).view(-1, NODES)
    expected = prolong(field, DenseLattice(COARSE), fine)
    assert torch.allclose(prolong(values, coarse, fine), expected, atol=1e-12)


def test_linear_functions_are_reproduced_inside_the_cube() -> None:
    slope = torch.tensor([1.5, -2.0, 0.25], dtype=torch.double)
    axis = torch.arange(COARSE, dtype=torch.double) / COARSE
    field = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1) @ slope + 3
    nodes = nodes_of(INSIDE)
    inside = ((nodes >= 2) & (nodes <= FINE - 4)).all(1)  # a linear function jumps at the border
    assert inside.sum() > 0.5 * len(nodes)
    found = prolong(field, DenseLattice(COARSE), INSIDE)[:-1].flatten()
    expected = nodes.double() / FINE @ slope + 3
    assert torch.allclose(found[inside], expected[inside], atol=1e-12)


@pytest.mark.parametrize("fine", BLOCKS.values(), ids=BLOCKS.keys())
@pytest.mark.parametrize("dense", [True, False], ids=["from all", "from blocks"])
def test_restriction_is_the_transpose(fine: BlockLattice, dense: bool) -> None:
    coarse: Lattice = DenseLattice(COARSE) if dense else below(fine)
    here = random_field(COARSE) if dense else random_values(below(fine), 0)
    there, back = random_values(fine, 1), torch.zeros_like(here)
    restrict(there, fine, coarse, out=back)
    expected = (prolong(here, coarse, fine) * there).sum().item()
    assert abs(expected) > 1
    assert (here * back).sum() == pytest.approx(expected, rel=1e-11)


def test_restriction_is_added_and_does_not_see_the_last_block() -> None:
    fine, before = random_values(INSIDE, 0), random_field(COARSE)
    alone, added = torch.zeros_like(before), before.clone()
    restrict(fine, INSIDE, DenseLattice(COARSE), out=alone)
    fine[-1] = 1e6
    restrict(fine, INSIDE, DenseLattice(COARSE), out=added)
    assert torch.allclose(added, before + alone, atol=1e-12)


def test_some_blocks_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    field, source = random_field(COARSE), random_values(INSIDE, 0)
    at_once, once_back = prolong(field, DenseLattice(COARSE), INSIDE), torch.zeros_like(field)
    restrict(source, INSIDE, DenseLattice(COARSE), out=once_back)
    monkeypatch.setattr("sap_core.solver.prolongation._AT_ONCE", 7)
    back = torch.zeros_like(field)
    restrict(source, INSIDE, DenseLattice(COARSE), out=back)
    assert torch.allclose(prolong(field, DenseLattice(COARSE), INSIDE), at_once, atol=1e-13)
    assert torch.allclose(back, once_back, atol=1e-12)

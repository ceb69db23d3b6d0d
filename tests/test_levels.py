import math

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates
from torch import Tensor

from sap_core.solver.lattice import NODES, BlockLattice, DenseLattice
from sap_core.solver.levels import Level, Potential
from sap_core.solver.multilevel import MultilevelSolver, SolvedPotential
from tests.lattices import lattice_at, nodes_of, random_values
from tests.shapes import torus

COARSE, MIDDLE, FINE = 16, 32, 64
# The middle of the cube is on blocks of the second grid, a part of it on blocks of the third.
SECOND = lattice_at({(x, y, z) for x in (1, 2) for y in (1, 2) for z in (1, 2)}, MIDDLE)
THIRD = lattice_at({(x, y, z) for x in (3, 4) for y in (3, 4) for z in (3, 4)}, FINE)


def dense(resolution: int, seed: int = 0) -> Level:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(3 * (resolution,), dtype=torch.double, generator=generator)
    return Level(DenseLattice(resolution), values)


def potential(*levels: Level, level: float = 0.0, scale: float = 1.0) -> Potential:
    return Potential(levels, *torch.tensor([level, scale], dtype=torch.double))


def three_levels() -> Potential:
    """Without any likeness between one level and the next."""
    second, third = (Level(lattice, random_values(lattice, seed)) for seed, lattice in enumerate((SECOND, THIRD)))
    return potential(dense(COARSE), second, third)


def drawn(low: float, high: float, count: int = 2_000) -> Tensor:
    places = torch.rand(count, 3, dtype=torch.double, generator=torch.Generator().manual_seed(5))
    return low + (high - low) * places


def trilinear(grid: Tensor, places: Tensor) -> Tensor:
    """Of a periodic grid, by scipy."""
    return torch.from_numpy(map_coordinates(grid.numpy(), len(grid) * places.T.numpy(), order=1, mode="grid-wrap"))


def test_it_is_exact_at_the_nodes_of_every_level() -> None:
    found = three_levels()
    for level, lattice in zip(found.levels[1:], (SECOND, THIRD), strict=True):
        nodes, resolution = nodes_of(lattice), lattice.resolution
        low, high = lattice.places.amin(0) * 8, lattice.places.amax(0) * 8 + 7
        inner = ((nodes >= low) & (nodes < high)).all(1)  # the nodes after are there as well
        inner[:] &= ~covered_by_a_finer(found, nodes / resolution, resolution)
        assert inner.sum() > 500
        values = found.at(nodes[inner].double() / resolution)
        assert torch.allclose(values, level.values[:-1].flatten()[inner], atol=1e-12)
    grid = found.levels[0].values
    nodes = torch.cartesian_prod(*3 * (torch.arange(COARSE),))
    outer = ((nodes < 3) | (nodes > 12)).any(1)
    assert torch.allclose(found.at(nodes[outer].double() / COARSE), grid.flatten()[outer], atol=1e-12)


def covered_by_a_finer(found: Potential, places: Tensor, resolution: int) -> Tensor:
    if resolution == FINE:
        return torch.zeros(len(places), dtype=torch.bool)
    cell = (places * FINE).floor()
    return ((cell >= 24) & (cell < 39)).all(1)  # nodes 24 to 39 are there


def test_it_is_linear_between_the_nodes_of_a_dense_level() -> None:
    level, places = dense(COARSE), drawn(0, 1)
    assert torch.allclose(potential(level).at(places), trilinear(level.values, places), atol=1e-12)


def test_it_is_linear_between_the_nodes_of_blocks() -> None:
    grid = torch.zeros(3 * (FINE,), dtype=torch.double)
    x, y, z = nodes_of(THIRD).unbind(1)
    values = random_values(THIRD, 1)
    grid[x, y, z] = values[:-1].flatten()
    places = drawn(24 / FINE, 39 / FINE)
    found = potential(dense(COARSE), Level(THIRD, values)).at(places)
    assert torch.allclose(found, trilinear(grid, places), atol=1e-12)


def test_where_a_level_is_not_the_next_coarser_one_holds() -> None:
    found, places = three_levels(), drawn(0, 1, 20_000)
    base, second, third = found.levels
    without_third, without_both = potential(base, second).at(places), potential(base).at(places)
    values = found.at(places)
    in_third = ((places * FINE >= 24) & (places * FINE < 39)).all(1)
    in_second = ((places * MIDDLE >= 8) & (places * MIDDLE < 23)).all(1)
    assert 100 < in_third.sum() < in_second.sum() < len(places) / 2
    assert torch.equal(values[~in_third], without_third[~in_third])
    assert torch.equal(values[~in_second], without_both[~in_second])
    alone = potential(base, third).at(places)
    assert torch.equal(values[in_third], alone[in_third])
    for one, other, where in ((values, without_third, in_third), (without_third, without_both, in_second)):
        assert (one != other)[where].all()


def test_a_level_of_all_blocks_holds_in_the_whole_cube() -> None:
    from_all = BlockLattice.of(torch.ones(6**3, dtype=torch.bool), MIDDLE)
    ones = torch.ones(len(from_all) + 1, NODES, dtype=torch.double)
    ones[-1] = 0
    found = potential(dense(COARSE), Level(from_all, ones)).at(torch.cat((drawn(0, 1), torch.zeros(1, 3).double())))
    assert torch.allclose(found, torch.ones_like(found), atol=1e-14)


def test_places_are_looked_up_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    found, places = three_levels(), drawn(0, 1)
    together = found.at(places)
    monkeypatch.setattr("sap_core.solver.levels._AT_ONCE", 300)
    assert torch.equal(found.at(places), together)


def test_the_indicator_is_shifted_scaled_and_bounded() -> None:
    level, places = dense(COARSE), drawn(0, 1)
    found = potential(level, level=0.4, scale=3.0).indicator(places)
    assert torch.allclose(found, torch.tanh(3 * (trilinear(level.values, places) - 0.4)), atol=1e-12)


@pytest.mark.parametrize("axis", range(3))
def test_a_plane_has_the_indicator_at_its_nodes(axis: int) -> None:
    found, position, resolution = three_levels(), 0.47, 24
    plane = found.plane(axis, position, resolution)
    assert plane.shape == (resolution, resolution)
    for first, second in ((0, 0), (3, 20), (12, 11), (23, 1)):
        place = [first / resolution, second / resolution]
        place.insert(axis, position)
        at = found.indicator(torch.tensor([place], dtype=torch.double)).item()
        assert plane[first, second].item() == pytest.approx(at, abs=1e-12)


# --- of points ---


@pytest.fixture(scope="module")
def solved() -> SolvedPotential:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sap_core.resolutions._DENSE", 32)
        cloud = torus(4_000)
        points, normals = torch.tensor(0.3 * cloud.points + 0.5), torch.tensor(cloud.normals)
        return MultilevelSolver(128, 2.0, like=points).solve(points, normals)


def test_across_the_border_of_the_active_blocks_the_field_has_a_small_step(solved: SolvedPotential) -> None:
    """At most a twenty-fifth of what lies between inside and outside, beside the border of the finest level."""
    assert [level.lattice.resolution for level in solved.levels] == [32, 64, 128]
    fine, resolution = solved.finest.lattice, 128
    nodes = nodes_of(fine)
    x, y, z = nodes.unbind(1)
    first = (x % 8 == 0) & (fine.rows(x - 1, y, z) >= len(fine) * NODES)
    first &= (fine.rows(x, y + 1, z) < len(fine) * NODES) & (fine.rows(x, y, z + 1) < len(fine) * NODES)
    first &= fine.rows(x, y + 1, z + 1) < len(fine) * NODES
    first &= ((nodes > 0) & (nodes < resolution - 1)).all(1)
    edge = nodes[first].double() / resolution
    assert len(edge) > 1_000
    aside = torch.tensor([1e-9, 0.0, 0.0], dtype=torch.double)
    step = (solved.indicator(edge + aside) - solved.indicator(edge - aside)).abs()
    assert step.max() < 0.04
    assert step.mean() < 0.005
    assert (step > 1e-6).sum() > 0.9 * len(step)  # it is the border that is crossed


def test_the_corner_of_the_cube_is_one_half_outside(solved: SolvedPotential) -> None:
    corner = torch.zeros(1, 3, dtype=torch.double)
    assert solved.indicator(corner).item() == pytest.approx(math.tanh(0.5), rel=1e-9)
    around = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    ring = torch.tensor(0.3 * np.stack([np.cos(around), np.sin(around), 0 * around], 1) + 0.5)
    assert (solved.indicator(ring) < -0.3).all()  # along the middle of the tube

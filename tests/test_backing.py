import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from sap_core.solver.backing import Backing
from sap_core.solver.levels import Potential
from sap_core.solver.multilevel import MultilevelSolver
from sap_core.solver.surface import MultilevelLayer

LOOKING = {
    "up": (0.0, 0.0, 1.0),
    "along -x": (-1.0, 0.0, 0.0),
    "aslant": tuple(Rotation.from_euler("xyz", [20, 35, 50], degrees=True).apply((0.0, 0.0, 1.0))),
}


def square(facing: np.ndarray, count: int = 6_000) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
    """Samples of a flat square of edge .6 in the middle of the cube, as float64 and as oriented points."""
    basis = np.linalg.svd(facing[None])[2][1:]
    points = 0.5 + np.random.default_rng(0).uniform(-0.3, 0.3, (count, 2)) @ basis
    normals = np.broadcast_to(facing, points.shape)
    return points, *(torch.tensor(np.array(array), dtype=torch.float32) for array in (points, normals))


def value_at(potential: Potential, place: np.ndarray) -> float:
    """Above the level, in units of the step across the sheet, which is 1."""
    node = tuple((potential.finest.lattice.resolution * place).round().astype(int))
    return float(potential.finest.values[node] - potential.level)


@pytest.mark.parametrize("facing", LOOKING.values(), ids=LOOKING.keys())
@pytest.mark.parametrize("side", [1, -1])
def test_a_surface_closes_soon_behind_its_sheet(facing: tuple[float, float, float], side: int) -> None:
    across = np.array(facing)
    samples, points, normals = square(across)
    backing = Backing(samples, across)
    surface = MultilevelLayer(128, 2.0, backing)(points, side * normals)
    heights = (surface.vertices.numpy() - 0.5) @ (side * across)
    assert heights.min() == pytest.approx(-0.1, abs=0.02)
    assert heights.max() < 0.02
    alone = MultilevelLayer(128, 2.0)(points, side * normals).vertices.numpy()
    assert np.ptp((alone - 0.5) @ across) > 0.25


@pytest.mark.parametrize("facing", LOOKING.values(), ids=LOOKING.keys())
def test_the_back_is_as_strong_as_the_sheet(facing: tuple[float, float, float]) -> None:
    across = np.array(facing)
    samples, points, normals = square(across)
    for strength in (1.0, 7.0):
        solver = MultilevelSolver(128, 2.0, like=points, backing=Backing(samples, across))
        potential = solver.solve(points, strength * normals)
        inside, front, behind = (value_at(potential, 0.5 + height * across) for height in (-0.05, 0.05, -0.15))
        assert inside < 0 < front
        assert behind == pytest.approx(front, rel=0.25)
        assert -inside == pytest.approx(front, rel=0.25)


def test_a_sheet_is_moved_before_a_back_that_stays() -> None:
    across = np.array((0.0, 0.0, 1.0))
    samples, points, normals = square(across, 2_000)
    layer = MultilevelLayer(64, 2.0, Backing(samples, across))
    leaves = [tensor.requires_grad_() for tensor in (points, normals)]
    surface = layer(*leaves)
    near = (surface.vertices - 0.5).abs().amax(1) < 0.05
    surface.vertices[near, 2].sum().backward()
    assert all(bool(leaf.grad.isfinite().all()) for leaf in leaves)
    middle = (points.detach() - 0.5).abs().amax(1) < 0.04
    assert (points.grad[middle, 2] > 0).all()

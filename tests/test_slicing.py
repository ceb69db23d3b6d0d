import numpy as np
import pytest
import torch
from torch import Tensor

from sap_core.frame import UnitFrame
from sap_core.solver.lattice import DenseLattice
from sap_core.solver.levels import Level, Potential
from sap_viewer.engine.slicing import slice_field

FRAME = UnitFrame(np.zeros(3), 1.0)  # shifts the unit cube to [-0.5, 0.5]


def potential_of(values: Tensor) -> Potential:
    dense = Level(DenseLattice(len(values)), values)
    return Potential((dense,), level=torch.zeros(()), scale=torch.ones(()))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("position", [0.0, 0.25, 0.3, 0.96, 1.0])
def test_a_linear_field_is_cut_at_its_position(axis: int, position: float) -> None:
    resolution = 16
    nodes = torch.arange(resolution) / resolution
    field = torch.meshgrid(nodes, nodes, nodes, indexing="ij")[axis].contiguous()
    cut = slice_field(potential_of(field), resolution, FRAME, axis=axis, position=position)
    assert np.allclose(cut.values, np.tanh(min(position, 15 / 16)), atol=1e-6)
    assert np.allclose(cut.corners[:, axis], position - 0.5)


def test_rows_and_columns_follow_the_two_other_axes() -> None:
    field = torch.zeros(8, 8, 8)
    field[2, 5, 3] = 1
    cut = slice_field(potential_of(field), 8, FRAME, axis=1, position=5 / 8)
    expected = np.zeros((8, 8))
    expected[2, 3] = np.tanh(1)
    assert np.allclose(cut.values, expected, atol=1e-6)
    corners = cut.corners + 0.5
    assert np.allclose(corners[1] - corners[0], [1, 0, 0])  # down the rows: x
    assert np.allclose(corners[3] - corners[0], [0, 0, 1])  # along the columns: z
    assert np.allclose(corners[0], [-1 / 16, 5 / 8, -1 / 16])  # pixels are centred on the nodes


def test_a_plane_of_a_fine_grid_is_shown_on_a_coarser_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sap_viewer.engine.slicing._MOST_SHOWN", 8)
    nodes = torch.arange(32) / 32
    field = torch.meshgrid(nodes, nodes, nodes, indexing="ij")[1].contiguous()
    cut = slice_field(potential_of(field), 32, FRAME, axis=0, position=1.0)
    assert np.allclose(cut.values, np.tanh(np.arange(8) / 8)[:, None], atol=1e-6)
    corners = cut.corners + 0.5
    assert np.allclose(corners[0], [1, -1 / 16, -1 / 16])  # pixels are centred on the nodes of the coarser one
    assert np.allclose(corners[2], [1, 15 / 16, 15 / 16])

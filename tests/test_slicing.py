import numpy as np
import pytest
import torch

from sap_core.frame import UnitFrame
from sap_viewer.engine.slicing import slice_field

FRAME = UnitFrame(np.zeros(3), 1.0)  # shifts the unit cube to [-0.5, 0.5]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("position", [0.0, 0.25, 0.3, 0.96, 1.0])
def test_a_linear_field_is_cut_at_its_position(axis: int, position: float) -> None:
    resolution = 16
    nodes = torch.arange(resolution) / resolution
    field = torch.meshgrid(nodes, nodes, nodes, indexing="ij")[axis].contiguous()
    cut = slice_field(field.select, len(field), FRAME, axis=axis, position=position)
    assert np.allclose(cut.values, min(position, 15 / 16), atol=1e-6)
    assert np.allclose(cut.corners[:, axis], position - 0.5)


def test_rows_and_columns_follow_the_two_other_axes() -> None:
    field = torch.zeros(8, 8, 8)
    field[2, 5, 3] = 1
    assert slice_field(field.select, len(field), FRAME, axis=1, position=5 / 8).values[2, 3] == 1
    corners = slice_field(field.select, len(field), FRAME, axis=1, position=5 / 8).corners + 0.5
    assert np.allclose(corners[1] - corners[0], [1, 0, 0])  # down the rows: x
    assert np.allclose(corners[3] - corners[0], [0, 0, 1])  # along the columns: z
    assert np.allclose(corners[0], [-1 / 16, 5 / 8, -1 / 16])  # pixels are centred on the nodes

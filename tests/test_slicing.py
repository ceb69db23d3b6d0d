import numpy as np
import pytest
import torch

from sap_core.frame import UnitFrame
from sap_viewer.engine import slicing
from sap_viewer.engine.slicing import slice_field
from tests.snapshots import ball_field, potential_of

FRAME = UnitFrame(np.zeros(3), 1.0)  # shifts the unit cube to [-0.5, 0.5]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("position", [0.0, 0.25, 0.3, 0.96, 1.0])
def test_a_linear_field_is_cut_at_its_position(axis: int, position: float) -> None:
    resolution = 16
    nodes = torch.arange(resolution) / resolution
    field = torch.meshgrid(nodes, nodes, nodes, indexing="ij")[axis].contiguous() / 100  # tanh is straight so near to 0
    cut = slice_field(potential_of(field), len(field), FRAME, axis=axis, position=position)
    assert np.allclose(cut.values, min(position, 15 / 16) / 100, atol=1e-6)
    assert np.allclose(cut.corners[:, axis], position - 0.5)


def test_rows_and_columns_follow_the_two_other_axes() -> None:
    field = torch.zeros(8, 8, 8)
    field[2, 5, 3] = 0.5
    assert slice_field(potential_of(field), len(field), FRAME, axis=1, position=5 / 8).values[2, 3] == pytest.approx(
        0.5
    )
    corners = slice_field(potential_of(field), len(field), FRAME, axis=1, position=5 / 8).corners + 0.5
    assert np.allclose(corners[1] - corners[0], [1, 0, 0])  # down the rows: x
    assert np.allclose(corners[3] - corners[0], [0, 0, 1])  # along the columns: z
    assert np.allclose(corners[0], [-1 / 16, 5 / 8, -1 / 16])  # pixels are centred on the nodes


def test_a_slice_of_a_fine_grid_has_no_more_values_than_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slicing, "_MOST_SHOWN", 16)
    potential = potential_of(ball_field(32))
    whole, shown = (slice_field(potential, count, FRAME, axis=2, position=0.5) for count in (16, 64))
    assert shown.values.shape == (16, 16)
    assert np.array_equal(shown.values, whole.values)
    assert np.array_equal(shown.corners, whole.corners)

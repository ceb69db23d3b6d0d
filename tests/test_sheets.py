import numpy as np
import pytest

from sap_core.geometry import FloatArray
from sap_core.scan.sheets import Sheets, sheets
from tests.shapes import ball, box, noisy, thin_plate, torus, uneven


def looked_at(points: FloatArray) -> Sheets:
    return sheets(points, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    "points",
    [
        torus(8_000).points,
        box(6_000).points,
        noisy(torus(20_000), 0.01).points,  # thicker than the points are apart
        noisy(torus(20_000), 0.02).points,
        uneven(torus(20_000), 20).points,
        ball(200).points,
        np.tile(ball(1_000).points, (3, 1)),
    ],
    ids=["torus", "edges", "noise", "much noise", "uneven", "few", "repeated"],
)
def test_a_surface_is_one_sheet(points: FloatArray) -> None:
    found = looked_at(points)
    assert not found.fill_volume
    assert found.doubled < 0.02


def solid_torus() -> FloatArray:
    """The centres of the voxels inside a torus."""
    axes = np.arange(-14, 15), np.arange(-14, 15), np.arange(-4, 5)
    x, y, z = (axis.ravel().astype(float) for axis in np.meshgrid(*axes))
    inside = np.hypot(np.hypot(x, y) - 9.5, z) < 4
    return np.column_stack([x, y, z])[inside]


@pytest.mark.parametrize(
    "points", [solid_torus(), np.random.default_rng(0).uniform(size=(5_000, 3))], ids=["voxels", "random"]
)
def test_points_may_fill_a_volume(points: FloatArray) -> None:
    assert looked_at(points).fill_volume


def test_two_sheets_are_told_with_their_gap() -> None:
    found = looked_at(thin_plate(20_000, thickness=0.005).points)
    assert not found.fill_volume
    assert found.doubled > 0.5
    assert found.gap == pytest.approx(0.005, rel=0.1)


def test_too_few_points_tell_nothing() -> None:
    assert looked_at(np.random.default_rng(0).uniform(size=(20, 3))) == Sheets(fill_volume=False, doubled=0.0, gap=0.0)

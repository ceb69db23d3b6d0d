import numpy as np

from sap_core.frame import UnitFrame


def test_cube_holds_the_scan_with_the_published_margin() -> None:
    points = np.random.default_rng(0).uniform([-3, 10, 0], [5, 11, 2], (100, 3))
    unit = UnitFrame.around(points).to_unit(points)
    assert np.isclose(unit[:, 0].min(), 0.05)
    assert np.isclose(unit[:, 0].max(), 0.95)
    assert np.allclose(unit.min(0) + unit.max(0), 1)


def test_there_and_back_in_map_coordinates() -> None:
    points = np.random.default_rng(0).uniform(0, 2, (100, 3)) + np.array([447_000.0, 5_411_950.0, 319.0])
    frame = UnitFrame.around(points)
    assert np.abs(frame.to_scan(frame.to_unit(points)) - points).max() < 1e-8
    single_precision = frame.to_unit(points).astype(np.float32)
    assert np.abs(frame.to_scan(single_precision) - points).max() < 1e-6


def test_bounds_are_the_corners_of_the_cube() -> None:
    frame = UnitFrame.around(np.array([[0.0, 0, 0], [9, 1, 1]]))
    assert np.allclose(frame.bounds, [[-0.5, -4.5, -4.5], [9.5, 5.5, 5.5]])

import numpy as np
import pytest

from sap_core.scan.spacing import local_spacing, spacing
from tests.scans import MAP_OFFSET
from tests.shapes import unit_frame_sphere


def grid(*, along: float = 1.0, across: float = 1.0, count: int = 60) -> np.ndarray:
    x, y = np.meshgrid(np.arange(count), np.arange(count))
    return np.stack([across * x.ravel(), along * y.ravel(), np.zeros(x.size)], axis=1)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_on_a_grid_it_is_the_edge_of_a_cell(scale: float) -> None:
    assert spacing(scale * grid()) == pytest.approx(scale, rel=0.02)


@pytest.mark.parametrize("count", [1_000, 30_000])
def test_on_a_sphere_it_follows_from_area_and_count(count: int) -> None:
    ball = unit_frame_sphere(count, radius=0.3)
    assert spacing(ball.points) == pytest.approx(0.3 * np.sqrt(4 * np.pi / count), rel=0.03)


@pytest.mark.parametrize("ratio", [2, 5, 10])
def test_lines_of_close_points_count_by_the_area_of_a_point(ratio: float) -> None:
    assert spacing(grid(across=ratio)) == pytest.approx(np.sqrt(ratio), rel=0.3)


def test_duplicates_count_once() -> None:
    points = unit_frame_sphere(1_000).points
    assert spacing(np.repeat(points, 20, axis=0)) == spacing(points)


def test_map_coordinates_make_no_difference() -> None:
    points = unit_frame_sphere(1_000).points
    assert spacing(points + MAP_OFFSET) == pytest.approx(spacing(points), rel=1e-6)


def test_locally_it_tells_a_dense_part_from_a_sparse_one() -> None:
    dense, sparse = grid(count=30), 10 * grid(count=30) + 1_000.0
    values = local_spacing(np.concatenate([dense, sparse]))
    assert np.quantile(values, [0.25, 0.75]) == pytest.approx([1, 10], rel=0.02)


def test_a_few_points_will_do() -> None:
    assert spacing(np.array([[0.0, 0, 0], [2, 0, 0]])) == pytest.approx(2 * np.sqrt(np.pi))


def test_a_single_place_has_none() -> None:
    with pytest.raises(ValueError, match="at least 2 different points, got 1"):
        spacing(np.ones((5, 3)))

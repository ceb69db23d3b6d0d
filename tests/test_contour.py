import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import find_contours

from sap_core.solver.isosurface import marching_cubes
from sap_viewer.scene.contour import zero_segments
from tests.snapshots import ball_field


def lengths(segments: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.norm(np.diff(segments, axis=1)[:, 0], axis=1)


def test_a_circle_is_closed_and_as_long_as_it_should_be() -> None:
    rows, columns = np.mgrid[:60, :80]
    segments = zero_segments((np.hypot(rows - 30.2, columns - 40.7) - 20).astype(np.float32))
    ends, counts = np.unique(segments.reshape(-1, 2).round(6), axis=0, return_counts=True)
    assert (counts == 2).all()
    assert np.hypot(*(ends - (30.2, 40.7)).T) == pytest.approx(20, abs=0.02)
    assert lengths(segments).sum() == pytest.approx(40 * np.pi, rel=2e-3)


def test_it_agrees_with_another_program() -> None:
    values = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    theirs = np.concatenate([np.stack([line[:-1], line[1:]], 1) for line in find_contours(values, 0.0)])
    theirs = theirs[lengths(theirs) > 1e-9]
    ours = zero_segments(values)

    def points(segments: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.unique(segments.reshape(-1, 2).round(5), axis=0)

    assert len(ours) == len(theirs)
    np.testing.assert_allclose(points(ours), points(theirs), atol=2e-5)


def test_corners_that_face_each_other_are_cut_off_one_by_one() -> None:
    apart = zero_segments(np.array([[-1, 1], [1, -1]], np.float32))
    assert {frozenset(map(tuple, segment.tolist())) for segment in apart} == {
        frozenset({(0.5, 0.0), (0.0, 0.5)}),
        frozenset({(0.5, 1.0), (1.0, 0.5)}),
    }


def test_it_lies_on_the_mesh() -> None:
    field = ball_field(32)
    vertices = marching_cubes(field)[0].numpy() * 32
    on_the_plane = vertices[np.isclose(vertices[:, 2], 16)][:, :2]
    nodes = zero_segments(field[:, :, 16].numpy()).reshape(-1, 2)
    nearest = np.linalg.norm(nodes[:, None] - on_the_plane, axis=-1).min(1)
    assert nearest.max() < 1e-3


@pytest.mark.parametrize(
    "values", [np.ones((5, 5)), -np.ones((5, 5)), np.zeros((5, 5)), np.zeros((0, 0)), np.ones((1, 4))]
)
def test_where_nothing_changes_sign_there_is_no_line(values: NDArray[np.float64]) -> None:
    assert zero_segments(values.astype(np.float32)).shape == (0, 2, 2)

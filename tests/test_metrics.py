import numpy as np
import pytest
import trimesh

from sap_core.geometry import Mesh
from sap_core.mesh.metrics import Reference, chamfer_l1, chamfer_l2, compare, f_score, normal_consistency


def ball(radius: float) -> Mesh:
    shape = trimesh.creation.icosphere(subdivisions=5, radius=radius)
    return Mesh(shape.vertices, shape.faces)


def test_two_concentric_spheres() -> None:
    metrics = compare(ball(0.53), ball(0.5))
    assert metrics.chamfer_l1 == pytest.approx(0.03, rel=0.03)  # the longest edge of the reference is 1
    assert metrics.chamfer_l2 == pytest.approx(0.03**2, rel=0.03)
    assert metrics.normal_consistency > 0.999


@pytest.mark.parametrize(
    ("gap", "shares"), [(0.001, (1, 1, 1)), (0.007, (0, 1, 1)), (0.015, (0, 0, 1)), (0.025, (0, 0, 0))]
)
def test_f_scores_at_three_distances(gap: float, shares: tuple[int, int, int]) -> None:
    metrics = compare(ball(0.5 + gap), ball(0.5))
    found = (metrics.f_score_half_percent, metrics.f_score, metrics.f_score_two_percent)
    assert found == pytest.approx(shares, abs=0.1)  # the samples are 0.3 % apart


def test_a_vertex_without_a_face_does_not_change_the_unit() -> None:
    reference = ball(0.5)
    with_stray = Mesh(np.concatenate([reference.vertices, [[9.0, 9, 9]]]), reference.faces)
    assert compare(ball(0.51), with_stray) == compare(ball(0.51), reference)


def test_an_estimate_is_near_the_measure_from_a_tenth_of_the_distances() -> None:
    truth = ball(0.5)
    reference = Reference(truth, samples=30_000)
    for mesh in (ball(0.5), ball(0.503), ball(0.509), ball(0.53)):
        measured, estimated = compare(mesh, truth, samples=30_000), reference.estimate(mesh, queries=3_000)
        assert estimated.chamfer_l1 == pytest.approx(measured.chamfer_l1, rel=0.05)
        assert estimated.f_score == pytest.approx(measured.f_score, abs=0.05)


def test_scale_does_not_matter() -> None:
    small, large = compare(ball(0.51), ball(0.5)), compare(ball(51), ball(50))
    assert small.chamfer_l1 == pytest.approx(large.chamfer_l1, rel=1e-6)


def test_chamfer_l1_averages_the_directions() -> None:
    a, b = np.zeros((1, 3)), np.array([[0.0, 0, 1], [0, 0, 3]])
    assert chamfer_l1(a, b) == pytest.approx((1 + 2) / 2)


def test_chamfer_l2_averages_the_squares() -> None:
    a, b = np.zeros((1, 3)), np.array([[0.0, 0, 1], [0, 0, 3]])
    assert chamfer_l2(a, b) == pytest.approx((1 + (1 + 9) / 2) / 2)


def test_f_score_is_the_harmonic_mean() -> None:
    a, b = np.zeros((1, 3)), np.array([[0.0, 0, 0.1], [0, 0, 3]])
    assert f_score(a, b, threshold=0.2) == pytest.approx(2 * 1 * 0.5 / 1.5)


def test_normal_consistency_ignores_the_sign() -> None:
    points, normals = np.eye(3), np.eye(3)
    assert normal_consistency(points, normals, points, -normals) == 1
    assert normal_consistency(points, normals, points, np.roll(normals, 1, 0)) == 0

import numpy as np
import pytest
import torch
from torch import Tensor

from sap_core.geometry import PointCloud
from sap_core.oriented_points import OrientedPoints
from tests.shapes import unit_frame_sphere

CPU = torch.device("cpu")


def oriented(count: int = 50, *, seed: int = 0) -> OrientedPoints:
    cloud = unit_frame_sphere(count, seed=seed)
    lengths = np.linspace(0.5, 2, count)[:, None]
    return OrientedPoints(PointCloud(cloud.points, lengths * cloud.normals), device=CPU)


def loss_of(points: Tensor, normals: Tensor) -> Tensor:
    """In which every point counts for itself."""
    return (points - 0.6).square().sum() + (normals - points.detach()).square().sum()


def descended(state: OrientedPoints, steps: int, *, lr: float = 0.01) -> OrientedPoints:
    for _ in range(steps):
        state.descend(loss_of(state.points, state.normals), lr=lr)
    return state


def values(state: OrientedPoints) -> np.ndarray:
    cloud = state.cloud()
    return np.hstack([cloud.points, cloud.normals])


def test_it_holds_the_points_and_normals_of_the_cloud() -> None:
    cloud = unit_frame_sphere(50)
    state = OrientedPoints(cloud, device=CPU)
    assert len(state) == 50
    assert np.allclose(state.cloud().points, cloud.points, atol=1e-6)
    assert np.allclose(state.cloud().normals, cloud.normals, atol=1e-7)
    assert state.points.dtype == state.normals.dtype == torch.float32


def test_points_at_and_past_the_border_are_brought_inside() -> None:
    points = np.array([[0, 0.5, 1], [-0.004, 1.004, 0.5]])
    state = OrientedPoints(PointCloud(points, np.ones((2, 3))), device=CPU)
    assert np.allclose(state.cloud().points, points.clip(1e-4, 1 - 1e-4), atol=1e-6)
    assert np.isfinite(values(descended(state, 3))).all()


def test_points_do_not_leave_the_cube() -> None:
    state = oriented()
    for _ in range(200):
        state.descend(-state.points.sum(), lr=0.1)
    assert ((state.points > 0.9) & (state.points <= 1)).all()


def test_a_descent_is_a_step_of_adam_along_logits_and_normals() -> None:
    state = oriented()
    logits = torch.logit(state.points.detach()).requires_grad_()
    normals = state.normals.detach().clone().requires_grad_()
    optimizer = torch.optim.Adam([logits, normals])
    for lr in (1e-2, 1e-2, 3e-3):
        state.descend(loss_of(state.points, state.normals), lr=lr)
        optimizer.param_groups[0]["lr"] = lr
        optimizer.zero_grad()
        loss_of(torch.sigmoid(logits), normals).backward()
        optimizer.step()
    assert torch.allclose(state.points, torch.sigmoid(logits), atol=1e-6)
    assert torch.allclose(state.normals, normals, atol=1e-6)


@pytest.mark.parametrize("before", [0, 3])
def test_kept_points_go_on_as_if_the_others_were_there(before: int) -> None:
    whole, reduced = (descended(oriented(), before) for _ in range(2))
    reduced.keep(20, rng=np.random.default_rng(7))
    rows = np.random.default_rng(7).permutation(50)[:20]
    assert len(reduced) == 20
    assert np.allclose(values(reduced), values(whole)[rows], atol=1e-6)
    assert np.allclose(values(descended(reduced, 3)), values(descended(whole, 3))[rows], atol=1e-6)


def test_points_that_were_there_go_on_as_if_none_were_added() -> None:
    alone, joined = (descended(oriented(), 3) for _ in range(2))
    joined.add(unit_frame_sphere(30, seed=1))
    assert len(joined) == 80
    assert np.allclose(values(descended(joined, 3))[:50], values(descended(alone, 3)), atol=1e-6)


def test_added_points_take_the_usual_length_and_have_no_momentum() -> None:
    state, added = descended(oriented(), 3), unit_frame_sphere(30, seed=1)
    usual = np.median(np.linalg.norm(state.cloud().normals, axis=1))
    state.add(added)
    assert np.allclose(state.cloud().points[50:], added.points, atol=1e-6)
    assert np.allclose(state.cloud().normals[50:], usual * added.normals, rtol=0.05)
    before = values(state)
    state.descend(0 * loss_of(state.points, state.normals), lr=0.01)  # moves what has momentum
    moved = np.abs(values(state) - before).max(1)
    assert (moved[:50] > 1e-4).all()
    assert (moved[50:] == 0).all()


def test_the_cloud_is_a_copy() -> None:
    state = oriented()
    cloud = state.cloud()
    before = cloud.points.copy(), cloud.normals.copy()
    descended(state, 2)
    assert np.array_equal(cloud.points, before[0])
    assert np.array_equal(cloud.normals, before[1])


@pytest.mark.parametrize("before", [0, 4])
def test_a_resumed_state_goes_on_to_the_same_bits(before: int) -> None:
    state = descended(oriented(), before)
    resumed = OrientedPoints.resume(state.state(), device=CPU)
    assert np.array_equal(values(resumed), values(state))
    assert np.array_equal(values(descended(resumed, 3)), values(descended(state, 3)))


def test_the_state_counts_the_descents() -> None:
    state = descended(oriented(), 4)
    assert state.state().descents == 4
    state.add(unit_frame_sphere(30))
    assert state.state().descents == 4
    assert state.state().variables.shape == (2, 80, 3)


def test_normals_are_needed() -> None:
    with pytest.raises(ValueError, match="need normals, got none"):
        OrientedPoints(PointCloud(unit_frame_sphere(5).points), device=CPU)

import time

import numpy as np
import pytest

from sap_core.geometry import Mesh
from sap_viewer.engine import judge
from sap_viewer.engine.judge import Judge
from tests.scans import ball_mesh

TRUTH = ball_mesh()
NEAR = Mesh(1.01 * TRUTH.vertices, TRUTH.faces)
FAR = Mesh(1.10 * TRUTH.vertices, TRUTH.faces)


def test_estimates_agree_with_the_measure_at_rest() -> None:
    judging = Judge(TRUTH, "ball.ply")
    judging.glance(1, FAR)
    judging.glance(2, NEAR)
    running = judging.published(NEAR)
    assert running.at_rest is None
    judging.examine(3, NEAR)
    rested = judging.published(NEAR)
    assert (rested.name, rested.steps.tolist()) == ("ball.ply", [1, 2, 3])
    assert rested.chamfer_l1[0] > 3 * rested.chamfer_l1[1]
    assert rested.chamfer_l1[1] == pytest.approx(rested.chamfer_l1[2], rel=0.03)
    assert rested.f_score[1] == pytest.approx(rested.f_score[2], abs=0.02)
    assert rested.at_rest.chamfer_l1 == rested.chamfer_l1[2]
    assert rested.at_rest.normal_consistency > 0.99
    assert judging.published(FAR).at_rest is None


def test_it_takes_a_few_percent_of_the_time_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    judging = Judge(TRUTH, "ball.ply")
    working = 0.0
    estimate = judging._drawn.estimate

    def laborious(mesh: Mesh) -> object:
        now[0] += 0.08
        return estimate(mesh)

    monkeypatch.setattr(judging._drawn, "estimate", laborious)
    for step in range(400):
        now[0] += 0.05
        if judging.due:
            judging.glance(step, NEAR)
            working += 0.08
    assert 5 <= len(judging.published(None).steps) <= 9
    assert working < 0.04 * now[0]


def test_what_came_after_a_step_is_forgotten_and_a_long_run_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    judging = Judge(TRUTH, "ball.ply")
    monkeypatch.setattr(judging._drawn, "estimate", lambda mesh: (0.5, 0.25))
    monkeypatch.setattr(judge, "_CAPACITY", 20)
    for step in range(100):
        judging.glance(step, NEAR)
    steps = judging.published(None).steps
    assert 10 <= len(steps) <= 20
    assert (np.diff(steps) > 0).all()
    judging.cut(50)
    assert judging.published(None).steps.max() <= 50
    judging.glance(50, FAR)
    assert judging.published(None).steps.tolist().count(50) == 1
    judging.cut(-1)
    assert len(judging.published(None).chamfer_l1) == 0

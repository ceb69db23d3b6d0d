"""The states of a run within a budget; a moment here has a size and no contents."""

from dataclasses import dataclass

import numpy as np
import pytest

from sap_viewer.moment import Moment
from sap_viewer.timeline import Timeline
from tests.snapshots import ball_snapshot

MIB = 2**20


@dataclass(frozen=True)
class Empty:
    step: int
    run: int = 1
    nbytes: int = MIB


def filled(steps: range, *, budget: int = 64 * MIB) -> Timeline:
    timeline = Timeline(budget)
    for step in steps:
        timeline.add(Empty(step))
        assert timeline.nbytes <= budget
    return timeline


def test_a_long_run_keeps_its_ends_and_thins_what_is_older() -> None:
    timeline = filled(range(10_001))
    steps = timeline.steps
    assert (steps[0], steps[-1]) == (0, 10_000)
    assert 32 <= len(timeline) <= 64
    gaps = np.diff(steps)
    assert gaps[-4:].max() < 60
    assert gaps.max() < 600
    thirds = [part.mean() for part in np.array_split(gaps, 3)]
    assert thirds[0] > 1.3 * thirds[1] > 1.6 * thirds[2]


def test_the_moment_of_a_step_is_the_last_up_to_it() -> None:
    timeline = filled(range(10, 50, 10))
    assert [timeline.at(step).step for step in (0, 10, 19, 20, 35, 99)] == [10, 10, 10, 20, 30, 40]
    assert Timeline().at(3) is None


def test_going_back_lets_go_of_what_came_after() -> None:
    timeline = filled(range(0, 100, 10))
    timeline.add(Empty(35))
    timeline.add(Empty(36))
    assert timeline.steps.tolist() == [0, 10, 20, 30, 35, 36]
    timeline.add(Empty(36, nbytes=2 * MIB))  # the same step, once the run rests
    assert timeline.steps.tolist() == [0, 10, 20, 30, 35, 36]
    assert timeline.nbytes == 7 * MIB
    timeline.add(Empty(0, run=2))
    assert [moment.run for moment in timeline] == [2]


@pytest.mark.parametrize(("size", "kept"), [(30, [5, 6]), (60, [6]), (65, [])])
def test_the_budget_holds_for_a_few_large_states_as_well(size: int, kept: list[int]) -> None:
    timeline = Timeline(64 * MIB)
    for step in range(7):
        timeline.add(Empty(step, nbytes=size * MIB))
        assert timeline.nbytes <= 64 * MIB
    assert timeline.steps.tolist()[-1:] == kept[-1:]


def test_it_is_gone_through_in_order_while_it_grows() -> None:
    timeline = Timeline()
    for step in range(5):
        timeline.add(Moment.of(ball_snapshot()) if step == 0 else Empty(step))
    seen = []
    for moment in timeline:
        seen.append(moment.step)
        timeline.add(Empty(100 + len(seen)))
    assert seen == [0, 1, 2, 3, 4]
    assert len(timeline[0].snapshot().mesh.faces) == 320

import pytest

from sap_viewer.pace import Pace, step_seconds


def test_unknown_before_the_first_step() -> None:
    assert Pace().unit_seconds is None


def test_a_measured_step_is_foretold_at_its_own_resolution_and_costs_more_at_a_finer_one() -> None:
    pace = Pace()
    pace.add(0.25, resolution=128, area=1.0, now=0.0)
    assert step_seconds(128, pace.unit_seconds, area=1.0) == pytest.approx(0.25)
    assert 3 < step_seconds(256, pace.unit_seconds, area=1.0) / 0.25 < 8


def test_one_slow_step_among_many_does_not_count() -> None:
    pace = Pace()
    for seconds in (0.1, 0.1, 30.0, 0.1, 0.1):
        pace.add(seconds, resolution=64, area=1.0, now=0.0)
    assert step_seconds(64, pace.unit_seconds, area=1.0) == pytest.approx(0.1)


def test_the_latest_steps_count() -> None:
    pace = Pace()
    for seconds in (*[1.0] * 20, *[0.1] * 9):
        pace.add(seconds, resolution=64, area=1.0, now=0.0)
    assert step_seconds(64, pace.unit_seconds, area=1.0) == pytest.approx(0.1)


def test_the_rate_is_that_of_the_last_moments_and_a_rest_is_no_part_of_it() -> None:
    pace = Pace()
    assert pace.steps_per_second == 0
    for step in range(40):  # two a second, then ten
        pace.add(0.1, resolution=64, area=1.0, now=step / 2 if step < 10 else 4 + step / 10)
    assert pace.steps_per_second == pytest.approx(10)
    pace.rest()
    for now in (100.0, 100.5):
        pace.add(0.1, resolution=64, area=1.0, now=now)
    assert pace.steps_per_second == pytest.approx(2)

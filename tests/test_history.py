from dataclasses import replace

from sap_core.config import InForce, Parameters
from sap_viewer.engine.history import History


def test_a_long_run_is_thinned_evenly() -> None:
    history = History()
    for step in range(1, 20_001):
        history.add(step, float(step))
    published = history.published()
    assert 2_000 <= len(published.steps) <= 4_000
    assert (published.steps == published.losses).all()
    assert len(set(published.steps[1:] - published.steps[:-1])) == 1


def test_marks_name_what_changed() -> None:
    history = History()
    before = InForce(resolution=32, sigma=2.0, lr=2e-3, points=1_000, resample_every=100)
    finer = InForce(resolution=64, sigma=2.0, lr=1e-3, points=1_000, resample_every=100)
    more = replace(finer, points=3_000)
    history.mark_changes(5, before, before, requested=Parameters())
    history.mark_changes(6, before, finer, requested=Parameters())
    history.mark_changes(7, finer, more, requested=Parameters())  # the schedule's own growth
    history.mark_changes(8, finer, more, requested=Parameters(points=3_000))
    history.mark_changes(9, before, replace(before, lr=1e-3), requested=Parameters(lr=1e-3))
    marks = [(mark.step, mark.label) for mark in history.published().marks]
    assert marks == [(6, "resolution 64"), (8, "points 3000"), (9, "lr 0.001")]

"""What goes over twice, and what does not."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from sap_core.changes import Change
from sap_core.geometry import PointCloud
from sap_viewer.mesh_values import ValuesBy
from sap_viewer.publishing import completed, update, updated
from sap_viewer.snapshot import Prediction, Snapshot
from tests.scans import colored_ball
from tests.snapshots import ball_snapshot

LARGE = ("scan", "cloud", "mesh", "values", "prediction")


def full(values_by: ValuesBy | None = "curvature") -> Snapshot:
    ball = ball_snapshot()
    prediction = Prediction(ball.mesh, ball.cloud, 0.3)
    return replace(ball, scan=colored_ball(), values_by=values_by, prediction=prediction)


def over(new: Snapshot, old: Snapshot) -> tuple[Snapshot, bytes]:
    """As a reader of the old snapshot gets the new one, and the bytes that it took."""
    sent = pickle.dumps(update(new, old))
    return updated(old, pickle.loads(sent)), sent


def test_the_reader_gets_what_was_sent_and_nothing_large_twice() -> None:
    first = completed(full(), Snapshot())
    got, all_of_it = over(first, Snapshot())
    for name in LARGE:
        assert vars(getattr(got, name)).keys() == vars(getattr(first, name)).keys()
    np.testing.assert_array_equal(got.mesh.vertices, first.mesh.vertices)
    np.testing.assert_array_equal(got.values.values, first.values.values)

    kept = {"scan": first.scan, "prediction": first.prediction}
    again = replace(full(), step=1, slices=(), **kept)  # equal arrays in other objects, as of a run at rest
    rested = completed(again, first)
    later, little = over(rested, first)
    assert later.step == 1
    assert all(getattr(later, name) is getattr(first, name) for name in LARGE)
    assert len(little) < len(all_of_it) / 4


def test_what_has_changed_is_sent() -> None:
    first = completed(full(), Snapshot())
    moved = replace(full(), cloud=PointCloud(2 * first.cloud.points, first.cloud.normals), scan=None)
    later, _ = over(completed(moved, first), first)
    np.testing.assert_array_equal(later.cloud.points, 2 * first.cloud.points)
    assert later.scan is None
    assert later.mesh is first.mesh
    empty, _ = over(Snapshot(status="busy"), later)
    assert [getattr(empty, name) for name in LARGE] == [None] * len(LARGE)


def test_the_changes_of_a_run_go_over_when_there_are_more() -> None:
    """A long run has many, and every state that is looked back at refers to its own."""
    one, two = Change(3, "sigma", 2.0), Change(5, "flip")
    first, _ = over(completed(replace(full(), changes=(one,)), Snapshot()), Snapshot())
    same, _ = over(completed(replace(full(), changes=(replace(one),)), first), first)
    assert same.changes is first.changes
    more, _ = over(completed(replace(full(), changes=(one, two)), first), first)
    assert more.changes == (one, two)


@pytest.mark.parametrize(("by", "shape"), [("normal", (162, 3)), ("curvature", (162,)), (None, None)])
def test_values_are_those_asked_for(by: ValuesBy | None, shape: tuple[int, ...] | None) -> None:
    last = completed(full("curvature"), Snapshot())
    values = completed(replace(full(by), mesh=last.mesh), last).values
    assert (values and (values.by, values.values.shape)) == (by and (by, shape))
    assert completed(Snapshot(values_by=by), last).values is None

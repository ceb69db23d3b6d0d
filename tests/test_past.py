import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from sap_viewer.desktop.past import Past, looking_back
from sap_viewer.mesh_values import ValuesBy
from sap_viewer.moment import Moment
from sap_viewer.snapshot import Snapshot
from tests.display_driver import wait_for
from tests.snapshots import ball_snapshot

BALL = ball_snapshot()


@pytest.fixture
def past() -> Iterator[Past]:
    past = Past()
    yield past
    past.close()


def keep(past: Past, snapshot: Snapshot) -> None:
    """Follow the snapshot until it is kept, long after the one before."""
    keep.now += 100.0
    past.follow(snapshot, now=keep.now)
    wait_for(lambda: True if past._pending.done() else None, "a packed state")
    past.follow(snapshot, now=keep.now)


keep.now = 0.0


def viewed(past: Past, present: Snapshot = BALL, values_by: ValuesBy | None = None) -> Snapshot | None:
    """What is looked at, once it is unpacked."""
    past.follow(present, now=0.0, values_by=values_by)
    while past._opening is not None:
        past.follow(present, now=0.0, values_by=values_by)
    return past.viewed


def test_it_keeps_what_a_run_shows_and_shows_it_again(past: Past) -> None:
    assert past.viewed is None
    for step in (0, 3, 5):
        keep(past, replace(BALL, step=step))
    assert past.timeline.steps.tolist() == [0, 3, 5]
    past.view(4)
    assert past.viewed is None  # until it is unpacked
    assert viewed(past).step == 3
    assert len(past.viewed.mesh.faces) == len(BALL.mesh.faces)
    for by, step in ((-1, 0), (-1, 0), (1, 3), (1, 5), (1, None), (1, None), (-1, 5)):
        past.move(by)
        seen = viewed(past)
        assert (seen and seen.step) == step
    past.view(None)
    assert past.viewed is None


def test_of_a_surface_whose_whole_mesh_comes_later_the_coarser_one_is_kept(past: Past) -> None:
    keep(past, replace(BALL, step=3))
    coarse = replace(BALL, step=4, status="paused", coarse=True, cloud=replace(BALL.cloud))
    whole = replace(coarse, coarse=False, mesh=replace(BALL.mesh, faces=np.tile(BALL.mesh.faces, (3, 1))))
    past.follow(coarse, now=0.0)  # too soon to be packed
    keep(past, whole)
    assert past.timeline.steps.tolist() == [3, 4]
    assert len(past.timeline[-1].snapshot().mesh.faces) == len(BALL.mesh.faces)
    keep(past, replace(whole, cloud=replace(BALL.cloud)))  # other points at that step
    assert len(past.timeline[-1].snapshot().mesh.faces) == 3 * len(BALL.mesh.faces)


def test_another_run_ends_the_look_back_and_an_engine_that_died_does_not(past: Past) -> None:
    for step in (0, 3):
        keep(past, replace(BALL, step=step))
    past.view(0)
    assert viewed(past, replace(BALL, step=3, status="failed", message="the engine was killed")).step == 0
    past.follow(replace(BALL, run=2), now=0.0)
    assert past.viewed is None


def test_of_many_moves_in_a_row_the_last_is_unpacked(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in range(5):
        keep(past, replace(BALL, step=step))
    unpacked = []
    unpack = Moment.snapshot
    monkeypatch.setattr(Moment, "snapshot", lambda moment: (unpacked.append(moment.step), unpack(moment))[1])
    for move in range(201):
        past.view(move % 5)
    for _ in range(3):
        assert viewed(past).step == 0
    assert unpacked == [0]


def test_the_values_that_colour_it_come_with_it(past: Past) -> None:
    keep(past, BALL)
    past.view(BALL.step)
    plain = viewed(past)
    assert plain.values is None
    coloured = viewed(past, values_by="curvature")
    assert (coloured.values.by, coloured.mesh) == ("curvature", plain.mesh)
    assert viewed(past, values_by="normal").values.by == "normal"


def test_packing_leaves_the_engine_its_time_and_takes_the_latest(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = Moment.of

    def laborious(snapshot: Snapshot) -> Moment:
        ends = time.thread_time() + 0.05
        while time.thread_time() < ends:
            pass
        return pack(snapshot)

    monkeypatch.setattr(Moment, "of", laborious)
    keep(past, replace(BALL, step=1))
    soon = keep.now + 1.0
    past.follow(replace(BALL, step=2), now=soon)
    assert past._pending is None
    keep(past, replace(BALL, step=9))
    assert past.timeline.steps.tolist() == [1, 9]


def test_what_cannot_be_shown_is_not_kept(past: Past) -> None:
    for snapshot in (Snapshot(), replace(BALL, status="busy")):
        past.follow(snapshot, now=1e6)
        assert past._pending is None


def test_the_window_says_what_it_shows() -> None:
    words = looking_back(replace(BALL, step=3), replace(BALL, step=40, total_steps=100))
    assert words == ("ball", "looking back at step 3", "now: step 40 of 100, running. End: back to now")

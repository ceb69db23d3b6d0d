from dataclasses import replace

import pytest

from sap_viewer import commands
from sap_viewer.desktop.keys import MEANINGS, asked_by, said_of
from sap_viewer.desktop.messages import Export, HoldGhost, LetGhostGo, Record, ShowDialog
from sap_viewer.figures import Figures
from tests.test_panel import PAUSED

RUNNING = replace(PAUSED, status="running")
LOOKING_BACK = replace(PAUSED, viewed=40)
HELD = Figures(step=3, faces=8, area=1.0, volume=1.0, distance=None, chamfer_l1=None, f_score=None)


def names() -> set[str]:
    from sap_viewer.view import overlay  # noqa: PLC0415  it loads Polyscope

    return {*overlay._KEYS, *(f"ctrl+{key}" for key in overlay._CONTROL_KEYS)} - {"enter", "escape"}


def test_some_keys_turn_over_what_is() -> None:
    assert (asked_by("space", PAUSED), asked_by("space", RUNNING)) == (commands.Start(), commands.Pause())
    recording = replace(PAUSED, recording=True)
    assert (asked_by("v", PAUSED), asked_by("v", recording)) == (Record(on=True), Record(on=False))
    assert (asked_by("g", PAUSED), asked_by("g", replace(PAUSED, held=HELD))) == (HoldGhost(), LetGhostGo())


def test_every_key_that_the_window_listens_to_asks_for_something() -> None:
    assert all(asked_by(name, LOOKING_BACK) is not None for name in names())
    assert asked_by("F1", PAUSED) == ShowDialog("help")
    assert {*names(), "ctrl+shift+z"} == set(MEANINGS)


def test_the_window_says_what_a_key_does_where_it_does_something() -> None:
    assert said_of("ctrl+z", PAUSED) == "Ctrl+Z: undo a setting or crop"
    assert said_of("space", replace(PAUSED, loading=True)) == said_of("enter", PAUSED) == ""


def test_what_the_panel_greys_the_keys_do_not_ask_for() -> None:
    loading, dead = replace(LOOKING_BACK, loading=True), replace(LOOKING_BACK, engine_alive=False)
    empty = replace(PAUSED, status="empty", faces=0, kept_steps=PAUSED.kept_steps[:0])
    of_the_run = {"space", "s", "r", "d", "n", "f", "p", "b", "ctrl+z"}
    assert {name for name in names() if asked_by(name, loading) is None} == of_the_run | {"e"}
    assert {name for name in names() if asked_by(name, dead) is None} == of_the_run
    assert asked_by("e", dead) == Export("mesh")
    of_a_mesh, of_the_past = {"e", "v", "g"}, {"left", "right", "end"}
    assert {name for name in names() if asked_by(name, empty) is None} == of_the_run | of_a_mesh | of_the_past
    assert asked_by("b", PAUSED) is asked_by("end", PAUSED) is None


def test_a_key_without_a_meaning_is_a_mistake_of_the_window() -> None:
    with pytest.raises(KeyError):
        asked_by("q", PAUSED)

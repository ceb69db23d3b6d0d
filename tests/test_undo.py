from dataclasses import replace

from sap_core.config import Parameters
from sap_core.crop import Crop, Sphere
from sap_viewer.commands import Pause, SetCrops, SetParameters
from sap_viewer.snapshot import Snapshot
from sap_viewer.undo import ECHO_S, ONE_MOVE_S, Undo

BALL = Crop(Sphere((0.0, 0.0, 0.0), 1.0))


def noted(*changes: tuple[float, Parameters]) -> Undo:
    undo = Undo()
    undo.follow(Snapshot(load=1))
    for now, parameters in changes:
        undo.note(SetParameters(parameters), now=now)
    return undo


def test_changes_are_taken_back_and_set_again_in_order() -> None:
    undo = noted((0.0, Parameters(sigma=3.0)), (2.0, Parameters(sigma=3.0, lr=0.01)))
    assert (undo.undoable, undo.redoable) == ("learning rate", "")
    assert undo.back(now=3.0) == SetParameters(Parameters(sigma=3.0))
    assert undo.back(now=3.1) == SetParameters(Parameters())
    assert undo.back(now=3.2) is None
    assert (undo.undoable, undo.redoable) == ("", "sigma")
    assert undo.forth(now=3.3) == SetParameters(Parameters(sigma=3.0))
    assert undo.forth(now=3.4) == SetParameters(Parameters(sigma=3.0, lr=0.01))
    assert undo.forth(now=3.5) is None


def test_a_move_of_a_slider_is_one_change() -> None:
    moves = [(0.05 * turn, Parameters(sigma=1.0 + 0.1 * turn)) for turn in range(50)]
    undo = noted(*moves, (2.5 + ONE_MOVE_S, Parameters(sigma=9.0)))
    assert undo.back(now=9.0) == SetParameters(moves[-1][1])
    assert undo.back(now=9.0) == SetParameters(Parameters())


def test_a_new_change_after_one_taken_back_is_not_joined_to_what_is_left() -> None:
    undo = noted((0.0, Parameters(sigma=3.0)), (0.1, Parameters(sigma=3.0, lr=0.01)))
    undo.back(now=0.2)
    undo.note(SetParameters(Parameters(sigma=4.0)), now=0.3)
    assert undo.redoable == ""
    assert undo.back(now=0.4) == SetParameters(Parameters(sigma=3.0))


def test_crops_and_parameters_share_one_past() -> None:
    undo = noted((0.0, Parameters(sigma=3.0)))
    undo.note(SetCrops((BALL,)), now=1.0)
    undo.note(SetCrops((BALL, BALL)), now=1.1)
    assert undo.back(now=2.0) == SetCrops((BALL,))
    assert undo.back(now=2.0) == SetCrops(())
    assert undo.back(now=2.0) == SetParameters(Parameters())
    assert undo.forth(now=2.0) == SetParameters(Parameters(sigma=3.0))
    assert undo.redoable == "crop"


def test_what_the_engine_refused_is_not_gone_back_to() -> None:
    undo = noted((0.0, Parameters(points=200_000)))
    undo.follow(Snapshot(load=1))  # which still has none
    undo.note(SetParameters(Parameters(sigma=3.0)), now=ECHO_S + 1)
    assert undo.back(now=20.0) == SetParameters(Parameters())


def test_what_changes_nothing_leaves_nothing_to_undo_and_neither_does_another_scan() -> None:
    undo = noted((0.0, Parameters()))
    undo.note(Pause(), now=0.0)
    assert undo.undoable == ""
    undo.note(SetParameters(Parameters(sigma=3.0)), now=1.0)
    undo.follow(replace(Snapshot(load=1), run=2))  # a reset
    assert undo.undoable == "sigma"
    undo.follow(Snapshot(load=2))
    assert undo.undoable == ""

import pytest

from sap_viewer import commands
from sap_viewer.desktop.keys import asked_by
from sap_viewer.desktop.messages import HoldGhost, LetGhostGo, Record, ShowDialog


def asked(key: str, *, running: bool = False, recording: bool = False, holding: bool = False) -> object:
    return asked_by(key, running=running, recording=recording, holding=holding)


def test_some_keys_turn_over_what_is() -> None:
    assert (asked("space"), asked("space", running=True)) == (commands.Start(), commands.Pause())
    assert (asked("v"), asked("v", recording=True)) == (Record(on=True), Record(on=False))
    assert (asked("g"), asked("g", holding=True)) == (HoldGhost(), LetGhostGo())


def test_every_key_that_the_window_listens_to_asks_for_something() -> None:
    from sap_viewer.view import overlay  # noqa: PLC0415  it loads Polyscope

    names = {*overlay._KEYS, *(f"ctrl+{key}" for key in overlay._CONTROL_KEYS)} - {"enter", "escape"}
    assert all(asked(name) is not None for name in names)
    assert asked("F1") == ShowDialog("help")


def test_a_key_without_a_meaning_is_a_mistake_of_the_window() -> None:
    with pytest.raises(KeyError):
        asked("q")

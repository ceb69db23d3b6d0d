import re

import pytest

from sap_core.changes import Change, changed, end_of, in_order
from sap_core.config import Parameters, Settings
from sap_core.validate.error import InputError


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("lr=0.002", Change(12, "lr", 0.002)),
        ("lr=1e-05", Change(12, "lr", 1e-5)),
        ("sigma=auto", Change(12, "sigma", None)),
        ("resolution=128", Change(12, "resolution", 128)),
        ("resample-every=0", Change(12, "resample_every", 0)),
        ("resample", Change(12, "resample")),
        ("reorient", Change(12, "reorient")),
        ("flip", Change(12, "flip")),
        ("branch", Change(12, "branch")),
        ("until=13", Change(12, "until", 13)),
    ],
)
def test_words_stand_for_changes_and_back(word: str, change: Change) -> None:
    assert Change.parse(12, word, of=Settings()) == change
    assert change.word == word


@pytest.mark.parametrize(
    ("step", "word", "sentence"),
    [
        (3, "turn", "--at 3 turn: a change is resolution=VALUE, sigma=VALUE, lr=VALUE, points=VALUE, "),
        (3, "preset=best", "--at 3 preset=best: a change is "),
        (3, "lr", "--at 3 lr: a change is "),
        (3, "flip=1", "--at 3 flip=1: a change is "),
        (3, "", "--at 3 : a change is "),
        (3, "lr=fast", "--at 3 lr=fast: lr must be a number, got fast"),
        (3, "lr=", "--at 3 lr=: lr must be a number, got nothing"),
        (3, "lr=nan", "--at 3 lr=nan: lr must be a number from 1e-05 to 0.1"),
        (3, "lr=2", "--at 3 lr=2.0: lr must be a number from 1e-05 to 0.1"),
        (3, "points=1.5", "--at 3 points=1.5: points must be a whole number, got 1.5"),
        (3, "resolution=65", "--at 3 resolution=65: resolution must be an even whole number from 16 to 256"),
        (3, "resolution=400", "--at 3 resolution=400: resolution must be an even whole number from 16 to 256"),
        (3, "until=auto", "--at 3 until=auto: until must be a whole number, got auto"),
        (3, "until=3", "--at 3 until=3: the run goes on from step 3 to a later one"),
        (-1, "flip", "--at -1 flip: a run has steps from 0, got -1"),
    ],
)
def test_what_is_no_change_is_refused_in_one_sentence(step: int, word: str, sentence: str) -> None:
    with pytest.raises(InputError, match=re.escape(sentence)):
        Change.parse(step, word, of=Settings())


def test_a_change_of_the_resolution_is_held_to_the_preset_of_the_run() -> None:
    assert Change.parse(3, "resolution=1024", of=Settings()).value == 1024
    assert Change.parse(3, "resolution=400", of=Settings(preset="published")).value == 400
    with pytest.raises(InputError, match=r"--at 3 resolution=1024: .* with the preset published, got 1024"):
        Change.parse(3, "resolution=1024", of=Settings(preset="published"))


def test_changes_come_in_the_order_of_their_steps_and_not_after_the_end() -> None:
    late, early, same = Change(9, "flip"), Change(2, "lr", 0.002), Change(9, "resample")
    assert in_order((late, early, same), total_steps=9) == (early, late, same)
    with pytest.raises(InputError, match="--at 9 flip: the run ends at step 8"):
        in_order((late, early), total_steps=8)
    longer = Change(8, "until", 9)
    assert in_order((late, longer), total_steps=8) == (longer, late)
    assert end_of((longer,), 8) == 9


def test_the_last_change_of_a_parameter_holds() -> None:
    changes = (Change(1, "lr", 0.002), Change(2, "flip"), Change(3, "sigma", 3.0), Change(4, "lr"))
    assert changed(Parameters(lr=0.1, points=2_000), changes) == Parameters(sigma=3.0, points=2_000)

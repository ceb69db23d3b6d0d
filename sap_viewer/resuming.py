"""A checkpoint joined with the options of the command line: which of them a resumed run may still be given."""

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from sap_core.changes import UNTIL, Change, end_of, in_order
from sap_core.checkpoint import Checkpoint, read_checkpoint
from sap_core.config import Settings
from sap_core.validate.error import InputError

_OF_THIS_RUN = ("steps", "device")


def resumed(path: Path, given: Settings, changes: Iterable[Change] = ()) -> Checkpoint:
    """The checkpoint at a path, with the length and the device that were asked for, and with these changes.

    A run that is made longer goes on past its end with the values of its last step, as with Run in the windows. All
    other settings are its own. One that was given and differs would make another run of it, and is refused. So are
    changes at its step or before, unless the run has had them.

    Raises:
        InputError: the checkpoint cannot be read, or a setting or change contradicts it.
    """
    checkpoint = _with_settings(read_checkpoint(path), path, given)
    total_steps = sum(checkpoint.level_steps)
    missing = [change for change in changes if change not in checkpoint.changes]
    past = next((change for change in missing if change.step <= checkpoint.step), None)
    if past is not None:
        raise InputError(
            f"--at {past.step} {past.word} contradicts {path}, whose run is at step {checkpoint.step} without it: give "
            "a later step, or start a new run"
        )
    if given.steps not in (None, checkpoint.settings.steps):
        end = end_of(checkpoint.changes, total_steps)
        if given.steps < end:
            raise InputError(
                f"--steps {given.steps} would shorten the run of {path}, which takes {end}; it can only be made longer"
            )
        if given.steps > checkpoint.step:
            missing.append(Change(checkpoint.step, UNTIL, given.steps))
    merged = in_order((*checkpoint.changes, *missing), total_steps=total_steps)
    return replace(checkpoint, changes=merged)


def _with_settings(checkpoint: Checkpoint, path: Path, given: Settings) -> Checkpoint:
    own = checkpoint.settings
    for entry in fields(Settings):
        asked, kept = getattr(given, entry.name), getattr(own, entry.name)
        if entry.name not in _OF_THIS_RUN and asked not in (entry.default, kept):
            option = f"--{entry.name.replace('_', '-')}"
            has = "leaves it to the preset" if kept is None else f"has {kept}"
            raise InputError(f"{option} {asked} contradicts {path}, whose run {has}: leave it out, or start a new run")
    if given.device != "auto":
        checkpoint = replace(checkpoint, settings=replace(own, device=given.device))
    return checkpoint

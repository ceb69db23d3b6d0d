"""A checkpoint joined with the options of the command line: which of them a resumed run may still be given."""

from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from sap_core.changes import Change, in_order
from sap_core.checkpoint import Checkpoint, read_checkpoint
from sap_core.config import Settings
from sap_core.validate import InputError

_OF_THIS_RUN = ("steps", "device")


def resumed(path: Path, given: Settings, changes: Iterable[Change] = ()) -> Checkpoint:
    """The checkpoint at a path, with the length and the device that were asked for, and with these changes.

    All other settings are its own. One that was given and differs would make another run of it, and is refused. So are
    changes at its step or before, unless the run has had them.

    Raises:
        InputError: the checkpoint cannot be read, or a setting or change contradicts it.
    """
    checkpoint = _of_length(read_checkpoint(path), path, given)
    missing = [change for change in changes if change not in checkpoint.changes]
    past = next((change for change in missing if change.step <= checkpoint.step), None)
    if past is not None:
        raise InputError(
            f"--at {past.step} {past.word} contradicts {path}, whose run is at step {checkpoint.step} without it: give "
            "a later step, or start a new run"
        )
    merged = in_order((*checkpoint.changes, *missing), total_steps=checkpoint.total_steps)
    return replace(checkpoint, changes=merged)


def _of_length(checkpoint: Checkpoint, path: Path, given: Settings) -> Checkpoint:
    own = checkpoint.settings
    for entry in fields(Settings):
        asked, kept = getattr(given, entry.name), getattr(own, entry.name)
        if entry.name not in _OF_THIS_RUN and asked not in (entry.default, kept):
            option = f"--{entry.name.replace('_', '-')}"
            has = "leaves it to the preset" if kept is None else f"has {kept}"
            raise InputError(f"{option} {asked} contradicts {path}, whose run {has}: leave it out, or start a new run")
    if given.device != "auto":
        checkpoint = replace(checkpoint, settings=replace(own, device=given.device))
    if given.steps in (None, own.steps):
        return checkpoint
    if given.steps < checkpoint.total_steps:
        raise InputError(
            f"--steps {given.steps} would shorten the run of {path}, which takes {checkpoint.total_steps}; it can only "
            "be made longer"
        )
    return replace(checkpoint, total_steps=given.steps, settles=False)

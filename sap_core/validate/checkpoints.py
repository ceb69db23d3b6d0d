"""What a file has to hold from which a run is resumed or a network is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sap_core.validate.error import InputError


def no_checkpoint(path: Path, *, found: Sequence[str]) -> InputError:
    """An archive was given from which no run can be resumed."""
    return InputError(f"{path} is no checkpoint; it has the arrays {', '.join(found) or 'none'}")


def another_version(path: Path, *, found: Any, wanted: int, program: str) -> InputError:
    """A checkpoint was written by a program that keeps something else in it."""
    return InputError(
        f"{path} is a checkpoint of version {found}, written by sap-viewer {program}; this program reads version "
        f"{wanted} only"
    )


def damaged_checkpoint(path: Path, cause: str) -> InputError:
    """A checkpoint holds what no run can have left there."""
    return InputError(f"the checkpoint {path} is damaged: {cause}")


def another_scan(*, found: int, wanted: int) -> InputError:
    """A checkpoint is of other points."""
    differing = f"one of {found:,}" if found != wanted else "one of as many, but with other coordinates"
    return InputError(
        f"the checkpoint is of a scan of {wanted:,} points, and this is {differing}: resume with the scan that the run "
        "began with"
    )


def no_weights(path: Path, name: str, *, wanted: object, found: object) -> InputError:
    """A file holds other tensors than the network has."""
    expected = "nothing of that name" if wanted is None else wanted
    return InputError(
        f"{path} holds no weights of this network: {name} should be {expected}, and is {found or 'missing'}"
    )

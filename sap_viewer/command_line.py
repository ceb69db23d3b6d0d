"""The command line that repeats a run: options, or what a live session came to, as words that the parser takes."""

import shlex
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sap_core.config import Settings
from sap_core.crop import Box, Crop
from sap_core.geometry import Mesh
from sap_viewer.commands import Load
from sap_viewer.options import Options
from sap_viewer.snapshot import Snapshot

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PROGRAM = "sap-viewer"
# They decide where a run goes on or is watched, and not what comes of it.
_OF_ONE_TIME = {
    "checkpoint",
    "resume",
    "status",
    "paused",
    "reset_settings",
    "version",
    "view",
    "show",
    "hide",
    "ui_scale",
}


def command_line(options: Options) -> str:
    """One line for a shell, with all that differs from the defaults; the preset always, since windows remember one."""
    return shlex.join([PROGRAM, *words(options)])


def words(options: Options) -> list[str]:
    """The arguments that the parser turns into these options, but for those that do not change what comes of a run."""
    scan = [] if options.scan is None else [_word(options.scan)]
    preset = ["--preset", options.settings.preset]
    kept = {entry.name: getattr(Options(), entry.name) for entry in fields(Options) if entry.name in _OF_ONE_TIME}
    return [*scan, *preset, *_differing(replace(options, scan=None, **kept), Options())]


def repeating(options: Options, loaded: Load, snapshot: Snapshot) -> Options:
    """The options that repeat the run shown from its start, with its crops, and with each change at its step.

    On the CPU they lead to the same bits, unless a step failed after it had drawn points, which they do not tell.
    """
    scan = loaded.source if isinstance(loaded.source, Path) else options.scan
    truth = loaded.reference.source if loaded.reference else None
    reference = options.reference if isinstance(truth, Mesh) else truth  # one of the command line was read before
    at = tuple((change.step, change.word) for change in snapshot.changes)
    return replace(options, scan=scan, settings=loaded.settings, at=at, reference=reference, **_regions(snapshot.crops))


def in_words(settings: Settings) -> str:
    """The settings that differ from the defaults, for a person."""
    differing = ((entry.name, getattr(settings, entry.name), entry.default) for entry in fields(Settings))
    changed = ((name.replace("_", " "), value) for name, value, usual in differing if value != usual)
    others = [name if value is True else f"{name} {_word(value)}" for name, value in changed]
    return ", ".join([f"preset {settings.preset}", *(other for other in others if not other.startswith("preset "))])


def _regions(crops: tuple[Crop, ...]) -> dict[str, Any]:
    """The fields of ``Options`` that hold the crops."""
    regions: dict[str, list[tuple[float, ...]]] = {f"{a}_{b}": [] for a in ("crop", "cut") for b in ("box", "sphere")}
    for crop in crops:
        action = "crop" if crop.keep == "inside" else "cut"
        if isinstance(crop.region, Box):
            regions[f"{action}_box"].append((*crop.region.low, *crop.region.high))
        else:
            regions[f"{action}_sphere"].append((*crop.region.center, crop.region.radius))
    return {name: tuple(numbers) for name, numbers in regions.items()}


def _differing(instance: "DataclassInstance", standard: "DataclassInstance") -> list[str]:
    """The options of a dataclass whose values are not the standard ones."""
    found: list[str] = []
    for entry in fields(instance):
        value, usual = getattr(instance, entry.name), getattr(standard, entry.name)
        if is_dataclass(value) and not isinstance(value, type):
            found += _differing(value, usual)
        elif entry.name != "preset" and value != usual:
            option = f"--{entry.name.replace('_', '-')}"
            found += [word for values in _uses(value) for word in (option, *map(_word, values))]
    return found


def _uses(value: Any) -> Iterator[tuple[Any, ...]]:
    """The values of each use of an option: none for a switch, and several uses for a list of tuples."""
    if value is True:
        yield ()
    elif not isinstance(value, tuple):
        yield (value,)
    elif all(isinstance(part, tuple) for part in value):
        yield from value
    else:
        yield value


def _word(value: Any) -> str:
    """Numbers without an exponent, in which the parser would not know a minus for a sign."""
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-")
    if isinstance(value, Path) and str(value).startswith("-"):
        return f"./{value}"
    return str(value)

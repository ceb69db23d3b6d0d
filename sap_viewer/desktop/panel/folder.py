"""What a folder has to choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MOST = 500  # files; more make the list slow, and nobody reads them


@dataclass(frozen=True)
class File:
    """A file and its size."""

    name: str
    size: str


@dataclass(frozen=True)
class Contents:
    """What of a folder is shown, in the order of its names, and a sentence where that is not all."""

    folders: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    note: str = ""


def look_into(folder: Path, suffixes: Sequence[str]) -> Contents:
    """The folders in it, and the files whose suffix is one of these, small or large; all files where there are none.

    Hidden ones are left out. A folder that cannot be read is empty, with the reason as its note.
    """
    try:
        entries = sorted((entry for entry in folder.iterdir() if not entry.name.startswith(".")), key=_by_name)
        folders = tuple(entry.name for entry in entries if entry.is_dir())
        fitting = [entry for entry in entries if entry.is_file() and (not suffixes or _ends_in(entry, suffixes))]
        files = tuple(File(entry.name, size_text(entry.stat().st_size)) for entry in fitting[:_MOST])
    except OSError as error:
        return Contents(note=f"{folder} cannot be read: {error.strerror or error}")
    if len(fitting) > _MOST:
        note = f"and {len(fitting) - _MOST:,} more; write the name of one above"
    else:
        note = "" if files else "There is no such file here."
    return Contents(folders, files, note)


def size_text(size: int) -> str:
    """A number of bytes as a person reads it."""
    value = float(size)
    unit, *larger = ("B", "kB", "MB", "GB", "TB")
    while value >= 1000 and larger:
        unit, *larger = larger
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"


def _by_name(entry: Path) -> str:
    return entry.name.casefold()


def _ends_in(entry: Path, suffixes: Sequence[str]) -> bool:
    return entry.suffix.lower() in suffixes

"""Files that can be read and written, as far as can be told without opening them, and what their parsers meet."""

from collections.abc import Sequence
from pathlib import Path

from sap_core.geometry import IntArray
from sap_core.validate.error import InputError, one_of, reason_of
from sap_core.whole_file import temporary_beside


def check_output(path: Path, *, suffixes: Sequence[str], kind: str) -> None:
    """Find out before a long run whether a file can be written after it.

    Args:
        path: where the file shall be; an older file there may be replaced.
        suffixes: those that can be written, with their dots.
        kind: what an error calls the contents: "mesh", "video".

    Raises:
        InputError: the suffix is another, the folder is missing, or nothing can be written there.
    """
    target = f"cannot write the {kind} to {path}"
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{target}: its name must end in {one_of(suffixes)}")
    try:
        if path.is_dir():
            raise InputError(f"{target}: that is a folder")
        if not path.parent.is_dir():
            raise InputError(f"{target}: there is no folder {path.parent}")
        trial = temporary_beside(path.resolve())
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise InputError(f"{target}: {reason_of(error)}") from error


def check_input(path: Path, *, suffixes: Sequence[str], kind: str) -> None:
    """Check what can be told of a file without opening it.

    Args:
        path: where it is.
        suffixes: those that can be read, with their dots.
        kind: what the file shall hold: "scan", "checkpoint".

    Raises:
        InputError: there is no such file, it is a folder or empty, or its suffix is another.
        OSError: the file system does not say.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; give a {kind} in it")
    if not path.exists():
        raise InputError(f"there is no file {path}")
    if path.suffix.lower() not in suffixes:
        raise InputError(f"cannot tell how to read {path}: its name must end in {one_of(suffixes)}")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty")


def check_faces_to_write(faces: IntArray) -> None:
    """Refuse a mesh without faces, which several formats cannot hold."""
    if not len(faces):
        raise InputError("the mesh has no faces yet, so that there is nothing to write")


def damaged(path: Path) -> InputError:
    """A parser failed."""
    return InputError(f"{path} is damaged or not in the {path.suffix[1:].upper()} format: copy or export it again")


def inaccessible(path: Path, error: OSError) -> InputError:
    """The operating system refused."""
    return InputError(f"cannot read {path}: {reason_of(error)}")


def too_large(path: Path) -> InputError:
    """Memory ran out, or a damaged file asked for more than there is."""
    return InputError(f"{path} needs more memory than there is; it is damaged or too large")


def missing_extra(path: Path, extra: str) -> InputError:
    """An optional library is not installed."""
    return InputError(f'reading {path} needs an optional part; install it by: pip install "sap-viewer[{extra}]"')


def compressed(path: Path, method: str, *, extra: str | None = None) -> InputError:
    """A file is compressed in a way that is not read, or only with an optional library."""
    way_out = (
        "" if extra is None else f', or install an optional part that reads it by: pip install "sap-viewer[{extra}]"'
    )
    return InputError(f"{path} is compressed by {method}: export it without compression{way_out}")


def needs_extension(path: Path, name: str) -> InputError:
    """A file cannot be understood without something that is not read."""
    return InputError(f"{path} needs the extension {name}, which is not read: export it without")

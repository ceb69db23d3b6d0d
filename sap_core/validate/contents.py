"""What a file of points has to hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sap_core.geometry import IntArray, PointCloud
from sap_core.validate.error import InputError, one_of

_COLUMNS = "3 columns (x y z), 6 (and a normal or a colour) or 9 (and both)"


def unknown_columns(count: int, *, source: str) -> InputError:
    """A table has other columns than those that can be told by their number and values."""
    return InputError(
        f"{source} has {count} columns; a scan has {_COLUMNS}, or, in a text file, a first line that names them, "
        "like 'x y z intensity time'"
    )


def check_table(table: NDArray[Any], *, source: str) -> None:
    """Refuse an array that is no table of real numbers."""
    if table.ndim != 2 or table.dtype.kind not in "fiu":
        raise InputError(
            f"{source} holds an array of shape {table.shape} and type {table.dtype}; a scan has {_COLUMNS}"
        )


def check_contents(cloud: PointCloud, faces: IntArray, *, source: str) -> None:
    """Refuse a file that holds no points, and faces with corners that are no points."""
    if not len(cloud):
        raise without_points(source)
    if len(faces) and not (faces.min() >= 0 and faces.max() < len(cloud)):
        corner = faces.min() if faces.min() < 0 else faces.max()
        raise InputError(f"{source} is damaged: it has {len(cloud):,} vertices, and a face at vertex {corner}")


def without_points(source: str) -> InputError:
    """A file was read, and nothing was in it."""
    return InputError(f"{source} holds no points; it may be damaged or not be what its name says")


def without_faces(source: str) -> InputError:
    """A mesh was asked for."""
    return InputError(f"{source} holds points without faces, and is no mesh")


def not_a_row(path: Path, number: int, content: str, width: int) -> InputError:
    """A line of text is no row of the table; a width of 0 stands for a table that has no row yet."""
    wanted = f"{width} numbers as before" if width else f"a row of {_COLUMNS}"
    return InputError(f"line {number} of {path} is {content[:40]!r}, not {wanted}")


def another_count(path: Path, number: int, *, said: int, found: int) -> InputError:
    """A line of text counts the points that follow, and others follow."""
    return InputError(
        f"line {number} of {path} says that {said:,} points follow, and {found:,} do: copy or export it again"
    )


def missing_arrays(path: Path, *, found: Sequence[str], wanted: Sequence[str]) -> InputError:
    """An archive holds no points."""
    return InputError(f"{path} needs an array named {one_of(wanted)}; it has {', '.join(found) or 'none'}")


def misshapen(path: Path, error: ValueError) -> InputError:
    """The arrays of an archive make no cloud or mesh."""
    return InputError(f"the arrays of {path} do not fit: {error}")


def colors_out_of_range(source: str, low: float, high: float) -> InputError:
    """Colours are on no scale in use."""
    return InputError(f"the colours of {source} run from {low:g} to {high:g}; they must end at 1, 255 or 65535")

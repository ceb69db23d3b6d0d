"""What may come in from outside, and the one place that words what is wrong with it.

Each sentence names the thing that was wrong and the value received, and says what to do where that is not plain.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from sap_core.config import Span
from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud
from sap_core.memory import GB, Budget, predict
from sap_core.whole_file import temporary_beside

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FEWEST_POINTS = 4
# Thickness over length below which points count as flat. Six decimals in a file leave 1e-6; sheet metal has 1e-3.
FLAT = 1e-5


class InputError(ValueError):
    """The input cannot be used; the message is one sentence for the user."""


# --- points ---


@dataclass(frozen=True, eq=False)
class CleanCloud:
    """A cloud that can be reconstructed: finite points that enclose a volume, and usable normals or none.

    Attributes:
        cloud: the points that are left.
        notices: one sentence for each thing that was changed.
    """

    cloud: PointCloud
    notices: tuple[str, ...] = ()


def as_cloud(points: PointCloud | ArrayLike, normals: ArrayLike | None = None) -> PointCloud:
    """The cloud of an array (N, 3) and, if there are any, of its normals (N, 3); a cloud stays as it is.

    Raises:
        InputError: an array has another shape or does not hold numbers.
    """
    if isinstance(points, PointCloud):
        return points
    try:
        return PointCloud(np.asarray(points, np.float64), None if normals is None else np.asarray(normals, np.float64))
    except (TypeError, ValueError) as error:
        raise InputError(f"the scan cannot be read as an array of points: {error}") from error


def clean_cloud(cloud: PointCloud, *, source: str) -> CleanCloud:
    """Leave out points that are not finite, and repair or leave out normals that are zero or not finite.

    Where fewer than half of the normals are bad, their points take the normal of the nearest point with a good one.

    Args:
        cloud: scan frame.
        source: what an error calls the cloud, for example its file.

    Raises:
        InputError: fewer than ``FEWEST_POINTS`` points are left, or all are equal, on a line or in a plane.
    """
    total = len(cloud)
    finite = np.isfinite(cloud.points).all(axis=1)
    dropped = total - int(finite.sum())
    notices = []
    if dropped:
        cloud = cloud.take(finite)
        notices.append(f"{dropped:,} of {total:,} points are NaN or infinite and were left out")
    if len(cloud) < FEWEST_POINTS:
        cause = f", after {dropped:,} NaN or infinite ones were left out" if dropped else ""
        raise InputError(f"{source} has {len(cloud):,} points{cause}; a surface needs at least {FEWEST_POINTS}")
    _check_extent(cloud.points, source)
    if cloud.normals is not None:
        normals, notice = _usable_normals(cloud.points, cloud.normals)
        cloud = PointCloud(cloud.points, normals, cloud.colors)
        notices += notice
    return CleanCloud(cloud, tuple(notices))


@np.errstate(over="ignore")
def _check_extent(points: FloatArray, source: str) -> None:
    rounding = 8 * np.spacing(np.abs(points).max())  # map coordinates of 5e6 m are no finer than 1e-9 m
    extent = np.ptp(points, axis=0).max()
    name = f"{len(points):,} points of {source}"
    if not np.isfinite(extent):
        raise InputError(f"the {name} are too far apart: {points.min():g} to {points.max():g}")
    if extent <= rounding:
        raise InputError(f"the {name} are all at one place; a surface needs points around a volume")
    scaled = (points - points[0]) / extent
    spread = np.linalg.svd(scaled - scaled.mean(axis=0), compute_uv=False)  # largest first
    flat = max(FLAT, rounding / extent) * spread[0]
    if spread[2] <= flat:
        shape = "on a line" if spread[1] <= flat else "in a plane"
        raise InputError(f"the {name} lie {shape}; a surface needs points around a volume")


@np.errstate(over="ignore")
def _usable_normals(points: FloatArray, normals: FloatArray) -> tuple[FloatArray | None, list[str]]:
    lengths = np.linalg.norm(normals, axis=1)
    good = np.isfinite(lengths) & (lengths > 0)
    bad = len(points) - int(good.sum())
    if not bad:
        return normals, []
    notice = f"{bad:,} of {len(points):,} normals are zero or not finite and were ignored"
    if 2 * bad >= len(points):
        return None, [f"{notice}, and the others with them"] if bad < len(points) else [notice]
    _, nearest = scipy.spatial.cKDTree(points[good]).query(points[~good])
    repaired = normals.copy()
    repaired[~good] = normals[good][nearest]
    return repaired, [f"{notice}: their points took the nearest good normal"]


# --- settings ---


def check_settings(settings: "DataclassInstance") -> None:
    """Hold each field to its annotation: numbers to their ``Span``, words to their ``Literal``; None where allowed.

    Args:
        settings: a dataclass such as ``Settings``, ``Parameters`` or the options of a front end.

    Raises:
        InputError: a value is outside.
    """
    hints = get_type_hints(type(settings), include_extras=True)
    for entry in fields(settings):
        hint = hints[entry.name]
        kind, *extras = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        value = getattr(settings, entry.name)
        kinds = get_args(kind) or (kind,)
        words = tuple(word for each in (kind, *kinds) if get_origin(each) is Literal for word in get_args(each))
        if get_origin(kind) is Literal or (words and isinstance(value, str)):
            _check_word(entry.name, value, words)
        elif value is not None or NoneType not in kinds:
            for span in (extra for extra in extras if isinstance(extra, Span)):
                _check_number(entry.name, value, span, whole=int in kinds)


def _check_word(name: str, value: Any, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InputError(f"{name} must be {_one_of(words)}, got {value}")


def _check_number(name: str, value: Any, span: Span, *, whole: bool) -> None:
    even = name == "resolution"  # the Poisson solver takes no other
    fits = isinstance(value, Integral if whole else Real) and span.low <= float(value) <= span.high
    if not fits or (even and value % 2):
        kind = "an even whole number" if even else "a whole number" if whole else "a number"
        unit = f" {span.unit}" if span.unit and span.unit != name else ""
        raise InputError(f"{name} must be {kind} from {span.low:.10g} to {span.high:.10g}{unit}, got {value}")


def unknown_change(step: int, word: str, *, known: Sequence[str]) -> InputError:
    """Nothing of that name can be done to a run."""
    return bad_change(step, word, f"a change is {_one_of(known)}, got {word}")


def bad_change(step: int, word: str, reason: str) -> InputError:
    """A change of a run cannot be carried out."""
    return InputError(f"--at {step} {word}: {reason}")


# --- memory ---


def check_memory(resolution: int, budget: Budget) -> None:
    """Refuse a resolution at which a run needs more memory than it may have.

    Raises:
        InputError: it says how much is needed and how much there is, and the largest resolution that fits.
    """
    if budget.fits(resolution):
        return
    fitting = budget.largest(at_most=resolution)
    remedy = f"the largest that fits is {fitting}" if fitting else "none fits; close other programs"
    # Rounded apart, so that the one is never said to be the other.
    needed = math.ceil(10 * predict(resolution, budget.workload) / GB) / 10
    free = math.floor(10 * budget.available / GB) / 10
    raise InputError(
        f"resolution {resolution} needs about {needed:.1f} GB of memory and {free:.1f} GB are free: {remedy}"
    )


# --- trimming ---


def without_normals() -> InputError:
    """The normals of a scan were asked for."""
    return InputError("the scan has no usable normals to start from: use --init orientation or --init auto")


def nothing_left(beyond: float, nearest: float, farthest: float) -> InputError:
    """The whole surface is farther from the scan than it may be."""
    return InputError(
        f"trimming what is farther than {beyond:.4g} from the scan leaves nothing: the surface is {nearest:.4g} to "
        f"{farthest:.4g} away; trim at a larger distance, or not at all"
    )


# --- files to write ---


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
        raise InputError(f"{target}: its name must end in {_one_of(suffixes)}")
    try:
        if path.is_dir():
            raise InputError(f"{target}: that is a folder")
        if not path.parent.is_dir():
            raise InputError(f"{target}: there is no folder {path.parent}")
        trial = temporary_beside(path.resolve())
        trial.touch(exist_ok=False)
        trial.unlink()
    except OSError as error:
        raise InputError(f"{target}: {_reason(error)}") from error


def check_faces_to_write(faces: IntArray) -> None:
    """Refuse a mesh without faces, which several formats cannot hold."""
    if not len(faces):
        raise InputError("the mesh has no faces yet, so that there is nothing to write")


# --- files to read ---


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
        raise InputError(f"cannot tell how to read {path}: its name must end in {_one_of(suffixes)}")
    if not path.stat().st_size:
        raise InputError(f"{path} is empty")


def check_columns(count: int, *, source: str) -> None:
    """Refuse a table with other than 3, 6 or 9 columns."""
    if count not in (3, 6, 9):
        raise InputError(f"{source} has {count} columns; a scan has {_COLUMNS}")


def check_table(table: NDArray[Any], *, source: str) -> None:
    """Refuse an array that is no table of real numbers of 3, 6 or 9 columns."""
    if table.ndim != 2 or table.dtype.kind not in "fiu":
        raise InputError(
            f"{source} holds an array of shape {table.shape} and type {table.dtype}; a scan has {_COLUMNS}"
        )
    check_columns(table.shape[1], source=source)


def check_contents(cloud: PointCloud, faces: IntArray, *, source: str) -> None:
    """Refuse a file that holds no points, and faces with corners that are no points."""
    if not len(cloud):
        raise without_points(source)
    if len(faces) and not (faces.min() >= 0 and faces.max() < len(cloud)):
        corner = faces.min() if faces.min() < 0 else faces.max()
        raise InputError(f"{source} is damaged: it has {len(cloud):,} vertices, and a face at vertex {corner}")


def damaged(path: Path) -> InputError:
    """A parser failed."""
    return InputError(f"{path} is damaged or not in the {path.suffix[1:].upper()} format: copy or export it again")


def without_points(source: str) -> InputError:
    """A file was read, and nothing was in it."""
    return InputError(f"{source} holds no points; it may be damaged or not be what its name says")


def without_faces(source: str) -> InputError:
    """A mesh was asked for."""
    return InputError(f"{source} holds points without faces, and is no mesh")


def inaccessible(path: Path, error: OSError) -> InputError:
    """The operating system refused."""
    return InputError(f"cannot read {path}: {_reason(error)}")


def too_large(path: Path) -> InputError:
    """Memory ran out, or a damaged file asked for more than there is."""
    return InputError(f"{path} needs more memory than there is; it is damaged or too large")


def not_a_row(path: Path, number: int, content: str, width: int) -> InputError:
    """A line of text is no row of the table; a width of 0 stands for a table that has no row yet."""
    wanted = f"{width} numbers as before" if width else f"a row of {_COLUMNS}"
    return InputError(f"line {number} of {path} is {content[:40]!r}, not {wanted}")


def missing_arrays(path: Path, *, found: Sequence[str], wanted: Sequence[str]) -> InputError:
    """An archive holds no points."""
    return InputError(f"{path} needs an array named {_one_of(wanted)}; it has {', '.join(found) or 'none'}")


def misshapen(path: Path, error: ValueError) -> InputError:
    """The arrays of an archive make no cloud or mesh."""
    return InputError(f"the arrays of {path} do not fit: {error}")


def colors_out_of_range(source: str, low: float, high: float) -> InputError:
    """Colours are on no scale in use."""
    return InputError(f"the colours of {source} run from {low:g} to {high:g}; they must end at 1, 255 or 65535")


def faces_without_area(source: str) -> InputError:
    """A mesh has nowhere to draw points."""
    return InputError(f"the faces of {source} have no area, so that no points can be drawn on them")


def missing_extra(path: Path, extra: str) -> InputError:
    """An optional library is not installed."""
    return InputError(f'reading {path} needs an optional part; install it by: pip install "sap-viewer[{extra}]"')


def missing_tensorboard() -> InputError:
    """The log for TensorBoard is wanted."""
    return InputError('--tensorboard needs an optional part; install it by: pip install "sap-viewer[tensorboard]"')


def no_checkpoint(path: Path, *, found: Sequence[str]) -> InputError:
    """An archive was given from which no run can be resumed."""
    return InputError(f"{path} is no checkpoint; it has the arrays {', '.join(found) or 'none'}")


def another_version(path: Path, *, found: Any, wanted: int, program: str) -> InputError:
    """A checkpoint was written by a program that keeps something else in it."""
    return InputError(
        f"{path} is a checkpoint of version {found}, written by sap-viewer {program}; this program reads version "
        f"{wanted} only"
    )


def no_weights(path: Path, name: str, *, wanted: object, found: object) -> InputError:
    """A file holds other tensors than the network has."""
    expected = "nothing of that name" if wanted is None else wanted
    return InputError(
        f"{path} holds no weights of this network: {name} should be {expected}, and is {found or 'missing'}"
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


@np.errstate(over="ignore", invalid="ignore")  # an area that overflows ends in the same refusal
def check_surface(mesh: Mesh, *, source: str) -> None:
    """Refuse a mesh on which no points can be drawn: one with corners that are not finite, or without area."""
    corners = mesh.vertices[mesh.faces]
    bad = len(corners) - int(np.isfinite(corners).all(axis=(1, 2)).sum())
    if bad:
        raise InputError(f"{bad:,} of {len(corners):,} faces of {source} have a NaN or infinite corner; remove them")
    doubled_area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum()
    if not 0 < doubled_area < np.inf:
        raise faces_without_area(source)


_COLUMNS = "3 columns (x y z), 6 (and a normal or a colour) or 9 (and both)"


def _one_of(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _reason(error: OSError) -> str:
    return error.strerror or str(error)

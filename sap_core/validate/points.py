"""Points and surfaces that can be reconstructed, measured or drawn from."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.validate.error import InputError

FEWEST_POINTS = 4
# Thickness over length below which points count as flat. Six decimals in a file leave 1e-6; sheet metal has 1e-3.
FLAT = 1e-5


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
    """Leave out what is no point, repair or leave out bad normals, and refuse what encloses no volume.

    Args:
        cloud: scan frame.
        source: what an error calls the cloud, for example its file.

    Raises:
        InputError: fewer than ``FEWEST_POINTS`` points are left, or all are equal, on a line or in a plane.
    """
    cleaned = without_invalid(cloud, source=source)
    check_extent(cleaned.cloud, source=source)
    return cleaned


def without_invalid(cloud: PointCloud, *, source: str) -> CleanCloud:
    """Leave out points that are not finite or were never measured, and repair or leave out bad normals and colours.

    Scanners and cameras write 0 0 0 where nothing was measured. Such rows are left out where no other point is there
    as often, or where they lie farther from all others than these from one another; so a scan keeps the point that it
    may have at the origin. Where fewer than half of the normals are zero or not finite, their points take the normal
    of the nearest point with a good one. Colours that are all black are none: programs keep room for them.

    Args:
        cloud: scan frame.
        source: what an error calls the cloud, for example its file.

    Raises:
        InputError: fewer than ``FEWEST_POINTS`` points are left.
    """
    total, notices, left_out = len(cloud), [], []
    finite = np.isfinite(cloud.points).all(axis=1)
    if not finite.all():
        cloud = cloud.take(finite)
        left_out.append(f"{total - len(cloud):,} NaN or infinite")
        notices.append(f"{total - len(cloud):,} of {total:,} points are NaN or infinite and were left out")
    measured = _measured(cloud.points)
    if not measured.all():
        zeros = len(cloud) - int(measured.sum())
        cloud = cloud.take(measured)
        left_out.append(f"{zeros:,} zero")
        notices.append(nothing_measured(zeros, total))
    if cloud.colors is not None and not cloud.colors.any():
        cloud = PointCloud(cloud.points, cloud.normals)
        notices.append("all colours are black, as where none were measured, and were ignored")
    if len(cloud) < FEWEST_POINTS:
        cause = f", after {' and '.join(left_out)} ones were left out" if left_out else ""
        raise InputError(f"{source} has {len(cloud):,} points{cause}; a surface needs at least {FEWEST_POINTS}")
    if cloud.normals is not None:
        normals, notice = _usable_normals(cloud.points, cloud.normals)
        cloud = PointCloud(cloud.points, normals, cloud.colors)
        notices += notice
    return CleanCloud(cloud, tuple(notices))


def nothing_measured(zeros: int, total: int) -> str:
    """The notice that points were left out at which a scanner measured nothing."""
    return f"{zeros:,} of {total:,} points are 0 0 0, where nothing was measured, and were left out"


@np.errstate(over="ignore")
def _measured(points: FloatArray) -> NDArray[np.bool_]:
    """Which points (N, 3) are not the zeros of a scanner that measured nothing: (N,)."""
    measured: NDArray[np.bool_] = (points != 0).any(axis=1)
    others = points[measured]
    zeros = len(points) - len(others)
    if zeros and len(others):
        low, high = others.min(axis=0), others.max(axis=0)
        far = np.linalg.norm(np.clip(0, low, high)) > np.linalg.norm(high - low)
        if not far and (zeros == 1 or zeros <= np.unique(others, axis=0, return_counts=True)[1].max()):
            return np.ones(len(points), np.bool_)
    return measured


@np.errstate(over="ignore")
def check_extent(cloud: PointCloud, *, source: str) -> None:
    """Refuse points that are all equal, on a line or in a plane."""
    points = cloud.points
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


def faces_without_area(source: str) -> InputError:
    """A mesh has nowhere to draw points."""
    return InputError(f"the faces of {source} have no area, so that no points can be drawn on them")


def without_normals() -> InputError:
    """The normals of a scan were asked for."""
    return InputError("the scan has no usable normals to start from: use --init orientation or --init auto")

"""Scans of bodies with fine detail: many points, clean or with a little noise, and one made of three views."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.detailed_shapes import BODIES
from benchmarks.relief import Body
from benchmarks.scanner import scan
from benchmarks.screened_poisson import EstimatedNormals, estimate_normals
from benchmarks.shapes import TURN
from sap_core.geometry import PointCloud

NOISE = 2e-4  # standard deviation along each axis, as a share of the longest edge
_SIZES = {"1m": 1_000_000, "300k": 300_000, "5m": 5_000_000}  # what tells most comes first
_VIEW_POINTS = 100_000
_VIEW_NOISE = 1.5e-3
_SHIFT = 1e-3  # of a view, as a share of the longest edge
_TILT = 1.5e-3  # of a view, in radians: at the ends of a rod three quarters of the shift


@dataclass(frozen=True, eq=False)
class DetailScan:
    """A scan without normals, and the body that it is of."""

    body: Body
    cloud: PointCloud

    @cached_property
    def true_normals(self) -> PointCloud:
        """Its points, each with the normal of the place of the body that is nearest to it."""
        return PointCloud(self.cloud.points, self.body.nearest(self.cloud.points).normals)

    @cached_property
    def estimated_normals(self) -> EstimatedNormals:
        """Its points with the normals that Open3D estimates: once for all depths, since it takes minutes."""
        return estimate_normals(self.cloud)


@dataclass(frozen=True)
class DetailCase:
    """A scan by name.

    Attributes:
        body: as in ``BODIES``.
        points: how many.
        make: scans the body.
        small: whether it belongs to the few for trying out.
    """

    name: str
    body: str
    points: int
    make: Callable[[Body], PointCloud]
    small: bool = False

    def load(self) -> DetailScan:
        """Make the scan."""
        body = BODIES[self.body]()
        return DetailScan(body, self.make(body))


def scan_evenly(body: Body, *, points: int, noise: float, seed: int = 0) -> PointCloud:
    """Points spread evenly over a body, without normals.

    Args:
        noise: standard deviation along each axis, as a share of the longest edge.
    """
    exact = body.samples(points, seed=seed).points
    moved = np.random.default_rng(seed).normal(scale=noise * body.edge, size=exact.shape)
    return PointCloud(exact + moved)


def scan_rod(body: Body, *, points: int = _VIEW_POINTS, noise: float = _VIEW_NOISE) -> PointCloud:
    """Three views around a rod, from which all of it is seen, each a little out of place, one after another.

    Args:
        noise: standard deviation along each axis, as a share of the longest edge.
    """
    low, high = body.mesh.vertices.min(0), body.mesh.vertices.max(0)
    center, rng = (low + high) / 2, np.random.default_rng(0)
    parts = []
    for view, share in enumerate(np.array_split(np.arange(points), 3)):
        around, up = 2 * np.pi * view / 3, 0.6 * (-1) ** view  # from above and below, so that both ends are seen
        towards = np.array([np.cos(around), np.sin(around), up]) @ TURN.T
        seen = scan(body.mesh, points=len(share), noise=noise, views=_unit(towards)[None], seed=view).points
        turn = Rotation.from_rotvec(_TILT * _unit(rng.normal(size=3)))
        parts.append(center + turn.apply(seen - center) + _SHIFT * body.edge * _unit(rng.normal(size=3)))
    return PointCloud(np.concatenate(parts))


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _cases_of(size: str, *, noise: float) -> list[DetailCase]:
    word = "noisy" if noise else "clean"
    return [
        DetailCase(
            f"{body}-{size}-{word}",
            body,
            _SIZES[size],
            lambda made: scan_evenly(made, points=_SIZES[size], noise=noise),
            small=(body, size, word) in (("waves", "300k", "clean"), ("letters", "300k", "noisy")),
        )
        for body in BODIES
    ]


CASES = (
    *_cases_of("1m", noise=NOISE),
    *_cases_of("300k", noise=NOISE),
    DetailCase("rod-views", "thread", _VIEW_POINTS, scan_rod, small=True),
    *_cases_of("1m", noise=0.0),
    *_cases_of("300k", noise=0.0),
    *_cases_of("5m", noise=NOISE),
    *_cases_of("5m", noise=0.0),
)


def choose(names: Sequence[str], *, small: bool) -> tuple[DetailCase, ...]:
    """The cases of these names, in the order of ``CASES``; without names all, or the small selection.

    Raises:
        ValueError: there is no case of a name.
    """
    known = [case.name for case in CASES]
    for name in names:
        if name not in known:
            raise ValueError(f"there is no case {name!r}: choose from {', '.join(known)}")
    return tuple(case for case in CASES if (case.name in names if names else case.small or not small))

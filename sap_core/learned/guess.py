"""What the network's answer tells of a scan before an optimisation: where to start, and which points to believe."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.learned.prediction import predict
from sap_core.learned.weights import network_of

_SPREAD_OUT = 3_000  # points that tell how far from the surface stray ones lie
_BINS = 256  # of distances, at which their density is known
_ROUNDS = 50
_LEAST = 1e-6  # mean distance of the surface's own points, in longest edges of the scan


class Guess(NamedTuple):
    """What a network makes of a scan, in the scan's coordinates.

    Attributes:
        mesh: the surface that it sees.
        believed: (N,) which points of the scan rather belong to that surface than to nothing.
    """

    mesh: Mesh
    believed: NDArray[np.bool_]


def guess(scan: PointCloud, *, weights: str | None = None, device: str, seed: int) -> Guess:
    """Ask a network.

    Args:
        scan: any frame and unit; points that are not finite are neither believed nor doubted.
        weights, device: as in ``Settings``.
        seed: of the points that the network sees.

    Raises:
        InputError: the scan or the weights cannot be used.
        SurfaceVanished: the network finds no surface.
    """
    mesh = predict(scan, network_of(weights), device=device, seed=seed).mesh
    finite = np.isfinite(scan.points).all(1)
    believed = np.ones(len(scan), np.bool_)
    believed[finite] = belonging(scan.points[finite], mesh, rng=np.random.default_rng(seed)) > 0.5
    return Guess(mesh, believed)


def belonging(points: FloatArray, surface: Mesh, *, rng: np.random.Generator) -> FloatArray:
    """How likely each point (N, 3) belongs to a surface that is known roughly, and is no stray: (N,), 0 to 1.

    Distances from the surface are taken for a mixture: those of its own points fall off exponentially, at a rate that
    covers the noise of the scan and the error of the surface; those of stray points are as if these were spread evenly
    over the box of the scan. Rate and share are found by expectation maximisation (Dempster, Laird, Rubin 1977).
    """
    from scipy.stats import gaussian_kde  # noqa: PLC0415  half a second, which a run without a guess need not wait

    tree = KDTree(surface.vertices)
    distances = tree.query(points, k=1)[0]
    low, high = points.min(0), points.max(0)
    apart = tree.query(rng.uniform(low, high, (_SPREAD_OUT, 3)), k=1)[0]
    at = np.linspace(0, distances.max(), _BINS)
    density = 2 * gaussian_kde(np.concatenate([apart, -apart]))(at)  # mirrored, since no distance is below 0
    strays = np.interp(distances, at, density)
    least = _LEAST * (high - low).max()
    mean, share = max(least, distances.mean()), 0.5
    for _ in range(_ROUNDS):
        own = share * np.exp(-distances / mean) / mean
        likely = own / (own + (1 - share) * strays)
        mean = max(least, (likely * distances).sum() / likely.sum())
        share = likely.mean()
    return likely

"""Which points of a scan belong to its surface, of which a network has a rough idea, and which are strays."""

import math
from dataclasses import dataclass, replace

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray, IntArray, Mesh

_FITTED = 20_000  # points that the mixture is fitted to, at most
_ROUNDS = 50
_SPREAD_OUT = 3_000  # points that tell how far from the surface strays lie
_BINS = 256  # of distances, at which what is expected of strays is known
_NEIGHBOUR = 8  # whose distance tells how densely points lie around one
_LEAST = 1e-6  # distance that counts as one, in longest edges of the scan

_MISSED = 0.05  # share of the scan's surface that the network does not see
_UNEVEN = 0.2  # standard deviation of the logarithm of a scan's spacing, besides that of chance
# Standard deviations of the logarithm of the distance to the k-th neighbour: that of their number, 1/sqrt(k), by the
# dimension in which they lie.
_ON_SURFACE = math.hypot(_UNEVEN, 1 / (2 * math.sqrt(_NEIGHBOUR)))
_IN_SPACE = math.hypot(_UNEVEN, 1 / (3 * math.sqrt(_NEIGHBOUR)))


def belonging(points: FloatArray, surface: Mesh, *, rng: np.random.Generator) -> FloatArray:
    """How likely each point belongs to the scanned surface and is no stray.

    Distances from the surface are those from its vertices, which lie closer together than points of a scan.

    Two things speak for a point: that it is near the surface that the network sees, and, where the network has missed
    a part, that its neighbours are as near to it as they are on a surface. They are taken for a mixture:

    - The surface's own points. Their distances from what the network sees fall off exponentially, at a rate that
      covers noise and errors; but for a few, which lie anywhere. Their neighbours are as near as on a surface.
    - Strays, spread evenly over the box of the scan. Their neighbours are other strays and what a ball around them
      holds of the surface.

    Rate, share and spacing are found by expectation maximisation (Dempster, Laird, Rubin 1977).

    Args:
        points: (N, 3), any frame.
        surface: that the network sees, in the same.
        rng: draws what strays would be like.

    Returns:
        (N,), 0 to 1.
    """
    evidence = _Evidence.of(points, surface, rng=rng)
    few = evidence.take(rng.permutation(len(points))[:_FITTED])
    mixture = _Mixture.first_guess(few)
    for _ in range(_ROUNDS):
        mixture = mixture.improved(few)
    return mixture.likely(evidence)[0]


@dataclass(frozen=True)
class _Evidence:
    """What is known of each point, in longest edges of the scan.

    Attributes:
        distances: (N,) from what the network sees.
        spacings: (N,) logarithms of the distances to a near neighbour.
        anywhere: (N,) densities of a stray at that distance.
        grid, count: distances at which strays are looked at, and the number of points in all of the scan.
        volume: of its box.
    """

    distances: FloatArray
    spacings: FloatArray
    anywhere: FloatArray
    grid: FloatArray
    count: int
    volume: float

    @classmethod
    def of(cls, points: FloatArray, surface: Mesh, *, rng: np.random.Generator) -> "_Evidence":
        from scipy.stats import gaussian_kde  # noqa: PLC0415  half a second, which a run without a guess need not wait

        low, high = points.min(0), points.max(0)
        edge = float((high - low).max())
        tree = KDTree(surface.vertices)
        distances = tree.query(points, k=1)[0] / edge
        apart = tree.query(rng.uniform(low, high, (_SPREAD_OUT, 3)), k=1)[0] / edge
        grid = np.linspace(0, distances.max(), _BINS)
        density = 2 * gaussian_kde(np.concatenate([apart, -apart]))(grid)  # mirrored, since no distance is below 0
        spacings = KDTree(points).query(points, k=min(_NEIGHBOUR + 1, len(points)))[0][:, -1] / edge
        return cls(
            distances=distances,
            spacings=np.log(np.maximum(spacings, _LEAST)),
            anywhere=np.interp(distances, grid, density),
            grid=grid,
            count=len(points),
            volume=float(np.maximum((high - low) / edge, _LEAST).prod()),
        )

    def take(self, rows: IntArray) -> "_Evidence":
        columns = {name: getattr(self, name)[rows] for name in ("distances", "spacings", "anywhere")}
        return replace(self, **columns)


@dataclass(frozen=True)
class _Mixture:
    """Of a surface's own points and strays.

    Attributes:
        share: of own points.
        distance: mean distance of these from what the network sees, where it sees the surface.
        spacing: mean of the logarithms of their spacings there.
    """

    share: float
    distance: float
    spacing: float

    @classmethod
    def first_guess(cls, evidence: _Evidence) -> "_Mixture":
        distance = max(_LEAST, evidence.distances.mean())
        near = np.exp(-evidence.distances / distance)
        return cls(0.5, distance, float(np.average(evidence.spacings, weights=near)))

    def likely(self, evidence: _Evidence) -> tuple[FloatArray, FloatArray]:
        """How likely each point is the surface's own, and how likely it is one where the network sees the surface."""
        near = (1 - _MISSED) * np.exp(-evidence.distances / self.distance) / self.distance
        anywhere = _MISSED * evidence.anywhere
        # Neighbours nearer than on a surface do not speak against one, nor those farther than in space against a stray.
        on_surface = _bell(np.maximum(evidence.spacings, self.spacing), self.spacing, _ON_SURFACE)
        expected = np.maximum(self._spacing_of_strays(evidence), self.spacing)
        in_space = _bell(np.minimum(evidence.spacings, expected), expected, _IN_SPACE)
        own = self.share * (near + anywhere) * on_surface
        stray = (1 - self.share) * evidence.anywhere * in_space
        belief = own / np.maximum(own + stray, np.finfo(float).tiny)
        return belief, belief * near / np.maximum(near + anywhere, np.finfo(float).tiny)

    def improved(self, evidence: _Evidence) -> "_Mixture":
        """What fits better to what is likely so far."""
        belief, seen = self.likely(evidence)
        one_stray = 1 / evidence.count  # at least, so that strays have a density
        return _Mixture(
            share=min(float(belief.mean()), 1 - one_stray),
            distance=max(_LEAST, float(np.average(evidence.distances, weights=seen))),
            spacing=float(np.average(evidence.spacings, weights=seen)),
        )

    def _spacing_of_strays(self, evidence: _Evidence) -> FloatArray:
        """Expected of a stray at the distance of each point: a ball of that radius holds so many neighbours."""
        strays = (1 - self.share) * evidence.count / evidence.volume
        radius = math.exp(self.spacing)
        in_space = 4 / 3 * math.pi * strays
        # Pi times the own points per area: of the neighbours of one within the usual spacing those that are no strays,
        # a quarter at least.
        on_surface = max(_NEIGHBOUR - in_space * radius**3, _NEIGHBOUR / 4) / radius**2
        radii = np.geomspace(_LEAST, 2, 4 * _BINS)
        disc = np.maximum(radii**2 - evidence.grid[:, None] ** 2, 0)  # that the ball cuts out of the surface
        enough = in_space * radii**3 + on_surface * disc >= _NEIGHBOUR
        return np.interp(evidence.distances, evidence.grid, np.log(radii[enough.argmax(1)]))


def _bell(values: FloatArray, mean: FloatArray | float, deviation: float) -> FloatArray:
    """The density of a normal distribution, but for a factor that all have."""
    return np.exp(-(((values - mean) / deviation) ** 2) / 2) / deviation

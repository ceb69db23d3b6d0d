"""How near a surface is to a reference: the measures of the published tables."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray, IntArray, Mesh, PointCloud
from sap_core.mesh.sampling import sample_surface


@dataclass(frozen=True)
class Metrics:
    """A mesh against its reference. Lengths are in units of the longest edge of the reference's bounding box.

    Attributes:
        chamfer_l1: mean distance from either surface to the other, averaged over the two directions.
        chamfer_l2: mean squared distance, averaged likewise; some papers add the directions, which gives twice that.
        f_score_half_percent: harmonic mean of the shares of either surface within 0.5 % of the unit from the other.
        f_score: the same within 1 %.
        f_score_two_percent: the same within 2 %.
        normal_consistency: mean absolute cosine between normals of nearest points, averaged over the directions.
    """

    chamfer_l1: float
    chamfer_l2: float
    f_score_half_percent: float
    f_score: float
    f_score_two_percent: float
    normal_consistency: float


def compare(mesh: Mesh, reference: Mesh | PointCloud, *, samples: int = 100_000, seed: int = 0) -> Metrics:
    """Compare two meshes of one frame by the published protocol: points sampled on both, the longest edge scaled to 1.

    Args:
        mesh: the surface to judge.
        reference: the true surface, or points spread evenly over it, with normals.
        samples: points drawn on each; of points at most so many are drawn.
        seed: of the drawing.

    Raises:
        ValueError: a mesh has no area.
    """
    rng = np.random.default_rng(seed)
    low, edge = _unit_of(reference)
    a = sample_surface(mesh, samples, rng=rng)
    if isinstance(reference, Mesh):
        b = sample_surface(reference, samples, rng=rng)
    else:
        b = reference.take(rng.permutation(len(reference))[:samples])
    assert a.normals is not None, "samples of a surface have normals"
    assert b.normals is not None, "samples of a surface have normals"
    pairs = _Pairs.between((a.points - low) / edge, (b.points - low) / edge)
    return Metrics(
        chamfer_l1=pairs.chamfer_l1(),
        chamfer_l2=pairs.chamfer_l2(),
        f_score_half_percent=pairs.f_score(0.005),
        f_score=pairs.f_score(0.01),
        f_score_two_percent=pairs.f_score(0.02),
        normal_consistency=pairs.normal_consistency(a.normals, b.normals),
    )


class Estimate(NamedTuple):
    """Two of the ``Metrics``, found from fewer distances."""

    chamfer_l1: float
    f_score: float


class Reference:
    """A true surface with which many meshes are compared: what is drawn on it is kept.

    Args:
        surface: the true surface.
        samples: points drawn on it, and on each mesh.
        seed: of the drawing.

    Raises:
        ValueError: it has no area.
    """

    def __init__(self, surface: Mesh, *, samples: int = 100_000, seed: int = 0) -> None:
        self._low, self._edge = _unit_of(surface)
        self._rng = np.random.default_rng(seed)
        self._points = self._drawn_on(surface, samples)
        self._tree = KDTree(self._points)

    def estimate(self, mesh: Mesh, *, queries: int = 10_000) -> Estimate:
        """How near a mesh is: from so many points on either surface to all on the other, a fifth of the work.

        The error of ``compare`` with as many samples as queries would be much larger: its distances hold the gaps
        between them.

        Raises:
            ValueError: the mesh has no area.
        """
        points = self._drawn_on(mesh, len(self._points))
        to_reference, _ = self._tree.query(points[:queries])
        to_mesh, _ = KDTree(points).query(self._points[:queries])
        return Estimate(
            float(to_reference.mean() + to_mesh.mean()) / 2,
            _harmonic_mean(float((to_reference < 0.01).mean()), float((to_mesh < 0.01).mean())),
        )

    def _drawn_on(self, mesh: Mesh, samples: int) -> FloatArray:
        return (sample_surface(mesh, samples, rng=self._rng).points - self._low) / self._edge


def chamfer_l1(a: FloatArray, b: FloatArray) -> float:
    """Mean distance from each point of either set, (N, 3) and (M, 3), to the other, averaged over the directions."""
    return _Pairs.between(a, b).chamfer_l1()


def chamfer_l2(a: FloatArray, b: FloatArray) -> float:
    """Mean squared distance from each point of either set to the other, averaged over the directions."""
    return _Pairs.between(a, b).chamfer_l2()


def f_score(a: FloatArray, b: FloatArray, *, threshold: float) -> float:
    """Harmonic mean of the share of ``a`` within the threshold of ``b`` and the share of ``b`` within that of ``a``."""
    return _Pairs.between(a, b).f_score(threshold)


def normal_consistency(a: FloatArray, a_normals: FloatArray, b: FloatArray, b_normals: FloatArray) -> float:
    """Mean absolute cosine between the unit normals of nearest points, averaged over the directions."""
    return _Pairs.between(a, b).normal_consistency(a_normals, b_normals)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Every point of two sets with its nearest neighbour in the other: distances and rows, both ways."""

    to_b: FloatArray
    row_in_b: IntArray
    to_a: FloatArray
    row_in_a: IntArray

    @classmethod
    def between(cls, a: FloatArray, b: FloatArray) -> "_Pairs":
        return cls(*KDTree(b).query(a), *KDTree(a).query(b))

    def chamfer_l1(self) -> float:
        return float(self.to_b.mean() + self.to_a.mean()) / 2

    def chamfer_l2(self) -> float:
        return float(np.square(self.to_b).mean() + np.square(self.to_a).mean()) / 2

    def f_score(self, threshold: float) -> float:
        return _harmonic_mean(float((self.to_b < threshold).mean()), float((self.to_a < threshold).mean()))

    def normal_consistency(self, a_normals: FloatArray, b_normals: FloatArray) -> float:
        from_a = np.abs((a_normals * b_normals[self.row_in_b]).sum(1)).mean()
        from_b = np.abs((b_normals * a_normals[self.row_in_a]).sum(1)).mean()
        return float(from_a + from_b) / 2


def _unit_of(reference: Mesh | PointCloud) -> tuple[FloatArray, float]:
    """The lowest corner of the box around its faces or points, and the longest edge of that."""
    corners = reference.vertices[reference.faces].reshape(-1, 3) if isinstance(reference, Mesh) else reference.points
    low, high = corners.min(0), corners.max(0)
    return low, float((high - low).max())


def _harmonic_mean(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0

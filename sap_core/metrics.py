"""How near a surface is to a reference: the measures of the published tables."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from sap_core.geometry import FloatArray, IntArray, Mesh
from sap_core.sampling import sample_surface


@dataclass(frozen=True)
class Metrics:
    """A mesh against its reference. Lengths are in units of the reference's longest edge.

    Attributes:
        chamfer_l1: mean distance from either surface to the other, averaged over the two directions.
        f_score: harmonic mean of the shares of either surface within the threshold of the other.
        normal_consistency: mean absolute cosine between normals of nearest points, averaged likewise.
    """

    chamfer_l1: float
    f_score: float
    normal_consistency: float


def compare(mesh: Mesh, reference: Mesh, *, threshold: float = 0.01, samples: int = 100_000, seed: int = 0) -> Metrics:
    """Compare two meshes of one frame by the published protocol: points sampled on both, the longest edge scaled to 1.

    Args:
        mesh: the surface to judge.
        reference: the true surface.
        threshold: of the F-score, as a share of the reference's longest edge.
        samples: points drawn on each.
        seed: of the drawing.
    """
    rng = np.random.default_rng(seed)
    low, high = reference.vertices.min(0), reference.vertices.max(0)
    edge = float((high - low).max())
    a, b = (sample_surface(surface, samples, rng=rng) for surface in (mesh, reference))
    assert a.normals is not None, "samples of a surface have normals"
    assert b.normals is not None, "samples of a surface have normals"
    pairs = _Pairs.between((a.points - low) / edge, (b.points - low) / edge)
    return Metrics(pairs.chamfer_l1(), pairs.f_score(threshold), pairs.normal_consistency(a.normals, b.normals))


def chamfer_l1(a: FloatArray, b: FloatArray) -> float:
    """Mean distance from each point of either set, (N, 3) and (M, 3), to the other, averaged over the directions."""
    return _Pairs.between(a, b).chamfer_l1()


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
        return cls(*KDTree(b).query(a, workers=-1), *KDTree(a).query(b, workers=-1))

    def chamfer_l1(self) -> float:
        return float(self.to_b.mean() + self.to_a.mean()) / 2

    def f_score(self, threshold: float) -> float:
        precision, recall = float((self.to_b < threshold).mean()), float((self.to_a < threshold).mean())
        return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0

    def normal_consistency(self, a_normals: FloatArray, b_normals: FloatArray) -> float:
        from_a = np.abs((a_normals * b_normals[self.row_in_b]).sum(1)).mean()
        from_b = np.abs((b_normals * a_normals[self.row_in_a]).sum(1)).mean()
        return float(from_a + from_b) / 2

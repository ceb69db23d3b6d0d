"""Whether the normals that come with a scan can be trusted."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray
from sap_core.scan.orientation import potential_at
from sap_core.scan.spacing import local_areas

Verdict = Literal["used", "flipped", "replaced"]

_NEIGHBOURS = 8
_AGREEING = 0.8  # share of neighbours whose normals point to the same side; random signs make it 0.5
_INWARD = 0.85  # mean potential over its root mean square: within 0.02 of 1 if closed, below 0.7 over sheets


class Judgement(NamedTuple):
    """What is to be done with the normals of a scan.

    Attributes:
        verdict: 'used' as they are, 'flipped' since they point inward, or 'replaced' since they contradict each other.
        agreeing: share of neighbouring points whose normals point to the same side.
    """

    verdict: Verdict
    agreeing: float


def judge_normals(points: FloatArray, normals: FloatArray) -> Judgement:
    """Check normals (N, 3), ``weighted_by_area``, of points (N, 3) in the unit cube.

    They are consistent if those of neighbours agree, and inward if the potential that they make is higher at the points
    than on the faces of the cube. Over an open sheet it is neither: there the normals know better.
    """
    _, rows = KDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))
    agreeing = float((np.einsum("nc,nkc->nk", normals, normals[rows[:, 1:]]) > 0).mean())
    if agreeing < _AGREEING:
        return Judgement("replaced", agreeing)
    potential = potential_at(*(torch.tensor(array, dtype=torch.float32) for array in (points, normals)))
    inward = potential.mean() > _INWARD * potential.square().mean().sqrt()
    return Judgement("flipped" if inward else "used", agreeing)


def weighted_by_area(points: FloatArray, normals: FloatArray) -> FloatArray:
    """Normals (N, 3) with lengths in proportion to the area of surface around each point; their median is 1."""
    areas = local_areas(points)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True) * (areas / np.median(areas))[:, None]

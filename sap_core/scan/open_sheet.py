"""Scans without an inside: ground, façades, what was seen from one side, recognised and oriented as one sheet.

Normals solved for (``orientation``) presume a body, and break a sheet into parts that face different ways. Along a
sheet normals can be handed on instead (``propagation``). They can along a body as well, but there they cancel out: of a
closed surface the vector areas add up to nothing, while a sheet looks one way.
"""

from typing import NamedTuple

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import Direction, FloatArray
from sap_core.scan.propagation import Propagated, agreement, propagated_normals

_FEWEST = 100  # points: of fewer, a patch is no small part
_CONSISTENT = 0.98  # share of neighbours that agree on a side
_ONE_WAY = 0.7  # length of the mean normal: 0 of a closed body, .5 of half a ball, .58 of a corner, .75 of steep ground
_PARTLY_ONE_WAY = 0.3  # enough where the reading as a body contradicts itself
_MORE_CONSISTENT = 4.0  # times fewer neighbours that disagree
_DECIDED = 0.9  # mean sign of normals that were handed on, by those of a body
_FAVOURED = 0.2  # likewise
_UPWARD = np.sqrt(0.5)  # cosine to the z axis
_TWO_SIDED = 2.2  # kurtosis of heights: 1 of two sheets, 1.8 of a slab filled evenly, 3 of noise
_ASKED = 1_000  # patches
_FEWEST_HEIGHTS = 32  # of a patch, for six terms are fitted to them
_NEIGHBOURS = 10


class Sheet(NamedTuple):
    """An oriented sheet.

    Attributes:
        normals: (N, 3) of length 1, all on one side.
        facing: where they look, of length 1.
    """

    normals: FloatArray
    facing: Direction

    @property
    def side(self) -> str:
        """The end of an axis that is nearest to where it looks, such as '+z'."""
        axis = int(np.abs(self.facing).argmax())
        return f"{'-' if self.facing[axis] < 0 else '+'}{'xyz'[axis]}"


def as_sheet(points: FloatArray, areas: FloatArray, solved: FloatArray) -> Sheet | None:
    """Orient points as a sheet; None where they are better read as a body.

    A sheet has neighbours that agree, looks one way, and is no body so thin that its two sides pass for one. Where it
    lies, it looks up, as ground is seen. Else it looks to the side that most normals of a body look to, which is that
    to which it bulges, and if there is none to the positive end of the axis that is nearest to its mean normal.

    Args:
        points: (N, 3) in any frame.
        areas: (N,) of the surface around each point.
        solved: (N, 3) normals of these points, solved for as if they were those of a body.
    """
    if len(points) < _FEWEST:
        return None
    propagated = propagated_normals(points)
    if propagated.agreeing < _CONSISTENT:
        return None
    normals = _joined(propagated, areas, solved)
    mean, favoured = areas @ normals / areas.sum(), areas @ _side(normals, solved) / areas.sum()
    one_way = float(np.linalg.norm(mean))
    if one_way < _PARTLY_ONE_WAY:
        return None
    decided = abs(favoured) > _DECIDED
    if one_way < _ONE_WAY and (decided or not _contradicts_itself(points, solved, propagated.agreeing)):
        return None
    if _is_two_sided(points, propagated.patch):
        return None
    facing = mean / one_way
    lies = one_way > _ONE_WAY and abs(facing[2]) > _UPWARD
    known = abs(favoured) > _FAVOURED and not lies
    turned = favoured < 0 if known else facing[np.abs(facing).argmax()] < 0
    return Sheet(-normals, _direction(-facing)) if turned else Sheet(normals, _direction(facing))


def common_direction(normals: FloatArray) -> Direction | None:
    """Where normals (N, 3), whose lengths are areas, look as those of a sheet do; None where they are of a body."""
    total, areas = normals.sum(0), np.linalg.norm(normals, axis=1).sum()
    one_way = float(np.linalg.norm(total))
    return _direction(total / one_way) if one_way > _ONE_WAY * areas else None


def _direction(vector: FloatArray) -> Direction:
    return float(vector[0]), float(vector[1]), float(vector[2])


def _joined(propagated: Propagated, areas: FloatArray, solved: FloatArray) -> FloatArray:
    """The normals that were handed on, each part of them turned as it was solved for, or where that is not clear as the
    larger ones.

    Args:
        propagated: of points.
        areas: (N,) around these.
        solved: (N, 3) normals of a body.
    """
    normals, parts = propagated.normals, propagated.parts
    sides = np.bincount(parts, areas * _side(normals, solved)) / np.bincount(parts, areas)
    vectors = np.stack([np.bincount(parts, areas * component) for component in normals.T], 1)
    signs, total = np.ones(len(sides)), np.zeros(3)
    for part in np.argsort(-np.bincount(parts, areas)):
        towards = sides[part] if abs(sides[part]) > _DECIDED else vectors[part] @ total
        signs[part] = -1.0 if towards < 0 else 1.0
        total += signs[part] * vectors[part]
    return normals * signs[parts, None]


def _side(normals: FloatArray, others: FloatArray) -> FloatArray:
    """1 for each of the normals (N, 3) on the side of the other one, -1 for those that are not: (N,)."""
    return np.sign(np.einsum("nc,nc->n", normals, others))


def _contradicts_itself(points: FloatArray, solved: FloatArray, agreeing: float) -> bool:
    """Whether solved normals disagree between neighbours much more often than those that were handed on."""
    _, rows = KDTree(points).query(points, k=min(_NEIGHBOURS + 1, len(points)))
    return 1 - agreement(solved, rows[:, 1:].astype(np.int64)) > _MORE_CONSISTENT * (1 - agreeing)


def _is_two_sided(points: FloatArray, patch: int) -> bool:
    """Whether the points around a point lie on two sheets, and not in the noise of one.

    Args:
        points: (N, 3).
        patch: how many neighbours at least to look at.
    """
    asked = points[np.random.default_rng(0).permutation(len(points))[:_ASKED]]
    _, rows = KDTree(points).query(asked, k=min(max(patch, _FEWEST_HEIGHTS), len(points)))
    local = points[rows] - points[rows].mean(1, keepdims=True)
    local /= np.abs(local).max((1, 2), keepdims=True)
    _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", local, local))
    height, y, x = np.einsum("nki,nij->jnk", local, axes)  # along the axes of least to most extent
    terms = np.linalg.qr(np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)).Q
    left = height - np.einsum("nkt,nlt,nl->nk", terms, terms, height)
    square = np.square(left).mean(1)
    flat = square < np.finfo(np.float32).eps ** 2
    return bool(np.median(np.where(flat, 3.0, (left**4).mean(1) / np.maximum(square, 1e-30) ** 2)) < _TWO_SIDED)

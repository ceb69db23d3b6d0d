"""The judgement of the normals that come with a scan: whether their directions hold, their sides, both or nothing."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from pykdtree.kdtree import KDTree

from sap_core.geometry import FloatArray
from sap_core.scan.components import SMOOTH, neighbours_of, smooth_patches
from sap_core.scan.potential_fit import PotentialFit
from sap_core.scan.spacing import local_areas
from sap_core.scan.uprightness import upright_share
from sap_core.schedule import Sampling

Verdict = Literal["used", "flipped", "re-signed", "tilted", "contradictory"]

_JUDGED = 20_000  # points; others follow the nearest of them
_UPRIGHT = 0.5  # share of the normals; where "normals" are something else it is .1 to .4
_AGREEING = 0.8  # share of neighbours whose normals point to the same side; random signs make it 0.5
_COHERENT = 0.99  # share of these neighbours beyond which nothing contradicts itself: an open scan
_EXPLAINED = 0.9  # right normals of a closed surface reach 0.93 to 1, of the thinnest leaf and in strong noise too
_BETTER, _MUCH_BETTER = 0.8, 0.5  # times what the normals leave unexplained, at most
_INWARD = 0.3  # how much normals explain turned inside out, at least, for these to be turned


class Judgement(NamedTuple):
    """What is to be done with the normals of a scan.

    Attributes:
        verdict: they are 'used' as they are, 'flipped' since they point inward, or 're-signed', which keeps directions
            but not all sides. Or they do not hold: directions are 'tilted', or sides 'contradictory'.
        normals: (N, 3) that the verdict leaves, with areas as their lengths, whose median is 1; those that do
            not hold point to where they did, or all to the other side.
        share: of the normals that were turned, or that are tilted, or of neighbours that agree on a side.
    """

    verdict: Verdict
    normals: FloatArray
    share: float

    @property
    def holds(self) -> bool:
        return self.verdict in ("used", "flipped", "re-signed")

    @property
    def why(self) -> str:
        """What was found, as the end of a sentence that says what was done; empty where that was nothing."""
        return {
            "used": "",
            "flipped": "flipped: they pointed inward",
            "re-signed": f"{self.share:.0%} of them flipped: their sides did not fit together",
            "tilted": f"{self.share:.0%} of them are tilted by more than 30 degrees against the surface",
            "contradictory": f"only {self.share:.0%} of neighbours agree on a side",
        }[self.verdict]


def judge_normals(
    points: FloatArray,
    normals: FloatArray,
    *,
    sampling: Sampling,
    solved: Callable[[], FloatArray] | None = None,
) -> Judgement:
    """Check normals by how well the closed surface that they make explains the points.

    Args:
        points: (N, 3) in the unit cube, in no order.
        normals: (N, 3), of any length but 0.
        sampling: of the points.
        solved: finds normals (N, 3) from the points alone; asked for sides where those given contradict each other.
    """
    directions = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    judged = slice(_JUDGED)
    verdict, sides, share = _judged(points[judged], directions[judged], sampling=sampling, solved=solved)
    if len(points) > _JUDGED:
        sides = _sides_around(points, directions, sides) if verdict == "re-signed" else np.full(len(points), sides[0])
    areas = local_areas(points)
    return Judgement(verdict, directions * (sides * areas / np.median(areas))[:, None], share)


def _judged(
    points: FloatArray, directions: FloatArray, *, sampling: Sampling, solved: Callable[[], FloatArray] | None
) -> tuple[Verdict, FloatArray, float]:
    """The verdict on unit normals (N, 3), their sides (N,) of 1 and -1, and the share that the verdict tells of."""
    areas = local_areas(points)
    fit = PotentialFit(points, areas)
    explained, upright = fit.explained(directions), upright_share(points, directions, sampling=sampling)
    sides = np.full(len(points), -1.0 if _inward(explained, directions, areas) else 1.0)
    if upright < _UPRIGHT and abs(explained) < _EXPLAINED:
        return "tilted", sides, 1 - upright
    by_patch = fit.best_sides(directions, smooth_patches(points, directions))
    by_patch_explained = fit.explained(by_patch[:, None] * directions)
    if _convincing(by_patch_explained, than=explained):
        sides, explained = by_patch, by_patch_explained
    if abs(explained) < _EXPLAINED:
        agreeing = _agreeing(points, sides[:, None] * directions)
        if solved is not None and agreeing < _COHERENT:
            by_solution = np.copysign(1.0, (solved()[: len(points)] * directions).sum(1))
            if _convincing(fit.explained(by_solution[:, None] * directions), than=explained):
                sides, agreeing = by_solution, 1.0
        if agreeing < _AGREEING:
            return "contradictory", np.ones(len(points)), agreeing
    turned = float((sides < 0).mean())
    verdicts: dict[float, Verdict] = {0.0: "used", 1.0: "flipped"}
    return verdicts.get(turned, "re-signed"), sides, turned


def _sides_around(points: FloatArray, directions: FloatArray, sides: FloatArray) -> FloatArray:
    """The sides of unit normals (N, 3) from those of the first points: each as that of the nearest of these."""
    first = len(sides)
    _, nearest = KDTree(points[:first]).query(points[first:], k=1)
    nearest = nearest.astype(np.int64)
    cosines = (directions[first:] * directions[nearest]).sum(1)
    return np.concatenate([sides, np.copysign(1.0, sides[nearest] * cosines)])


def _convincing(explained: float, *, than: float) -> bool:
    """Whether sides explain the points so much better than others that these must have been wrong.

    If what they make is closed, a little is enough; what is open may be explained the better by sides that are wrong.
    """
    better = _BETTER if abs(explained) >= _EXPLAINED else _MUCH_BETTER
    return 1 - explained**2 < better * (1 - than**2)


def _inward(explained: float, directions: FloatArray, areas: FloatArray) -> bool:
    """Whether unit normals point to the inside of what is closed, or nearly so, such as a room seen from within.

    Over an open sheet nothing tells which side is outside, and the normals know better. How open a surface is tells the
    sum of its normals: 0 if it is closed, and as long as its area if it is a plane.
    """
    openness = np.linalg.norm(areas @ directions) / areas.sum()
    return -explained > max(_INWARD, openness)


def _agreeing(points: FloatArray, directions: FloatArray) -> float:
    """The share of neighbouring points whose normals point to the same side, of those where this can be told.

    At an edge it cannot: normals that turn by a right angle are as near to those of one side as to those of the other.
    """
    cosines = np.einsum("nc,nkc->nk", directions, directions[neighbours_of(points)[:, 1:]])
    return float((cosines[np.abs(cosines) > SMOOTH] > 0).mean())

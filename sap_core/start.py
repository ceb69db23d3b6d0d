"""The oriented points that a run starts from: a sphere, the scan's own normals, normals solved for, or a network's."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from pykdtree.kdtree import KDTree

from sap_core.config import Init, Start
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.learned.guess import Guess
from sap_core.mesh.sampling import sample_surface, sphere
from sap_core.scan.given_normals import judge_normals, weighted_by_area
from sap_core.scan.orientation import orient
from sap_core.scan.preparation import PreparedScan
from sap_core.scan.spacing import local_areas
from sap_core.schedule import Sampling
from sap_core.validate.points import without_normals

_SPHERE_RADIUS = 0.2  # published, in the unit cube
_ORIENTED = 20_000  # points whose normals are solved for; others take that of the nearest of them
_WITHOUT_INSIDE = 0.25  # residual of an ``Orientation``
_UNSETTLED = 0.02  # share of uncertain normals
_FOLLOWS_NOISE = 3.0  # how many times as high the loss of a smooth surface may be as that of one that follows the noise


class StartingPoints(NamedTuple):
    """Oriented points to start from.

    Attributes:
        cloud: the points, unit frame.
        notices: what is to be said about them.
        settled: whether it is known of all but a few on which side of them the outside is.
    """

    cloud: PointCloud
    notices: tuple[str, ...] = ()
    settled: bool = True

    def flipped(self) -> "StartingPoints":
        """The same with the normals inside out."""
        assert self.cloud.normals is not None, "oriented points have normals"
        turned = PointCloud(self.cloud.points, -self.cloud.normals)
        said = (*self.notices, "the normals of the start were turned inside out as asked")
        return self._replace(cloud=turned, notices=said)


def starting_points(
    scan: PreparedScan, *, init: Init, otherwise: Start, count: int, device: torch.device, rng: np.random.Generator
) -> StartingPoints:
    """Oriented points to start from: so many, or as many as the scan has samples.

    Args:
        scan: what to start on.
        init: as in ``Settings``; 'auto' takes the scan's normals unless they contradict each other.
        otherwise: what 'auto' does with a scan without trustworthy normals.
        count: of points.
        device: where normals are solved for.
        rng: draws the points.

    Raises:
        InputError: the scan's normals are asked for, and it has none.
    """
    if init == "normals" and scan.cloud.normals is None:
        raise without_normals()
    points = scan.samples[rng.permutation(len(scan.samples))[:count]]
    notices: tuple[str, ...] = ()
    if init in ("auto", "normals") and scan.cloud.normals is not None:
        normals = weighted_by_area(points, _normals_at(points, scan))
        verdict, agreeing = judge_normals(points, normals)
        if verdict != "replaced" or init == "normals":
            said = {
                "used": "the scan's normals were used",
                "flipped": "the scan's normals were used, flipped: they pointed inward",
                "replaced": f"the scan's normals were used as asked, though only {agreeing:.0%} of neighbours agree on "
                "a side",
            }
            sign = -1 if verdict == "flipped" else 1
            return StartingPoints(PointCloud(points, sign * normals), (said[verdict],))
        notices = (f"the scan's normals were replaced: only {agreeing:.0%} of neighbours agree on a side",)
    if init == "sphere" or (init == "auto" and otherwise == "sphere"):
        return StartingPoints(sphere(count, radius=_SPHERE_RADIUS, center=np.full(3, 0.5), rng=rng), notices)
    solved = with_solved_normals(points, sampling=scan.sampling, device=device)
    return solved._replace(notices=(*notices, *solved.notices))


def guessed_points(
    guess: Guess,
    scan: PreparedScan,
    *,
    count: int,
    loss_of: Callable[[PointCloud], float],
    device: torch.device,
    rng: np.random.Generator,
) -> StartingPoints:
    """So many points on the surface that a network sees, or those of 'auto', whichever explain the scan better.

    They are not the network's own, which lie where the scan's points were, stray ones among them, and whose normals
    only together make a surface: a few dozen steps do not put these right. Nor do they bring back what is like nothing
    that the network has learnt from: then the scan's normals are taken, or normals solved for. The surface of these is
    usually the nearer to the scan, but follows its noise as well; and it is torn where it was not settled on which side
    of the points it is. So where it was not, the others have to be the nearer by far.

    Args:
        guess: of the network.
        scan: without the points that are not believed.
        count: of points.
        loss_of: the loss of the surface of oriented points, unit frame.
        device: where normals are solved for.
        rng: draws the points.
    """
    surface = Mesh(scan.frame.to_unit(guess.mesh.vertices), guess.mesh.faces)
    guessed = sample_surface(surface, count, rng=rng)
    other = starting_points(scan, init="auto", otherwise="orientation", count=count, device=device, rng=rng)
    nearer = 1.0 if other.settled else _FOLLOWS_NOISE
    if loss_of(guessed) <= nearer * loss_of(other.cloud):
        return StartingPoints(guessed, ("the start is the surface that the network sees",))
    said = "the start is not the network's surface, since one nearer was found without it"
    return other._replace(notices=(said, *other.notices))


def _normals_at(points: FloatArray, scan: PreparedScan) -> FloatArray:
    """Of the nearest scan points, for points (N, 3) in the unit frame."""
    assert scan.cloud.normals is not None, "asked for by the caller"
    _, rows = KDTree(scan.frame.to_unit(scan.cloud.points)).query(points, k=1)
    return scan.cloud.normals[rows.astype(np.int64)]


def with_solved_normals(points: FloatArray, *, sampling: Sampling, device: torch.device) -> StartingPoints:
    """Find normals for points that have none, from these alone; their lengths are areas.

    Args:
        points: (N, 3) unit frame, in no order: the first of them stand for all.
        sampling: of the scan.
        device: where to compute.
    """
    solved = points[:_ORIENTED]
    found = orient(
        *(torch.tensor(array, dtype=torch.float32, device=device) for array in (solved, local_areas(solved))),
        sampling=sampling,
    )
    notices: tuple[str, ...] = ()
    if found.uncertain > _UNSETTLED:
        notices += (
            f"{found.uncertain:.0%} of the normals could not be settled: the scan may be open, too sparse or too noisy",
        )
    normals = found.normals.cpu().numpy()
    if found.residual > _WITHOUT_INSIDE:
        mean = normals.mean(0)
        axis = int(np.abs(mean).argmax())
        normals = normals * np.copysign(1.0, mean[axis])
        notices += (f"the scan is an open sheet: the side towards +{'xyz'[axis]} was taken as its outside",)
    _, nearest = KDTree(solved).query(points, k=1)
    settled = found.uncertain <= _UNSETTLED or found.residual > _WITHOUT_INSIDE
    return StartingPoints(PointCloud(points, normals[nearest.astype(np.int64)]), notices, settled)

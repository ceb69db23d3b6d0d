"""The oriented points that a run starts from: a sphere, the scan's own normals, normals solved for, or a network's."""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from pykdtree.kdtree import KDTree

from sap_core.config import PRESETS, Init, Settings, Start
from sap_core.geometry import Direction, FloatArray, Mesh, PointCloud
from sap_core.learned.guess import Guess, guess
from sap_core.mesh.sampling import sample_surface, sphere
from sap_core.scan.given_normals import Judgement, judge_normals
from sap_core.scan.open_sheet import as_sheet, common_direction
from sap_core.scan.orientation import orient
from sap_core.scan.preparation import PreparedScan, prepare
from sap_core.scan.spacing import local_areas
from sap_core.schedule import Sampling
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.validate.points import without_normals

_SPHERE_RADIUS = 0.2  # published, in the unit cube
_ORIENTED = 20_000  # points whose normals are solved for; others take that of the nearest of them
_UNSETTLED = 0.02  # share of uncertain normals
_FOLLOWS_NOISE = 3.0  # how many times as high the loss of a smooth surface may be as that of one that follows the noise


class StartingPoints(NamedTuple):
    """Oriented points to start from.

    Attributes:
        cloud: the points, unit frame.
        notices: what is to be said about them.
        facing: across the sheet, where they lie on one that is open; None where they lie around a body.
        settled: whether it is known of all but a few on which side of them the outside is.
    """

    cloud: PointCloud
    notices: tuple[str, ...] = ()
    facing: Direction | None = None
    settled: bool = True

    @property
    def normals(self) -> FloatArray:
        """(N, 3) of the points, with areas as their lengths."""
        assert self.cloud.normals is not None, "oriented points have normals"
        return self.cloud.normals

    def flipped(self) -> "StartingPoints":
        """The same with the normals inside out."""
        turned = PointCloud(self.cloud.points, -self.normals)
        said = (*self.notices, "the normals of the start were turned inside out as asked")
        return self._replace(cloud=turned, notices=said)


def prepare_with_guess(
    scan: PointCloud, settings: Settings, *, rng: np.random.Generator
) -> tuple[PreparedScan, Guess | None]:
    """Make a scan ready, without the points that a network does not believe where it was asked, and give its guess.

    'auto' asks where the scan by itself tells too little; where the network finds nothing, it does without.
    """
    preset = PRESETS[settings.preset]
    if settings.init != "learned":
        prepared = prepare(scan, samples=preset.samples, rng=rng)
        if settings.init != "auto" or preset.start != "orientation" or not prepared.doubtful:
            return prepared, None
    try:
        guessed = guess(scan, weights=settings.weights, device=settings.device, seed=settings.seed)
    except SurfaceVanished:
        if settings.init == "learned":
            raise
        return prepared, None
    return prepare(scan.take(guessed.believed), samples=preset.samples, rng=rng), guessed


def starting_points(
    scan: PreparedScan, *, init: Init, otherwise: Start, count: int, device: torch.device, rng: np.random.Generator
) -> StartingPoints:
    """Oriented points to start from: so many, or as many as the scan has samples.

    Args:
        scan: what to start on.
        init: as in ``Settings``; 'auto' takes what holds of the scan's normals.
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
    solved = cache(partial(with_solved_normals, points, sampling=scan.sampling, device=device))  # once, if at all
    if init in ("auto", "normals") and scan.cloud.normals is not None:
        may_solve = init == "auto" and otherwise == "orientation"
        judged = judge_normals(
            points,
            _normals_at(points, scan),
            sampling=scan.sampling,
            solved=(lambda: solved().normals) if may_solve else None,
        )
        if judged.holds or init == "normals":
            facing = common_direction(judged.normals)
            return StartingPoints(PointCloud(points, judged.normals), (_said_of_used(judged),), facing)
        notices = (f"the scan's normals were replaced: {judged.why}",)
    if init == "sphere" or (init == "auto" and otherwise == "sphere"):
        return StartingPoints(sphere(count, radius=_SPHERE_RADIUS, center=np.full(3, 0.5), rng=rng), notices)
    return solved()._replace(notices=(*notices, *solved().notices))


def _said_of_used(judged: Judgement) -> str:
    if not judged.holds:
        return f"the scan's normals were used as asked, though {judged.why}"
    return ", ".join(filter(None, ("the scan's normals were used", judged.why)))


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
    areas = local_areas(solved)
    found = orient(
        *(torch.tensor(array, dtype=torch.float32, device=device) for array in (solved, areas)), sampling=sampling
    )
    normals = found.normals.cpu().numpy()
    notices: tuple[str, ...] = ()
    sheet = as_sheet(solved, areas, normals)
    if sheet is not None:
        normals = sheet.normals * (areas / np.median(areas))[:, None]
        notices = (f"the scan is an open sheet: the side towards {sheet.side} was taken as its outside",)
    elif found.uncertain > _UNSETTLED:
        notices = (
            f"{found.uncertain:.0%} of the normals could not be settled: the scan may be open, too sparse or too noisy",
        )
    _, nearest = KDTree(solved).query(points, k=1)
    if sheet is not None:
        facing, settled = sheet.facing, True
    else:
        facing, settled = None, found.uncertain <= _UNSETTLED
    return StartingPoints(PointCloud(points, normals[nearest.astype(np.int64)]), notices, facing, settled)

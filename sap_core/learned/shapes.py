"""Shapes made by chance, to train on: eight families of solids, each varied in size, thickness and topology."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from sap_core.frame import HALF_EXTENT, UnitFrame
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.learned.sdf import (
    Sdf,
    ball,
    box,
    cylinder,
    difference,
    gyroid,
    intersection,
    limb,
    revolution,
    rounded,
    smooth_union,
    torus,
    tube,
    turned,
    union,
)
from sap_core.mesh.sampling import sample_surface
from sap_core.solver.isosurface import marching_cubes

_RESOLUTION = 80  # nodes along each axis of the box in which a solid is made
_HALF_BOX, _LARGEST = 1.3, 1.2  # half edges of that box, and of the one to which a solid is cut
_SLOPE_STEP = 1e-3
_TWO_PIECES = 0.15  # of the shapes, about
_UPRIGHT = 0.3
_SMALLEST = 0.75  # of the unit frame's box: noise and outliers widen the box of a scan, which then is seen smaller

Family = Callable[[np.random.Generator], Sdf]


def blob(rng: np.random.Generator) -> Sdf:
    """Balls that run into one another."""
    count = rng.integers(2, 8)
    balls = [ball(rng.uniform(0.15, 0.55), center=rng.uniform(-0.6, 0.6, 3)) for _ in range(count)]
    return smooth_union(*balls, blend=rng.uniform(0.1, 0.6))


def tree(rng: np.random.Generator) -> Sdf:
    """A trunk with limbs that grow thinner outwards, from any place of those before."""
    ends = [rng.uniform(-0.3, 0.3, 3)]
    radii = [rng.uniform(0.12, 0.4)]
    limbs = []
    for _ in range(rng.integers(3, 10)):
        parent = rng.integers(len(ends))
        end = np.clip(ends[parent] + _direction(rng) * rng.uniform(0.3, 0.8), -0.9, 0.9)
        radius = max(0.04, radii[parent] * rng.uniform(0.4, 0.95))
        limbs.append(limb(ends[parent], end + 1e-3, min(radii[parent], 0.3), radius))
        ends.append(end)
        radii.append(radius)
    return smooth_union(*limbs, blend=rng.uniform(0.03, 0.15))


def carved(rng: np.random.Generator) -> Sdf:
    """A block, rod or ball out of which others are cut: sharp edges, holes and pockets."""
    block = _primitive(rng, rng.uniform(0.55, 0.9, 3), center=(0, 0, 0))
    cuts = [
        _primitive(rng, rng.uniform(0.1, 0.45, 3) * [1, 1, rng.choice([1, 4])], center=rng.uniform(-0.8, 0.8, 3))
        for _ in range(rng.integers(1, 5))
    ]
    return difference(block, *cuts)


def stacked(rng: np.random.Generator) -> Sdf:
    """Boxes, rods and balls, some thin, that stand within one another."""
    parts = []
    for _ in range(rng.integers(2, 8)):
        size = rng.uniform(0.08, 0.6, 3)
        size[rng.integers(3)] *= rng.choice([1.0, 0.3])
        parts.append(_primitive(rng, np.maximum(size, 0.035), center=rng.uniform(-0.5, 0.5, 3)))
    return union(*parts) if rng.random() < 0.6 else smooth_union(*parts, blend=rng.uniform(0.03, 0.2))


def vessel(rng: np.random.Generator) -> Sdf:
    """Something made on a lathe: solid, or hollow and open at the top; some with a handle."""
    height = rng.uniform(0.5, 0.95)
    angles = np.linspace(0, 1, 40)
    waves = sum(rng.normal(0, 0.25 / k) * np.sin(np.pi * k * angles + rng.uniform(0, 2 * np.pi)) for k in range(1, 5))
    profile = np.clip(0.45 + waves, 0.1, 0.9)
    solid = revolution(profile, height)
    if rng.random() < 0.5:
        wall = rng.uniform(0.05, 0.12)
        inside = revolution(np.maximum(profile - wall, 0.0), height)
        solid = difference(solid, intersection(inside, box((2, 2, height), center=(0, 0, 2 * wall))))
    if rng.random() < 0.4:
        quarter = Rotation.from_euler("x", 90, degrees=True).as_matrix()
        place = np.array([profile[20], 0, 0])
        solid = union(solid, turned(torus(rng.uniform(0.2, 0.35), rng.uniform(0.04, 0.08)), quarter, center=place))
    return solid


def loop(rng: np.random.Generator) -> Sdf:
    """One to three closed tubes along curves that wind through space."""
    tubes = []
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    for _ in range(rng.integers(1, 4)):
        curve = rng.uniform(-0.25, 0.25, 3) + sum(
            rng.normal(0, 0.45 / k, 3) * np.sin(k * t + rng.uniform(0, 2 * np.pi))[:, None]
            + rng.normal(0, 0.45 / k, 3) * np.cos(k * t)[:, None]
            for k in range(1, 4)
        )
        curve *= min(1.0, 0.9 / np.abs(curve).max())
        tubes.append(tube(curve, rng.uniform(0.05, 0.15)))
    return union(*tubes)


def porous(rng: np.random.Generator) -> Sdf:
    """A maze of sheets within a ball, box or rod."""
    sheet = turned(gyroid(rng.uniform(0.5, 1.3), rng.uniform(0.04, 0.1)), _rotation(rng))
    return intersection(_primitive(rng, rng.uniform(0.6, 0.95, 3), center=(0, 0, 0)), sheet)


def bent_sheet(rng: np.random.Generator) -> Sdf:
    """A thin wavy plate, perhaps with holes."""
    depth, waves = rng.uniform(0, 0.3), rng.uniform(0.5, 3.0, 2)
    shift = rng.uniform(0, 2 * np.pi, 2)
    thickness = rng.uniform(0.04, 0.09)

    def sheet(p: FloatArray) -> FloatArray:
        height = depth * np.sin(waves[0] * p[..., 0] + shift[0]) * np.cos(waves[1] * p[..., 1] + shift[1])
        return np.abs(p[..., 2] - height) - thickness

    outline = _primitive(rng, np.array([*rng.uniform(0.5, 0.95, 2), 2.0]), center=(0, 0, 0))
    holes = [
        cylinder(2, rng.uniform(0.08, 0.25), 2, center=(*rng.uniform(-0.7, 0.7, 2), 0))
        for _ in range(rng.integers(0, 4))
    ]
    return difference(intersection(sheet, outline), *holes)


FAMILIES: tuple[Family, ...] = (blob, tree, carved, stacked, vessel, loop, porous, bent_sheet)


def make_shape(rng: np.random.Generator, count: int) -> tuple[str, PointCloud]:
    """A shape of a family drawn at random.

    Args:
        rng: decides everything.
        count: of the points spread over its surface.

    Returns:
        The family, and points with outward unit normals in the unit frame.
    """
    while True:
        family = FAMILIES[rng.integers(len(FAMILIES))]
        solid = family(rng)
        if rng.random() < _TWO_PIECES:
            other = FAMILIES[rng.integers(len(FAMILIES))](rng)
            side = 0.7 * _direction(rng)
            solid = union(_halved(solid, side), _halved(other, -side))
        cloud = _surface_of(solid, count, rng)
        if cloud is not None and cloud.normals is not None:
            break
    turn = np.eye(3) if rng.random() < _UPRIGHT else _rotation(rng)
    points = cloud.points @ turn.T
    frame = UnitFrame.around(points)
    points = (frame.to_unit(points) - 0.5) * rng.uniform(_SMALLEST, 1.0)
    slack = HALF_EXTENT - np.abs(points).max(0)
    return family.__name__, PointCloud(points + 0.5 + rng.uniform(-slack, slack), cloud.normals @ turn.T)


def _surface_of(solid: Sdf, count: int, rng: np.random.Generator) -> PointCloud | None:
    """Points on the zero level, and the slope of the distance there; None where there is no surface."""
    solid = intersection(solid, box(np.full(3, _LARGEST)))  # or what reaches out of the grid would be open
    axis = np.linspace(-_HALF_BOX, _HALF_BOX, _RESOLUTION)
    values = np.asarray(solid(np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)), np.float32)
    if not values.min() < -1e-3 < values.max():
        return None
    vertices, faces, _ = marching_cubes(torch.from_numpy(values))
    mesh = Mesh((2 * vertices.numpy().astype(float) * _RESOLUTION / (_RESOLUTION - 1) - 1) * _HALF_BOX, faces.numpy())
    points = sample_surface(mesh, count, rng=rng).points
    for _ in range(2):  # from the mesh, which bevels edges, to the surface
        slopes = _slope(solid, points)
        points = points - solid(points)[:, None] * slopes / np.maximum((slopes**2).sum(1, keepdims=True), 0.1)
    return PointCloud(points, slopes / np.maximum(np.linalg.norm(slopes, axis=1, keepdims=True), 1e-12))


def _slope(solid: Sdf, points: FloatArray) -> FloatArray:
    steps = _SLOPE_STEP * np.eye(3)
    return np.stack([solid(points + step) - solid(points - step) for step in steps], 1) / (2 * _SLOPE_STEP)


def _primitive(rng: np.random.Generator, size: FloatArray, *, center: object) -> Sdf:
    """A box, rod or ball of about this half size (3,), perhaps turned, perhaps with round edges."""
    place = np.asarray(center, float)
    match rng.integers(3):
        case 0:
            rounding = rng.choice([0.0, 0.2]) * size.min()
            solid = rounded(box(size - rounding), rounding)
        case 1:
            solid = cylinder(int(rng.integers(3)), min(size[:2]), size[2])
        case _:
            solid = ball(size.mean())
    return turned(solid, _rotation(rng) if rng.random() < 0.3 else np.eye(3), center=place)


def _halved(solid: Sdf, place: FloatArray) -> Sdf:
    return lambda p: 0.5 * solid((p - place) / 0.5)


def _rotation(rng: np.random.Generator) -> FloatArray:
    return Rotation.random(random_state=rng).as_matrix()


def _direction(rng: np.random.Generator) -> FloatArray:
    direction = rng.normal(size=3)
    return direction / np.linalg.norm(direction)

"""Reference models made for the benchmarks, each difficult in a way of its own.

All are closed, fit a box of edge 2 or little more, and are then turned, so that no face is parallel to the solver's
grid; a share of the longest edge means that of the box after the turn.
"""

from collections.abc import Callable

import numpy as np
from scipy.spatial.transform import Rotation

from benchmarks.polygonise import polygonise
from sap_core.geometry import Mesh
from sap_core.learned.sdf import (
    Sdf,
    ball,
    box,
    cylinder,
    difference,
    lattice,
    limb,
    smooth_union,
    tube,
    union,
)

RESOLUTION = 200  # cells along the longest edge
TURN = Rotation.from_euler("xyz", [20, 35, 50], degrees=True).as_matrix()


def scaffold(resolution: int = RESOLUTION) -> Mesh:
    """Struts along the edges of 2^3 cubes: genus 28; a strut is 3.4 % of the longest edge thick."""
    return _turned(lattice(2, 0.06), (1.06, 1.06, 1.06), resolution)


def plate(resolution: int = RESOLUTION) -> Mesh:
    """A plate 2 % as thick as long, with six round holes: genus 6."""
    places = [(x, y, 0.0) for x in (-0.62, 0.0, 0.62) for y in (-0.33, 0.33)]
    holes = (cylinder(2, 0.2, 1.0, center=place) for place in places)
    return _turned(difference(box((1, 0.7, 0.02)), *holes), (1, 0.7, 0.02), resolution)


def coil(resolution: int = RESOLUTION) -> Mesh:
    """A tube along a torus knot that winds twice around the hole and five times through it: genus 1."""
    t = np.linspace(0, 2 * np.pi, 4_000, endpoint=False)
    from_axis = 0.65 + 0.27 * np.cos(5 * t)
    curve = np.stack([from_axis * np.cos(2 * t), from_axis * np.sin(2 * t), 0.27 * np.sin(5 * t)], 1)
    return _turned(tube(curve, 0.08), (1, 1, 0.35), resolution)


def nested(resolution: int = RESOLUTION) -> Mesh:
    """A ball of radius 0.45 in a hollow shell of radii 0.9 and 1: three surfaces."""
    return _turned(union(difference(ball(1), ball(0.9)), ball(0.45)), (1, 1, 1), resolution)


def creature(resolution: int = RESOLUTION) -> Mesh:
    """A smooth body with limbs from thick to thin: genus 0."""
    body = limb((-0.45, 0, 0.05), (0.4, 0, 0.1), 0.3, 0.24)
    neck = limb((0.4, 0, 0.15), (0.68, 0, 0.5), 0.16, 0.12)
    head = limb((0.68, 0, 0.55), (0.85, 0, 0.5), 0.16, 0.09)
    legs = [
        limb((x, y, -0.05), (1.1 * x, 1.2 * y, -0.7), thickness, 0.8 * thickness)
        for (x, y), thickness in zip(
            [(-0.5, -0.18), (-0.5, 0.18), (0.38, -0.16), (0.38, 0.16)], (0.12, 0.1, 0.07, 0.05), strict=True
        )
    ]
    ears = [limb((0.66, 0.08 * side, 0.62), (0.58, 0.2 * side, 0.85), 0.05, 0.03) for side in (-1, 1)]
    tail = limb((-0.7, 0, 0.2), (-0.97, 0, 0.55), 0.05, 0.025)
    return _turned(smooth_union(body, neck, head, *legs, *ears, tail, blend=0.12), (1, 0.5, 0.9), resolution)


def bracket(resolution: int = RESOLUTION) -> Mesh:
    """A machine part with sharp edges, four bolt holes and a bore: genus 5."""
    base = box((1, 0.6, 0.08), center=(0, 0, -0.52))
    upright = box((0.1, 0.6, 0.5), center=(-0.6, 0, 0))
    boss = cylinder(0, 0.3, 0.25, center=(-0.6, 0, 0.1))
    rib = box((0.35, 0.06, 0.2), center=(-0.25, 0, -0.34))
    bolts = (cylinder(2, 0.1, 1, center=(x, y, -0.6)) for x in (-0.2, 0.75) for y in (-0.4, 0.4))
    bore = cylinder(0, 0.18, 1, center=(-0.6, 0, 0.1))
    return _turned(difference(union(base, upright, boss, rib), *bolts, bore), (1, 0.6, 0.6), resolution)


def boxes(resolution: int = RESOLUTION) -> Mesh:
    """Two boxes of 0.9 x 1.2 x 0.8 with a gap of 0.04 between them: two components."""
    half = (0.45, 0.6, 0.4)
    return _turned(union(box(half, center=(-0.47, 0, 0)), box(half, center=(0.47, 0, 0))), (0.92, 0.6, 0.4), resolution)


def chair(resolution: int = RESOLUTION) -> Mesh:
    """A chair with thin legs, and a back of two posts and two slats: genus 2."""
    seat = box((0.5, 0.5, 0.03))
    corners = [(x, y) for x in (-0.45, 0.45) for y in (-0.45, 0.45)]
    legs = (cylinder(2, 0.04, 0.45, center=(x, y, -0.45)) for x, y in corners)
    posts = (cylinder(2, 0.04, 0.5, center=(-0.45, y, 0.5)) for y in (-0.45, 0.45))
    slats = (box((0.02, 0.45, 0.07), center=(-0.45, 0, z)) for z in (0.5, 0.85))
    return _turned(union(seat, *legs, *posts, *slats), (0.5, 0.5, 1), resolution)


MODELS: tuple[Callable[..., Mesh], ...] = (scaffold, plate, coil, nested, creature, bracket, boxes, chair)


def _turned(solid: Sdf, half_extent: tuple[float, float, float], resolution: int) -> Mesh:
    mesh = polygonise(solid, half_extent=half_extent, resolution=resolution)
    return Mesh(mesh.vertices @ TURN.T, mesh.faces)

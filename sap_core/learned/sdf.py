"""Solids as signed-distance functions: points (..., 3) -> (...), negative inside. A few primitives and operations.

Operations keep the zero level exact; away from it the values are bounds of the distance (after Inigo Quilez's
catalogue, https://iquilezles.org/articles/distfunctions).
"""

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from sap_core.geometry import FloatArray

Sdf = Callable[[FloatArray], FloatArray]


def ball(radius: float, *, center: ArrayLike = (0, 0, 0)) -> Sdf:
    """A ball."""
    return lambda p: np.linalg.norm(p - np.asarray(center), axis=-1) - radius


def box(half_extent: ArrayLike, *, center: ArrayLike = (0, 0, 0)) -> Sdf:
    """A box with faces along the axes."""

    def distance(p: FloatArray) -> FloatArray:
        beyond = np.abs(p - np.asarray(center)) - np.asarray(half_extent)
        return np.linalg.norm(np.maximum(beyond, 0), axis=-1) + np.minimum(beyond.max(-1), 0)

    return distance


def torus(radius: float, thickness: float, *, center: ArrayLike = (0, 0, 0)) -> Sdf:
    """A ring around the z axis: what is within ``thickness`` of a circle."""

    def distance(p: FloatArray) -> FloatArray:
        offset = p - np.asarray(center)
        return np.hypot(np.hypot(offset[..., 0], offset[..., 1]) - radius, offset[..., 2]) - thickness

    return distance


def cylinder(axis: int, radius: float, half_length: float, *, center: ArrayLike = (0, 0, 0)) -> Sdf:
    """A cylinder along a coordinate axis (0, 1 or 2)."""

    def distance(p: FloatArray) -> FloatArray:
        offset = p - np.asarray(center)
        beyond_side = np.linalg.norm(np.delete(offset, axis, axis=-1), axis=-1) - radius
        beyond_cap = np.abs(offset[..., axis]) - half_length
        outside = np.hypot(np.maximum(beyond_side, 0), np.maximum(beyond_cap, 0))
        return outside + np.minimum(np.maximum(beyond_side, beyond_cap), 0)

    return distance


def limb(start: ArrayLike, end: ArrayLike, start_radius: float, end_radius: float) -> Sdf:
    """A segment with round ends whose radius changes linearly along it."""
    origin = np.asarray(start, float)
    along = np.asarray(end, float) - origin

    def distance(p: FloatArray) -> FloatArray:
        share = np.clip((p - origin) @ along / (along @ along), 0, 1)
        radius = start_radius + share * (end_radius - start_radius)
        return np.linalg.norm(p - origin - share[..., None] * along, axis=-1) - radius

    return distance


def tube(curve: FloatArray, radius: float) -> Sdf:
    """All that is within the radius of a curve given by many points (K, 3); values are capped at the radius."""
    tree = cKDTree(curve)

    def distance(p: FloatArray) -> FloatArray:
        to_curve, _ = tree.query(p, distance_upper_bound=2 * radius, workers=-1)
        return np.minimum(to_curve, 2 * radius) - radius

    return distance


def lattice(cells: int, radius: float) -> Sdf:
    """Round struts along the edges of cells^3 cubes that fill [-1, 1]^3."""
    spacing = 2 / cells

    def distance(p: FloatArray) -> FloatArray:
        line = np.clip(np.round((p + 1) / spacing), 0, cells) * spacing - 1
        across = (p - line) ** 2
        beyond = np.maximum(np.abs(p) - 1, 0) ** 2
        squared = across.sum(-1, keepdims=True) - across + beyond  # for struts along x, y and z
        return np.sqrt(squared.min(-1)) - radius

    return distance


def revolution(profile: FloatArray, half_height: float) -> Sdf:
    """A vessel around the z axis whose radii (K,) are at heights spread evenly from bottom to top; near the surface."""
    heights = np.linspace(-half_height, half_height, len(profile))

    def distance(p: FloatArray) -> FloatArray:
        side = np.hypot(p[..., 0], p[..., 1]) - np.interp(p[..., 2], heights, profile)
        return np.maximum(side, np.abs(p[..., 2]) - half_height)

    return distance


def gyroid(periods: float, thickness: float) -> Sdf:
    """A sheet that divides space into two mazes, ``periods`` to a length of 2; near the surface."""
    frequency = np.pi * periods

    def distance(p: FloatArray) -> FloatArray:
        sine, cosine = np.sin(frequency * p), np.cos(frequency * p)
        value = (sine * np.roll(cosine, -1, -1)).sum(-1)
        return np.abs(value) / (1.5 * frequency) - thickness

    return distance


def rounded(solid: Sdf, radius: float) -> Sdf:
    """A solid grown by the radius, which rounds its edges."""
    return lambda p: solid(p) - radius


def intersection(*solids: Sdf) -> Sdf:
    """What is in all of the solids."""
    return lambda p: reduce(np.maximum, (solid(p) for solid in solids))


def turned(solid: Sdf, rotation: FloatArray, *, center: ArrayLike = (0, 0, 0)) -> Sdf:
    """A solid turned by a matrix (3, 3) around the origin, and moved to the center."""
    return lambda p: solid((p - np.asarray(center)) @ rotation)


def union(*solids: Sdf) -> Sdf:
    """What is in any of the solids."""
    return lambda p: reduce(np.minimum, (solid(p) for solid in solids))


def difference(solid: Sdf, *holes: Sdf) -> Sdf:
    """What is in the first solid and in none of the others."""
    return lambda p: reduce(np.maximum, (-hole(p) for hole in holes), solid(p))


def smooth_union(*solids: Sdf, blend: float) -> Sdf:
    """A union whose seams are filled over about the length ``blend`` (polynomial smooth minimum)."""

    def smooth_minimum(a: FloatArray, b: FloatArray) -> FloatArray:
        overlap = np.maximum(blend - np.abs(a - b), 0) / blend
        return np.minimum(a, b) - overlap**2 * blend / 4

    return lambda p: reduce(smooth_minimum, (solid(p) for solid in solids))

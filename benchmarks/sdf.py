"""Solids as signed-distance functions: points (..., 3) -> (...), negative inside. A few primitives and operations.

Operations keep the zero level exact; away from it the values are bounds of the distance (after Inigo Quilez's
catalogue, https://iquilezles.org/articles/distfunctions).
"""

from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from skimage import measure

from sap_core.geometry import FloatArray, Mesh

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


def polygonise(solid: Sdf, *, half_extent: ArrayLike, resolution: int) -> Mesh:
    """The zero level as a closed mesh.

    Args:
        solid: must lie within the box.
        half_extent: (3,) of a box around the origin.
        resolution: cells along the longest edge of the box; sharp edges are bevelled by less than a cell.
    """
    half = np.asarray(half_extent, float)
    cell = 2 * half.max() / resolution
    # Nodes at odd fractions of a cell, off the faces of boxes: a node on the surface gives triangles without area.
    axes = [np.arange(-h - 2.37 * cell, h + 3 * cell, cell) for h in half]
    values = solid(np.stack(np.meshgrid(*axes, indexing="ij"), -1))
    vertices, faces, _, _ = measure.marching_cubes(values, 0.0)
    return Mesh(vertices * cell + [axis[0] for axis in axes], faces)

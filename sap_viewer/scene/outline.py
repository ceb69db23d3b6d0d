"""A region of space as lines, to be drawn while it is chosen."""

from itertools import product

import numpy as np

from sap_core.crop import Box, Region
from sap_core.geometry import FloatArray, IntArray

_CIRCLE = 64  # edges of each great circle


def outline(region: Region) -> tuple[FloatArray, IntArray]:
    """The edges of a box, or three great circles of a sphere.

    Returns:
        Nodes (N, 3) in the region's frame and edges (E, 2), rows of them.
    """
    if isinstance(region, Box):
        corners = np.array(list(product((0, 1), repeat=3)))
        differences = np.abs(corners[:, None] - corners).sum(-1)
        low, high = np.array(region.low), np.array(region.high)
        return low + corners * (high - low), np.argwhere(np.triu(differences == 1))
    angles = np.arange(_CIRCLE) * (2 * np.pi / _CIRCLE)
    circle = np.column_stack([np.cos(angles), np.sin(angles), np.zeros(_CIRCLE)])
    circles = [np.roll(circle, axis, axis=1) for axis in range(3)]
    start = np.arange(_CIRCLE)
    ring = np.column_stack([start, (start + 1) % _CIRCLE])
    nodes = np.array(region.center) + region.radius * np.concatenate(circles)
    return nodes, np.concatenate([ring + _CIRCLE * number for number in range(3)])

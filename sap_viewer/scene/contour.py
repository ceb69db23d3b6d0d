"""The line along which a plane of values is zero: marching squares."""

import numpy as np
from numpy.typing import NDArray

from sap_core.geometry import FloatArray

# Corners of a cell, in the order of their bits: (0, 0), (1, 0), (1, 1), (0, 1). Edge k leads from corner k to the next.
_CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])

# For each set of corners inside, the edges that segments join; -1 for none. Opposite corners are cut off one by one, as
# marching cubes does on the faces of its cells, so that the line lies on the mesh.
_SEGMENTS = np.full((16, 2, 2), -1)
_SEGMENTS[[1, 2, 4, 8], 0] = _SEGMENTS[[14, 13, 11, 7], 0] = [[3, 0], [0, 1], [1, 2], [2, 3]]
_SEGMENTS[[3, 6, 12, 9], 0] = [[3, 1], [0, 2], [1, 3], [2, 0]]
_SEGMENTS[5] = [[3, 0], [1, 2]]
_SEGMENTS[10] = [[0, 1], [2, 3]]


def zero_segments(values: NDArray[np.float32]) -> FloatArray:
    """Segments of the zero level between the nodes of a grid.

    Args:
        values: (R, S), negative inside; linear along the edges between neighbouring nodes.

    Returns:
        (E, 2, 2): for each segment its two ends, as row and column.
    """
    inside = values < 0
    rows, columns = (max(0, count - 1) for count in values.shape)
    case = np.zeros((rows, columns), np.uint8)
    for bit, (row, column) in enumerate(_CORNERS.tolist()):
        case |= inside[row : row + rows, column : column + columns].astype(np.uint8) << bit
    cells = np.argwhere((case > 0) & (case < 15))
    corners = cells[:, None] + _CORNERS  # (C, 4, 2)
    starts = values[corners[..., 0], corners[..., 1]].astype(np.float64)
    ends = np.roll(starts, -1, axis=1)
    crossed = (starts < 0) != (ends < 0)
    shares = np.divide(starts, starts - ends, out=np.zeros_like(starts), where=crossed)
    crossings = corners + shares[..., None] * (np.roll(_CORNERS, -1, axis=0) - _CORNERS)  # (C, 4, 2)
    joined = _SEGMENTS[case[cells[:, 0], cells[:, 1]]]  # (C, 2, 2)
    segments = np.take_along_axis(crossings[:, None], joined[..., None].clip(0), axis=2)
    return segments[joined[..., 0] >= 0]

"""Planes of the indicator field, for display."""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from sap_core.frame import UnitFrame
from sap_core.geometry import read_only
from sap_viewer.snapshot import FieldSlice


def slice_field(
    plane: Callable[[int, int], Tensor], resolution: int, frame: UnitFrame, *, axis: int, position: float
) -> FieldSlice:
    """The plane across an axis of the indicator field (R, R, R), linear between the two nearest planes of nodes.

    Args:
        plane: of the field, (R, R), for an axis and the index of a node along it.
        resolution: R.
        frame: of the field.
        axis: 0, 1 or 2.
        position: fraction of the cube's edge, 0 to 1; past the last nodes it is their plane.
    """
    coordinate = min(position * resolution, resolution - 1)
    below = min(int(coordinate), resolution - 2)
    lower, upper = plane(axis, below), plane(axis, below + 1)
    values = lower.lerp(upper, coordinate - below)

    # The pixels are centred on the nodes, so the rectangle reaches half a cell past the outer ones.
    start, end = -0.5 / resolution, 1 - 0.5 / resolution
    corners = np.insert(np.array([[start, start], [end, start], [end, end], [start, end]]), axis, position, axis=1)
    return FieldSlice(axis, position, read_only(values.cpu().numpy()), read_only(frame.to_scan(corners)))

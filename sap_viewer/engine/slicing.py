"""Planes of the indicator field, for display."""

import numpy as np

from sap_core.frame import UnitFrame
from sap_core.geometry import read_only
from sap_core.solver.levels import Potential
from sap_viewer.snapshot import FieldSlice

_MOST_SHOWN = 512  # values along an axis; more than a window has pixels


def slice_field(potential: Potential, resolution: int, frame: UnitFrame, *, axis: int, position: float) -> FieldSlice:
    """The plane across an axis of the indicator field (S, S), S at most 512.

    Args:
        potential: of the field.
        resolution: of its finest grid.
        frame: of the field.
        axis: 0, 1 or 2.
        position: fraction of the cube's edge, 0 to 1; past the last nodes it is their plane.
    """
    shown = min(resolution, _MOST_SHOWN)
    values = potential.plane(axis, min(position, 1 - 1 / resolution), shown)

    # The pixels are centred on the nodes, so the rectangle reaches half a cell past the outer ones.
    start, end = -0.5 / shown, 1 - 0.5 / shown
    corners = np.insert(np.array([[start, start], [end, start], [end, end], [start, end]]), axis, position, axis=1)
    return FieldSlice(axis, position, read_only(values.cpu().numpy()), read_only(frame.to_scan(corners)))

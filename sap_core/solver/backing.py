"""The back with which an open sheet is closed: a plane behind it, that takes up the vector area that the sheet lacks.

In the periodic cube the potential of a sheet alone falls from one side to the other through the whole cube, and the
surface closes at half of its edge behind the sheet. Before a plane that looks the other way it falls to what is outside
at once: the surface is that of a low block.
"""

import numpy as np
import torch
from pykdtree.kdtree import KDTree
from torch import Tensor

from sap_core.geometry import FloatArray
from sap_core.solver.lattice import Lattice
from sap_core.solver.spline import SplineStencil

_BEHIND = 0.1  # of the cube's edge, from the hindmost point of the sheet
_PAST_THE_RIM = 0.1  # likewise: the surface then leaves the rim to the side, and not straight backwards
_STEP = 0.01  # likewise, between points of the plane
_WALL = 0.008  # likewise, that is left to the sides of the cube
_NEIGHBOURS = 4
_GAP = 1.33  # times the distance of these neighbours, by which the points of a sheet are apart at most


class Backing:
    """What closes a sheet.

    Args:
        samples: (N, 3) of the sheet, in the unit cube.
        facing: (3,) of length 1, across the sheet.
    """

    def __init__(self, samples: FloatArray, facing: FloatArray) -> None:
        basis = np.linalg.svd(facing[None])[2][1:]  # two directions along the sheet
        along, heights = samples @ basis.T, samples @ facing
        low, high = along.min(0) - _PAST_THE_RIM, along.max(0) + _PAST_THE_RIM
        axes = (np.arange(start, end, _STEP) for start, end in zip(low, high, strict=True))
        places = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
        tree = KDTree(along)
        nearest, _ = tree.query(places, k=1)
        apart, _ = tree.query(along, k=min(_NEIGHBOURS + 1, len(along)))
        covered = nearest <= max(_GAP * np.median(apart[:, -1]), _STEP)
        self._normal = torch.tensor(facing / max(covered.sum(), 1), dtype=torch.float32)
        floor = places[nearest <= _PAST_THE_RIM] @ basis
        self._behind, self._before = (
            torch.tensor(_in_the_cube(floor + height * facing, facing), dtype=torch.float32)
            for height in (heights.min() - _BEHIND, heights.max() + _BEHIND)
        )
        self._facing = torch.tensor(facing, dtype=torch.float32)

    def splat(self, normals: Tensor, lattice: Lattice, *, out: Tensor) -> None:
        """Add the divergence of the back's normals to a source, on the side that the sheet does not look to.

        Args:
            normals: (N, 3) of the sheet; as much area as they have, so much has the part of the back behind them.
            lattice: of the source.
            out: the source.
        """
        area = normals.sum(0) @ self._facing.to(normals)
        back = (self._behind if area > 0 else self._before).to(normals)
        turned = (-area * self._normal.to(normals)).expand_as(back)
        SplineStencil.at(back, lattice).splat_divergence(turned.contiguous(), out=out)


def _in_the_cube(points: FloatArray, facing: FloatArray) -> FloatArray:
    """Points (N, 3) moved across the sheet until they are in the cube, without those that miss it."""
    axis = int(np.abs(facing).argmax())
    over = points[:, axis].clip(_WALL, 1 - _WALL) - points[:, axis]
    moved = points + (over / facing[axis])[:, None] * facing
    return moved[((moved > 0) & (moved < 1)).all(1)]

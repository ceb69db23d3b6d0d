"""What a run descends: how far a surface and the samples of a scan are apart."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sap_core.chamfer import nearest_pairs, squared_distances
from sap_core.geometry import FloatArray
from sap_core.mesh.trim import automatic_distance
from sap_core.neighbours import NearestNeighbours
from sap_core.plane_distance import squared_plane_distances
from sap_core.solver.surface import Surface

_TO_CENTRED = 2.0**2  # of squares: the published loss is measured in [-1, 1]^3


class Nearest(NamedTuple):
    """Of each vertex of a surface: the row of the nearest sample, and how far it is, unit frame."""

    rows: Tensor  # (V,) int64
    distances: Tensor  # (V,)


class ScanLoss:
    """The mean squared distance from the vertices of a surface to the samples plus that from these to the vertices.

    It is measured across the surface (``plane_distance``); in the published form it is the squared Chamfer distance.

    Args:
        samples: (M, 3) unit frame.
        as_published: whether it has the published form.
        follows_scan: whether vertices beyond ``invented_beyond`` count as if they lay on the scan. Where a surface
            closes over what was not scanned, the loss would only crumple it towards the rim.
        device: where to compute.

    Attributes:
        invented_beyond: distance from the samples, unit frame, at which a surface is no longer a gap between them.
    """

    def __init__(self, samples: FloatArray, *, as_published: bool, follows_scan: bool, device: torch.device) -> None:
        self._samples = torch.tensor(samples, dtype=torch.float32, device=device)
        self._neighbours = NearestNeighbours(self._samples)
        self._as_published = as_published
        self.invented_beyond = automatic_distance(samples)
        self._reach = self.invented_beyond if follows_scan else math.inf

    def __call__(self, surface: Surface) -> tuple[Tensor, Nearest]:
        """The loss of a surface, in coordinates where the unit cube is [-1, 1]^3, and what its vertices lie next to."""
        pairs = nearest_pairs(surface.vertices, self._samples, b_neighbours=self._neighbours)
        distances = pairs.from_b_to_a.detach().norm(dim=1)
        if self._as_published:
            squared = squared_distances(pairs)
        else:
            squared = squared_plane_distances(pairs, surface.normals, near=self.invented_beyond)
        from_surface = (squared.from_a * (distances <= self._reach)).mean()
        return _TO_CENTRED * (from_surface + squared.from_b.mean()), Nearest(pairs.in_b, distances)

    def nearest(self, vertices: Tensor) -> Nearest:
        """What vertices (V, 3), unit frame, lie next to."""
        rows = self._neighbours(vertices)
        return Nearest(rows, (vertices - self._samples.index_select(0, rows)).norm(dim=1))

    @staticmethod
    def of_samples(squared: Tensor) -> Tensor:
        """The loss where the samples' mean squared distance from a surface, unit frame, holds for its vertices too."""
        return _TO_CENTRED * 2 * squared

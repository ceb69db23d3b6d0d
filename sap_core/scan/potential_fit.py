"""How well normals explain the points: on the surface that they make, its potential has one value everywhere."""

import numpy as np
import torch
from numpy.typing import NDArray

from sap_core.geometry import FloatArray
from sap_core.scan.components import best_signs
from sap_core.scan.orientation import ON_THE_SURFACE, potential_at


class PotentialFit:
    """The potentials that normals of the same points make at these points.

    Args:
        points: (N, 3) in the unit cube.
        areas: (N,) of the surface around each of them, as ``local_areas``; a normal has the area as its length.
    """

    def __init__(self, points: FloatArray, areas: FloatArray) -> None:
        self._points = torch.tensor(points, dtype=torch.float32)
        self._areas = areas

    def explained(self, directions: FloatArray) -> float:
        """How nearly the potential of unit normals (N, 3) is one value at all points, and which.

        Its mean over its root mean square: 1 or nearly so where the surface is closed and the normals point outward, -1
        where they point inward, and near 0 where their sides contradict each other or the surface is no closed one.
        """
        potential = self.of(directions)
        return float(-(self._areas @ potential) / np.sqrt(self._areas.sum() * (self._areas @ potential**2)))

    def of(self, directions: FloatArray) -> FloatArray:
        """The potential of unit normals (N, 3), or of several (P, N, 3): about -1/2 if they bound a volume.

        Returns:
            (N,) or (P, N).
        """
        normals = torch.tensor(self._areas[:, None] * directions, dtype=torch.float32)
        return potential_at(self._points, normals).numpy().astype(np.float64)

    def best_sides(self, directions: FloatArray, patches: NDArray[np.int64]) -> FloatArray:
        """The sign of each unit normal (N, 3), one for each patch (N,), with which they explain the points best.

        They begin as the normals are, or all turned, whichever is the nearer to outward.
        """
        parts = self.of(directions * (patches == np.arange(patches.max() + 1)[:, None])[..., None])
        first = -np.sign(self._areas @ parts.sum(0)) or 1.0
        weights = np.sqrt(self._areas / self._areas.mean())
        weighted = torch.from_numpy(first * weights * parts)
        signs = best_signs(weighted, torch.from_numpy(ON_THE_SURFACE * weights))
        return first * signs.numpy()[patches]

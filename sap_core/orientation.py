"""Normals for a cloud that has none, solved for directly.

Two published ideas are joined: the indicator must take one and the same value on all samples (parametric Gauss
reconstruction, Lin et al. 2022), and normals are parallel to its gradient (winding-number normal consistency,
Lin et al., SIGGRAPH 2024). The FFT solver stands in for their sums over all pairs of points.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from sap_core.grid import Stencil
from sap_core.poisson import PoissonOperator

_ON_THE_SURFACE = -0.5  # the field where it jumps from -1 inside to 0 outside


@dataclass(frozen=True)
class Stage:
    """Some iterations at one resolution, while the smoothing falls from one sigma to another."""

    resolution: int
    first_sigma: float
    last_sigma: float
    iterations: int


COARSE_TO_FINE = (Stage(64, 8.0, 3.0, 30), Stage(128, 6.0, 2.0, 15))


def orient(points: Tensor, *, stages: tuple[Stage, ...] = COARSE_TO_FINE) -> Tensor:
    """Outward normals of points, with lengths that weigh the area around each point; their median is 1.

    Each iteration descends ``|A n + 1/2|^2`` along its gradient, where ``A n`` is the Poisson potential at the points
    less its mean on the cube's faces, the outside; then it turns every normal to the potential's gradient.
    Where a scan is open there is no inside, and the result is a compromise.

    Args:
        points: (N, 3) in the unit cube.
        stages: from coarse to fine.

    Returns:
        (N, 3), on the points' device.
    """
    batch = points.detach().unsqueeze(0)
    normals = torch.zeros_like(batch)
    for stage in stages:
        system = _System(batch, stage.resolution)
        for iteration in range(stage.iterations):
            share = iteration / max(stage.iterations - 1, 1)
            system.smooth(stage.first_sigma * (stage.last_sigma / stage.first_sigma) ** share)
            residual = _ON_THE_SURFACE - system.apply(normals)
            descent = system.apply_transposed(residual)
            length = descent.square().sum() / system.apply(descent).square().sum()
            normals = normals + length * descent
            gradient = system.gradient(normals)
            agreement = torch.sign((gradient * normals).sum(-1, keepdim=True))
            normals = agreement * normals.norm(dim=-1, keepdim=True) * torch.nn.functional.normalize(gradient, dim=-1)
    return (normals / normals.norm(dim=-1).median())[0]


class _System:
    """The linear map from normals (1, N, 3) to the potential at their points (1, N)."""

    def __init__(self, points: Tensor, resolution: int) -> None:
        self._points = points
        self._stencil = Stencil.at(points, resolution)
        self._outside = _mean_over_faces(resolution).to(points)

    def smooth(self, sigma: float) -> None:
        self._operator = PoissonOperator.like(self._points, self._stencil.resolution, sigma)

    def apply(self, normals: Tensor) -> Tensor:
        potential = self._potential(normals)
        at_points = self._stencil.gather(potential.unsqueeze(1)).squeeze(-1)
        return at_points - (potential * self._outside).sum()

    def apply_transposed(self, values: Tensor) -> Tensor:
        potential = self._stencil.splat(values.unsqueeze(-1)).squeeze(1) - values.sum() * self._outside
        return self._stencil.gather(self._operator.solve_transposed(potential))

    def gradient(self, normals: Tensor) -> Tensor:
        """Of the potential, at the points (1, N, 3)."""
        corner_values = self._stencil.corner_values(self._potential(normals).unsqueeze(1))
        return self._stencil.position_gradient(corner_values.squeeze(1))

    def _potential(self, normals: Tensor) -> Tensor:
        return self._operator.solve(self._stencil.splat(normals))


def _mean_over_faces(resolution: int) -> Tensor:
    """(R, R, R) weights that average a field over the six faces of the cube."""
    weights = torch.zeros(3 * (resolution,))
    for axis in range(3):
        for end in (0, -1):
            weights.select(axis, end).add_(1 / (6 * resolution**2))
    return weights

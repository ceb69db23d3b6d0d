"""Normals for a cloud that has none, solved for directly.

Two published ideas are joined: the indicator must take one and the same value on all samples (parametric Gauss
reconstruction, Lin et al. 2022), and normals are parallel to its gradient (winding-number normal consistency,
Lin et al., SIGGRAPH 2024). The FFT solver stands in for their sums over all pairs of points.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from sap_core.scan.components import best_signs, point_components
from sap_core.schedule import DENSE_AND_CLEAN, Sampling
from sap_core.solver.lattice import DenseLattice
from sap_core.solver.potential import SmoothInverseLaplacian
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of

ON_THE_SURFACE = -0.5  # the field where it jumps from -1 inside to 0 outside
_LENGTHENED = 5.0  # times the length that the area around a point asks for, or shortened
_TURNED = 0.9  # cosine between a normal and itself one iteration before, below which it is uncertain
_SETTLED = 0.002  # share of uncertain normals
_SETTLED_FOR = 3  # iterations
_RESOLUTION, _SIGMA = 64, 4.0  # at which the potential of given normals is asked for


@dataclass(frozen=True)
class Stage:
    """Iterations at one resolution: the smoothing falls from one sigma to another and stays there until it settles."""

    resolution: int
    first_sigma: float
    last_sigma: float
    falling: int
    at_most: int


COARSE_TO_FINE = (Stage(64, 8.0, 2.0, 30, 30), Stage(128, 4.0, 2.0, 10, 40))


class Orientation(NamedTuple):
    """Normals of a cloud.

    Attributes:
        normals: (N, 3) outward; their lengths weigh the area around each point, with a median of 1.
        uncertain: share of the normals that the last iteration still turned.
    """

    normals: Tensor
    uncertain: float


def orient(
    points: Tensor,
    areas: Tensor | None = None,
    *,
    sampling: Sampling = DENSE_AND_CLEAN,
    stages: tuple[Stage, ...] = COARSE_TO_FINE,
) -> Orientation:
    """Outward normals of points.

    Each iteration descends ``|A n + 1/2|^2`` along its gradient, where ``A n`` is the Poisson potential at the points
    less its mean on the cube's faces, the outside; then it turns every normal to the potential's gradient. A stage ends
    early where hardly a normal turns any more. A separate part inside another, a ball in a shell, may have settled
    inside out: at the end of a stage each part is turned as a whole if that lessens ``|A n + 1/2|^2``. Where a scan is
    open there is no inside, and the result is a compromise.

    Args:
        points: (N, 3) in the unit cube.
        areas: (N,) of the surface around each point, in any unit; equal unless given. The normals of sparse parts are
            longer, and take as long to find as those of dense parts only if the descent weighs points by their areas.
        sampling: of the points. The smoothing does not fall below what their noise asks for: each point would be an
            island of its own.
        stages: from coarse to fine.
    """
    weights = torch.ones_like(points[:, 0]) if areas is None else areas / areas.mean()
    normals = torch.zeros_like(points)
    components = torch.from_numpy(point_components(points.cpu().numpy())).to(points.device)
    uncertain = 1.0
    for stage in stages:
        system = _System(points, stage.resolution, weights)
        last = max(stage.last_sigma, sampling.sigma(stage.resolution))
        first = max(stage.first_sigma, last)
        settled = 0
        for iteration in range(stage.at_most):
            fallen = min(iteration / max(stage.falling - 1, 1), 1.0)
            system.smooth(first * (last / first) ** fallen)
            before, normals = normals, system.improve(normals)
            uncertain = (cosine_similarity(before, normals, dim=-1) < _TURNED).float().mean().item()
            settled = settled + 1 if uncertain < _SETTLED else 0
            if settled == _SETTLED_FOR:
                break
        normals = system.turn_components(normals, components)
    return Orientation(normals / normals.norm(dim=-1).median(), uncertain)


def potential_at(points: Tensor, normals: Tensor) -> Tensor:
    """The potential of oriented points at these points, less that outside: negative where normals point outward.

    Across a closed surface it falls by 1 if the length of a normal is the area around its point.

    Args:
        points: (N, 3) in the unit cube.
        normals: (N, 3), or several of them (P, N, 3).

    Returns:
        (N,) or (P, N).
    """
    system = _System(points, _RESOLUTION, torch.ones_like(points[:, 0]))
    system.smooth(_SIGMA)
    nodes = _RESOLUTION**3  # each has a share of the volume, which what is splatted to it is spread over
    potentials = [nodes * system.apply(each)[0] for each in normals.reshape(-1, *points.shape)]
    return torch.stack(potentials).reshape(normals.shape[:-1])


class _System:
    """The linear map ``A`` from normals (N, 3) to the potential at their points (N,)."""

    def __init__(self, points: Tensor, resolution: int, weights: Tensor) -> None:
        self._weights = weights
        self._stencil = SplineStencil.at(points, DenseLattice(resolution))
        self._inverse_laplacian = SmoothInverseLaplacian(resolution, 0.0, like=points)
        self._source = points.new_empty(3 * (resolution,))

    def smooth(self, sigma: float) -> None:
        self._inverse_laplacian.smooth(sigma)

    def improve(self, normals: Tensor) -> Tensor:
        """One step of steepest descent, then one turn to the gradient of the potential."""
        values, gradients = self.apply(normals)
        residual = ON_THE_SURFACE - values
        descent = self._weights.unsqueeze(-1) * self.apply_transposed(self._weights * residual)
        descent_values, descent_gradients = self.apply(descent)
        weighted = self._weights * descent_values
        length = (weighted * residual).sum() / (weighted * descent_values).sum()
        normals = normals + length * descent
        gradients = gradients + length * descent_gradients
        signs = torch.sign((gradients * normals).sum(-1, keepdim=True))
        lengths = self._bounded(normals.norm(dim=-1)).unsqueeze(-1)
        return signs * lengths * normalize(gradients, dim=-1)

    def turn_components(self, normals: Tensor, components: Tensor) -> Tensor:
        """Normals with the signs that suit each component (N,) best; ``A`` is linear, so the parts just add up."""
        count = int(components.max()) + 1
        if count == 1:
            return normals
        parts = (normals * (components == part).unsqueeze(-1) for part in range(count))
        weighted = self._weights * torch.stack([self.apply(part)[0] for part in parts])
        return normals * best_signs(weighted, self._weights * ON_THE_SURFACE)[components].unsqueeze(-1)

    def _bounded(self, lengths: Tensor) -> Tensor:
        """Lengths (N,) of normals, held near those in proportion to the areas: free ones come to fit the noise."""
        relative = lengths / self._weights
        usual = relative.median()
        return self._weights * relative.clamp(usual / _LENGTHENED, usual * _LENGTHENED)

    def apply(self, normals: Tensor) -> tuple[Tensor, Tensor]:
        """The potential at the points (N,), less its mean outside, and its gradient there (N, 3)."""
        self._stencil.splat_divergence(normals, out=self._source.zero_())
        potential = self._inverse_laplacian(self._source)
        found = self._stencil.derivatives(potential, up_to=1)
        outside = torch.stack([face.mean() for face in _faces(potential)]).mean()
        return found[VALUE] - outside, gradient_of(found)

    def apply_transposed(self, values: Tensor) -> Tensor:
        """(N,) -> (N, 3)."""
        source = self._source.zero_()
        self._stencil.splat({VALUE: values}, out=source)
        for face in _faces(source):
            face -= values.sum() / (6 * face.numel())
        return -gradient_of(self._stencil.derivatives(self._inverse_laplacian(source), up_to=1))


def _faces(grid: Tensor) -> list[Tensor]:
    """Views (R, R) of the six faces of the cube."""
    return [grid.select(axis, end) for axis in range(3) for end in (0, -1)]

"""The differentiable Poisson layer: oriented points -> indicator field (Peng et al. 2021, section 3.1)."""

import math
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sap_core.solver.grid import Stencil

_AXES = (-3, -2, -1)


class PoissonSolver:
    """Solves ``laplace(chi) = div(V)`` for the splatted normals ``V``, by FFT on the periodic unit cube.

    The solution is smoothed by the spectral filter ``exp(-0.5 (2 sigma |f| / R)^2)``, a Gaussian of ``sigma / pi``
    grid cells, shifted so that its mean over the points is 0, and scaled so that its corner node is +-0.5:
    +0.5 for outward normals, which makes the field negative inside.

    Raises:
        ValueError: the resolution is not an even number of at least 4, or sigma is negative.
    """

    def __init__(self, resolution: int, sigma: float) -> None:
        if resolution < 4 or resolution % 2:
            raise ValueError(f"resolution must be an even number of at least 4, got {resolution}")
        if sigma < 0:
            raise ValueError(f"sigma must not be negative, got {sigma}")
        self.resolution = resolution
        self.sigma = sigma
        self._operator: PoissonOperator | None = None

    def __call__(self, points: Tensor, normals: Tensor) -> Tensor:
        """The indicator field of oriented points.

        Args:
            points: (N, 3) or (B, N, 3) in the unit cube [0, 1)^3.
            normals: as points; outward, their length is an area weight.

        Returns:
            (R, R, R) or (B, R, R, R), indexed x, y, z. Differentiable in both arguments, except where a point
            lies on a grid plane.

        Raises:
            ValueError: the shapes differ or are not as stated.
        """
        if points.shape != normals.shape or points.ndim not in (2, 3) or points.shape[-1] != 3:
            raise ValueError(
                "points and normals must both have shape (N, 3) or (B, N, 3), "
                f"got {tuple(points.shape)} and {tuple(normals.shape)}"
            )
        batched = points.ndim == 3
        field: Tensor = _PoissonFunction.apply(
            points if batched else points.unsqueeze(0),
            normals if batched else normals.unsqueeze(0),
            self._operator_like(points),
        )
        return field if batched else field.squeeze(0)

    def _operator_like(self, points: Tensor) -> "PoissonOperator":
        kept = self._operator
        if kept is None or kept.kernel.device != points.device or kept.kernel.dtype != points.dtype:
            self._operator = kept = PoissonOperator.like(points, self.resolution, self.sigma)
        return kept


class PoissonOperator(NamedTuple):
    """From a vector field to its potential, before any shift or scale; linear, and so cheap to transpose.

    On the half spectrum it is ``chi^ = kernel * sum_c slope_c V_c^`` with ``slope_c = 2 pi i f_c``. The components of a
    vector field come and go one at a time, so that memory for only one of them is needed.
    """

    resolution: int
    slopes: tuple[Tensor, Tensor, Tensor]  # complex, each broadcast along the two other axes
    kernel: Tensor  # (R, R, R // 2 + 1) real

    @classmethod
    def like(cls, points: Tensor, resolution: int, sigma: float) -> "PoissonOperator":
        """The operator on the device and in the precision of the points."""
        full = torch.fft.fftfreq(resolution, 1 / resolution, device=points.device, dtype=points.dtype)
        half = torch.fft.rfftfreq(resolution, 1 / resolution, device=points.device, dtype=points.dtype)
        frequencies = (full[:, None, None], full[None, :, None], half[None, None, :])
        squared = frequencies[0] ** 2 + frequencies[1] ** 2 + frequencies[2] ** 2
        smoothing = torch.exp(-0.5 * (2 * sigma / resolution) ** 2 * squared)
        # The published code adds 1e-6 to the Laplacian; kept for parity.
        kernel = smoothing / (1e-6 - (2 * math.pi) ** 2 * squared)
        kernel[0, 0, 0] = 0
        first, second, third = (2j * math.pi * frequency for frequency in frequencies)
        return cls(resolution, (first, second, third), kernel)

    def solve(self, components: Iterable[Tensor]) -> Tensor:
        """Components of a vector field along x, y, z, each (B, R, R, R) -> (B, R, R, R) potential."""
        transforms = (torch.fft.rfftn(component, dim=_AXES) for component in components)
        terms = (transform.mul_(slope) for transform, slope in zip(transforms, self.slopes, strict=True))
        spectrum = self._smoothed(reduce(Tensor.add_, terms))
        return torch.fft.irfftn(spectrum, s=3 * (self.resolution,), dim=_AXES)

    def solve_transposed(self, potential: Tensor) -> Iterator[Tensor]:
        """(B, R, R, R) -> components: the adjoint of ``solve``, whose symbol is the conjugate."""
        spectrum = self._smoothed(torch.fft.rfftn(potential, dim=_AXES))
        for slope in self.slopes:
            yield torch.fft.irfftn(-slope * spectrum, s=3 * (self.resolution,), dim=_AXES)

    def _smoothed(self, spectrum: Tensor) -> Tensor:
        torch.view_as_real(spectrum).mul_(self.kernel.unsqueeze(-1))  # the kernel is not made complex first
        return spectrum


class _PoissonFunction(torch.autograd.Function):
    """Keeps points, normals and its own output for backward; the stencil is cheaper to make again than to keep."""

    @staticmethod
    def forward(ctx: Any, points: Tensor, normals: Tensor, operator: PoissonOperator) -> Tensor:
        stencil = Stencil.at(points, operator.resolution)
        potential = operator.solve(stencil.splat(normals[..., axis, None]).squeeze(1) for axis in range(3))
        level = stencil.gather(potential.unsqueeze(1)).mean(1).reshape(-1, 1, 1, 1)
        corner = potential[:, :1, :1, :1] - level
        scale = 0.5 / corner.abs()
        field = potential.sub_(level).mul_(scale)
        ctx.save_for_backward(points, normals, field, level, corner, scale)
        ctx.operator = operator
        return field

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        points, normals, field, level, corner, scale = ctx.saved_tensors
        operator: PoissonOperator = ctx.operator
        stencil = Stencil.at(points, operator.resolution)

        # field = scale * (potential - level), scale = 0.5 / |corner|, corner = potential[0] - level
        grad_corner = -(grad * field).sum((1, 2, 3), keepdim=True) / corner
        grad_level = -scale * grad.sum((1, 2, 3), keepdim=True) - grad_corner
        grad_level_at_points = (grad_level / points.shape[1]).reshape(-1, 1, 1)  # level is a mean over the points
        grad_potential = stencil.splat(grad_level_at_points.expand(-1, points.shape[1], 1)).squeeze(1)
        grad_potential += scale * grad
        grad_potential[:, :1, :1, :1] += grad_corner

        components = operator.solve_transposed(grad_potential)
        grad_vectors = torch.cat([stencil.corner_values(each.unsqueeze(1)) for each in components], 1)  # (B, 3, N, 8)
        grad_normals = (grad_vectors * stencil.weight.unsqueeze(1)).sum(-1).transpose(1, 2)

        # Points move the splat of the normals and the places where the level is taken.
        potential_at_corners = stencil.corner_values(field.unsqueeze(1)).squeeze(1) / scale[:, 0] + level[:, 0]
        at_corners = (grad_vectors * normals.transpose(1, 2).unsqueeze(-1)).sum(1)
        at_corners += grad_level_at_points * potential_at_corners
        return stencil.position_gradient(at_corners), grad_normals, None

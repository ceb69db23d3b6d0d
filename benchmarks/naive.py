"""The published optimisation step as one would write it from the paper, kept to measure the product against.

Peng et al. 2021: autograd through the whole step, a spectrum for each component of the vector field, marching cubes by
scikit-image with the backward of Remelli et al. 2020, and search trees by scipy.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.spatial import cKDTree
from skimage import measure
from torch import Tensor


class Level(NamedTuple):
    """One stage of the published schedule."""

    resolution: int
    steps: int
    lr: float


LEVELS = (Level(32, 1000, 2.0e-3), Level(64, 1000, 1.4e-3), Level(128, 1000, 0.98e-3))  # published, up to 128^3
SIGMA = 2.0
POINTS = 20_000
POINTS_GROWTH = 2_000  # at each resampling
RESAMPLE_EVERY = 200
LR_HALVED_EVERY = 700
LR_FLOOR = 1e-3


class NaiveOptimisation:
    """Oriented points in the unit cube that Adam moves until their Poisson surface lies on a scan.

    Args:
        points: (N, 3) in the unit cube.
        normals: (N, 3), outward.
        target: (M, 3), the scan in the unit cube.
        lr: learning rate; may be changed between steps by setting ``lr``.

    Attributes:
        logits: (N, 3) of the points.
        normals: (N, 3).
        vertices, faces: of the surface that the last step measured.
    """

    vertices: Tensor
    faces: np.ndarray

    def __init__(self, points: Tensor, normals: Tensor, target: Tensor, *, resolution: int, lr: float) -> None:
        self.logits = torch.logit(points, eps=1e-4).requires_grad_()
        self.normals = normals.clone().requires_grad_()
        self.lr = lr
        self._target = 2 * target - 1
        self._target_tree = cKDTree(self._target.numpy())
        self._filter = _SpectralFilter.make(resolution, SIGMA)
        self._optimizer = torch.optim.Adam([self.logits, self.normals], lr=lr)

    def step(self) -> float:
        """Take one step.

        Returns:
            The loss before it: squared Chamfer distance in [-1, 1]^3.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self.lr
        self._optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        self._optimizer.step()
        return loss.item()

    def loss(self) -> Tensor:
        """Squared Chamfer distance between the vertices of the present surface and the scan."""
        field = torch.tanh(_indicator(torch.sigmoid(self.logits), self.normals, self._filter))
        self.vertices, self.faces = _surface(field)
        vertices = 2 * self.vertices - 1
        _, to_target = self._target_tree.query(vertices.detach().numpy(), workers=-1)
        _, to_vertex = cKDTree(vertices.detach().numpy()).query(self._target.numpy(), workers=-1)
        there = (vertices - self._target[to_target]).square().sum(1).mean()
        back = (self._target - vertices[to_vertex]).square().sum(1).mean()
        return there + back


def learning_rate(level: Level, step: int) -> float:
    """The published rate at a step of a level: halved now and then, down to a floor."""
    return max(level.lr * 0.5 ** (step // LR_HALVED_EVERY), min(level.lr, LR_FLOOR))


class _SpectralFilter(NamedTuple):
    frequency: Tensor  # (3, R, R, R // 2 + 1) integers
    smoothing: Tensor  # (R, R, R // 2 + 1)

    @classmethod
    def make(cls, resolution: int, sigma: float) -> "_SpectralFilter":
        full = torch.fft.fftfreq(resolution, 1 / resolution)
        half = torch.fft.rfftfreq(resolution, 1 / resolution)
        frequency = torch.stack(torch.meshgrid(full, full, half, indexing="ij"))
        return cls(frequency, torch.exp(-0.5 * (2 * sigma / resolution) ** 2 * frequency.square().sum(0)))


def _indicator(points: Tensor, normals: Tensor, spectral: _SpectralFilter) -> Tensor:
    """(N, 3), (N, 3) -> (R, R, R)."""
    frequency, smoothing = spectral
    resolution = len(smoothing)
    index, weight = _trilinear(points, resolution)
    shares = (weight.unsqueeze(-1) * normals.unsqueeze(1)).reshape(-1, 3).T  # (3, 8 N)
    grid = torch.zeros(3, resolution**3).scatter_add_(1, index.reshape(1, -1).expand(3, -1), shares)
    spectrum = torch.fft.rfftn(grid.reshape(3, resolution, resolution, resolution), dim=(1, 2, 3))
    divergence = (2j * math.pi * frequency * smoothing * spectrum).sum(0)
    laplacian = -((2 * math.pi) ** 2) * frequency.square().sum(0)
    field = torch.fft.irfftn(divergence / (laplacian + 1e-6), s=(resolution,) * 3)
    at_points = (field.flatten()[index] * weight).sum(1)
    field = field - at_points.mean()
    return field / field[0, 0, 0].abs() * 0.5


def _trilinear(points: Tensor, resolution: int) -> tuple[Tensor, Tensor]:
    """Rows of the flattened periodic grid (N, 8) around each point, and their weights (N, 8)."""
    position = points * resolution
    lower = position.detach().floor()
    fraction = position - lower
    rows, weights = [], []
    for corner in torch.cartesian_prod(*3 * [torch.tensor([0, 1])]):
        x, y, z = ((lower.long() + corner) % resolution).T
        rows.append((x * resolution + y) * resolution + z)
        weights.append(torch.where(corner == 1, fraction, 1 - fraction).prod(1))
    return torch.stack(rows, 1), torch.stack(weights, 1)


def _surface(field: Tensor) -> tuple[Tensor, np.ndarray]:
    """Vertices (V, 3) in the unit cube, differentiable, and faces (F, 3) outward."""
    vertices, faces, normals, _ = measure.marching_cubes(field.detach().numpy(), 0.0)
    outward = torch.from_numpy(-normals.copy())  # of a field that rises outward scikit-image's point inward
    placed = _PlaceVertices.apply(field, torch.from_numpy(vertices / np.float32(len(field))), outward)
    return placed, np.ascontiguousarray(faces, np.int64)


class _PlaceVertices(torch.autograd.Function):
    """Vertices as a function of the field: one moves against its normal where the field rises."""

    @staticmethod
    def forward(ctx: Any, field: Tensor, vertices: Tensor, normals: Tensor) -> Tensor:
        ctx.save_for_backward(vertices, normals)
        ctx.resolution = len(field)
        return vertices

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        vertices, normals = ctx.saved_tensors
        resolution = ctx.resolution
        along_normal = -(grads[0] * normals).sum(1, keepdim=True)
        index, weight = _trilinear(vertices, resolution)
        grid = torch.zeros(resolution**3).scatter_add_(0, index.flatten(), (weight * along_normal).flatten())
        return grid.reshape(3 * (resolution,)), None, None

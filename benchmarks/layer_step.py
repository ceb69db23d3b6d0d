"""The layers from oriented points to a surface that are compared, and one step through a layer: there and back."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from benchmarks.dense_layer import DenseLayer
from benchmarks.own_process import Cost, call_apart, serve
from benchmarks.stopwatch import Stopwatch
from sap_core.geometry import Mesh, PointCloud
from sap_core.solver.surface import MultilevelLayer

SIGMA = 2.0


class LayerSurface(Protocol):
    """A mesh that a layer makes, in the unit frame, differentiable in its vertices."""

    @property
    def vertices(self) -> Tensor:
        """(V, 3)."""

    @property
    def faces(self) -> Tensor:
        """(F, 3)."""


class Layer(Protocol):
    """Makes the surface of points (N, 3) in the unit cube and their normals (N, 3)."""

    def __call__(self, points: Tensor, normals: Tensor) -> LayerSurface:
        """The surface."""


class Factory(Protocol):
    """Makes a layer of a resolution and a smoothing."""

    def __call__(self, resolution: int, sigma: float) -> Layer:
        """The layer."""


class LayerKind(NamedTuple):
    """A layer by name, and the finest grid that it is tried on."""

    name: str
    factory: Factory
    finest: int


LAYERS = (  # the others are compared with the first one
    LayerKind("dense", DenseLayer, finest=512),
    LayerKind("multilevel", MultilevelLayer, finest=2048),
)


class LayerStep:
    """Steps through one layer with the same points, which lie on the surface that they make.

    Attributes:
        forward, backward: clocks of the last step.
    """

    def __init__(self, kind: LayerKind, resolution: int, oriented: PointCloud) -> None:
        self.forward, self.backward = Stopwatch(), Stopwatch()
        self._layer = kind.factory(resolution, SIGMA)
        self._points, self._normals = (
            torch.tensor(array, dtype=torch.float32).requires_grad_() for array in (oriented.points, oriented.normals)
        )

    def take(self) -> LayerSurface:
        """The surface; the gradient that is followed back is that of the squared distance from the middle."""
        with self.forward:
            surface = self._layer(self._points, self._normals)
        with self.backward:
            torch.autograd.grad(surface.vertices, (self._points, self._normals), surface.vertices.detach() - 0.5)
        return surface


def mesh_of(surface: LayerSurface) -> Mesh:
    """The surface in the unit frame, without its graph."""
    return Mesh(surface.vertices.detach().numpy(), surface.faces.numpy())


def cost_of(kind: LayerKind, resolution: int, oriented: PointCloud, *, steps: int) -> Cost:
    """What some steps take in a process of their own; of its seconds the first step has more than its share.

    Raises:
        ProcessFailed: it ended before them.
    """
    assert oriented.normals is not None, "oriented points have normals"
    return call_apart(
        "benchmarks.layer_step",
        name=kind.name,
        points=oriented.points,
        normals=oriented.normals,
        resolution=resolution,
        steps=steps,
    ).cost


def _answer(
    name: ArrayLike, points: np.ndarray, normals: np.ndarray, resolution: int, steps: int
) -> Mapping[str, ArrayLike]:
    """Runs in the other process."""
    kind = next(kind for kind in LAYERS if kind.name == str(name))
    step = LayerStep(kind, int(resolution), PointCloud(points, normals))
    for _ in range(int(steps)):
        step.take()
    return {}


if __name__ == "__main__":
    serve(_answer)

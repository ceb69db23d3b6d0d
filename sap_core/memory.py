"""How much memory a run needs at a resolution, known before it takes it. Arithmetic alone: a front end may use it."""

import math
from dataclasses import dataclass

from sap_core.resolutions import is_possible, resolutions_of_levels

GB = 1e9  # bytes

# What a process holds besides the arrays of a step: Python, torch with its threads, and what the start has left.
_PROCESS = 0.47 * GB
# What torch's allocator and the Fourier transforms hold on a device with memory of its own, besides those arrays.
_DEVICE = 0.12 * GB
_DEVICE_GRIDS = 1.6
_SCAN_POINT = 100  # bytes
_SAMPLE = 60  # bytes
_POINT = 1_400  # bytes: the nodes that an oriented point touches, their weights, and its share of each
_VERTEX = 600  # bytes: where it lies on the grid, its gradient, its faces, and copies of the mesh to be shown
_PART = 0.1 * GB  # what the points that are splatted at a time touch
_ORIENTED = 200  # bytes, of one of many points: position and normal, Adam's moments of both, its sample
_CELL = 720  # bytes, of each cell that the surface passes on a grid of blocks: their nodes, and as of a vertex

# Grids of R^3 floats that are there at once when a step needs most, in the last transform of its way back.
_SPLINE_GRIDS = {
    "source of the Poisson equation": 1.0,
    "symbol of its inverse, for half of the frequencies": 0.5,
    "potential of the surface": 1.0,
    "spectrum, and its transform along two axes": 2.0,
}
_PUBLISHED_GRIDS = {
    "kernel, for half of the frequencies": 0.5,
    "field of the surface": 1.0,
    "gradients by the field and by the potential": 2.0,
    "spectrum of the gradient, and its slope along one axis": 2.0,
    "transform of the slope along two axes and along all": 2.0,
    "component of the gradient along the axis before": 1.0,
}

_CROSSED_EDGES = math.sqrt(3)  # at most, by a surface with the area of a side of a cell
_USUAL = 16  # proposed resolutions are multiples of it


@dataclass(frozen=True)
class Workload:
    """What decides the memory of a run besides its resolution.

    Attributes:
        scan: number of points of the scan.
        samples: how many of them the loss measures.
        points: number of oriented points.
        area: of the surface, unit frame.
        published: whether its layer is that of the paper.
        device: where it computes, such as cpu or cuda.
    """

    scan: int
    samples: int
    points: int
    area: float
    published: bool
    device: str


def predict(resolution: int, workload: Workload) -> int:
    """Bytes that the process of a run holds at its peak, or its device where that has memory of its own."""
    grids = sum((_PUBLISHED_GRIDS if workload.published else _SPLINE_GRIDS).values())
    base, *finer = (resolution,) if workload.published else resolutions_of_levels(resolution)
    cells = workload.area * resolution**2
    step = 4 * grids * base**3 + _SAMPLE * workload.samples
    if finer:
        step += _PART + _CELL * cells + _ORIENTED * workload.points
    else:
        step += _VERTEX * _CROSSED_EDGES * cells + _POINT * workload.points
    if has_own_memory(workload.device):
        return math.ceil(_DEVICE + 4 * _DEVICE_GRIDS * base**3 + step)
    return math.ceil(_PROCESS + _SCAN_POINT * workload.scan + step)


@dataclass(frozen=True)
class Budget:
    """What a run needs memory for, and how many bytes of it the run may hold."""

    workload: Workload
    available: int

    def fits(self, resolution: int) -> bool:
        """Whether the run may work at a resolution."""
        return predict(resolution, self.workload) <= self.available

    def largest(self, *, at_most: int) -> int | None:
        """The largest usual resolution that fits, a multiple of 16; None where none does."""
        usual = filter(is_possible, range(at_most - at_most % _USUAL, 0, -_USUAL))
        return next(filter(self.fits, usual), None)


def has_own_memory(device: str) -> bool:
    """Whether what a device computes with lies elsewhere than in the memory of the system."""
    return device.startswith("cuda")

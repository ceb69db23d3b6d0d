"""The network of Shape As Points: from an unoriented cloud to oriented points.

An encoder gives every point a feature by a small network that looks at its neighbourhood through max pooling over cells
(Qi et al. 2017), averages these features on a grid or on three planes, and lets a U-Net carry them further (Peng et
al., Convolutional Occupancy Networks, ECCV 2020). Two decoders read features where they need them: one moves each
point to some places near it, the other gives a normal to each of these places.

Shapes: B clouds, N points, C features, R cells along an axis. Coordinates are in the unit cube.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from typing_extensions import Doc

_BLOCKS = 5
_HIGHEST = 0.99  # coordinate: one of 1 would lie in a cell beyond the last
_GROUPS = 8
PLANES: tuple[tuple[int, int], ...] = ((0, 2), (0, 1), (1, 2))  # the axes that each plane keeps


@dataclass(frozen=True)
class Variant:
    """The shape of a network. The defaults are the published ones."""

    features: Annotated[Literal["grid", "planes"], Doc("Where features are averaged: on a 3D grid, or on planes.")] = (
        "grid"
    )
    resolution: Annotated[int, Doc("Cells along each axis of the grid, or of a plane.")] = 32
    offsets: Annotated[int, Doc("Oriented points for each input point.")] = 7
    width: Annotated[int, Doc("Features of a point and of a cell.")] = 32
    levels: Annotated[int, Doc("Levels of the U-Net, each of half the resolution of the one before.")] = 3
    reach: Annotated[float, Doc("What the decoder of offsets gives is so many times as large, in the unit cube.")] = (
        1e-3
    )
    level: Annotated[
        Literal["points", "weights"],
        Doc(
            "The field is 0 on average over all oriented points, as published, or over them by the lengths of their "
            "normals: a point that the network drops then has no say."
        ),
    ] = "points"

    @property
    def as_published(self) -> bool:
        """Whether it is of the published kind, apart from sizes: its answer is used as published."""
        return (self.reach, self.level) == (Variant.reach, Variant.level)


class OrientedPointsNetwork(nn.Module):
    """``network(points (B, N, 3)) -> (points (B, N * offsets, 3), normals (B, N * offsets, 3))``, in the unit cube.

    Normals are of any length, which weighs them. The places of one input point follow one another.
    """

    def __init__(self, variant: Variant | None = None) -> None:
        super().__init__()
        self.variant = variant or Variant()
        self.encoder = Encoder(self.variant)
        self.offset_decoder = Decoder(self.variant, outputs=3 * self.variant.offsets)
        self.normal_decoder = Decoder(self.variant, outputs=3)

    def forward(self, points: Tensor) -> tuple[Tensor, Tensor]:
        points = points.clamp(0, _HIGHEST)
        features = self.encoder(points)
        offsets = self.variant.reach * self.offset_decoder(points, features, self.encoder.cells.local(points))
        places = points.unsqueeze(2) + offsets.unflatten(-1, (self.variant.offsets, 3))
        places = places.flatten(1, 2).clamp(0, _HIGHEST)
        return places, self.normal_decoder(places, features, places)


class Encoder(nn.Module):
    """Features of a cloud on a grid, or on three planes: a list of one (B, C, R, R, R), or of three (B, C, R, R)."""

    def __init__(self, variant: Variant) -> None:
        super().__init__()
        width = variant.width
        self.cells = Cells(variant)
        self.position = nn.Linear(3, 2 * width)
        self.blocks = nn.ModuleList(ResidualBlock(2 * width, width) for _ in range(_BLOCKS))
        self.feature = nn.Linear(width, width)
        unet = UNet3d if variant.features == "grid" else UNet2d
        self.unet = unet(width, levels=variant.levels)

    def forward(self, points: Tensor) -> list[Tensor]:
        rows = self.cells.rows(points)
        first, *others = self.blocks
        features = first(self.position(self.cells.local(points)))
        for block in others:
            features = block(torch.cat((features, self.cells.pooled(features, rows)), -1))
        return [self.unet(mean) for mean in self.cells.averaged(self.feature(features), rows)]


class Decoder(nn.Module):
    """Reads numbers off the features at some places: ``(places, features, coordinates) -> (B, M, outputs)``.

    Both places and coordinates are (B, M, 3). Features are read at the places; the coordinates are what is told of a
    place beside them: those inside its cell for offsets, those in the cube for normals, as published.
    """

    def __init__(self, variant: Variant, *, outputs: int) -> None:
        super().__init__()
        width = variant.width
        self.cells = Cells(variant)
        self.position = nn.Linear(3, width)
        self.features = nn.ModuleList(nn.Linear(width, width) for _ in range(_BLOCKS))
        self.blocks = nn.ModuleList(ResidualBlock(width, width) for _ in range(_BLOCKS))
        self.output = nn.Linear(width, outputs)

    def forward(self, places: Tensor, features: Sequence[Tensor], coordinates: Tensor) -> Tensor:
        found = self.cells.sampled(features, places)
        values = self.position(coordinates)
        for feature, block in zip(self.features, self.blocks, strict=True):
            values = block(values + feature(found))
        return self.output(functional.relu(values))


class ResidualBlock(nn.Module):
    """Two layers beside a shortcut, on the last axis (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, outputs)
        self.second = nn.Linear(outputs, outputs)
        nn.init.zeros_(self.second.weight)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Linear(inputs, outputs, bias=False)

    def forward(self, values: Tensor) -> Tensor:
        change = self.second(functional.relu(self.first(functional.relu(values))))
        return self.shortcut(values) + change


class Cells:
    """The cells of the unit cube, or of its three planes: which points are in one, and what is in it.

    A cell goes by its row in the flattened array, which is indexed z, y, x: the order of ``grid_sample``.
    """

    def __init__(self, variant: Variant) -> None:
        self._resolution = variant.resolution
        self._axes = ((0, 1, 2),) if variant.features == "grid" else PLANES

    def local(self, points: Tensor) -> Tensor:
        """Coordinates (B, N, 3) inside the cell of each point, 0 to 1."""
        return (points * self._resolution).remainder(1.0)

    def rows(self, points: Tensor) -> list[Tensor]:
        """The cell of each point, (B, N) int64: of the grid, or of each plane."""
        cells = (points * self._resolution).long()
        strides = [self._resolution**power for power in range(3)]
        return [
            torch.stack([cells[..., axis] * stride for axis, stride in zip(axes, strides, strict=False)]).sum(0)
            for axes in self._axes
        ]

    def pooled(self, features: Tensor, rows: Sequence[Tensor]) -> Tensor:
        """The largest features in the cell of each point, (B, N, C); added up over the planes."""
        found = []
        for row in rows:
            index = row.unsqueeze(-1).expand_as(features)
            largest = self._empty(features, row).scatter_reduce(1, index, features, "amax", include_self=False)
            found.append(largest.gather(1, index))
        return torch.stack(found).sum(0)

    def averaged(self, features: Tensor, rows: Sequence[Tensor]) -> list[Tensor]:
        """The mean features in each cell, 0 in an empty one: (B, C, R, R, R), or (B, C, R, R) for each plane."""
        found = []
        for row, axes in zip(rows, self._axes, strict=True):
            index = row.unsqueeze(-1).expand_as(features)
            mean = self._empty(features, row).scatter_reduce(1, index, features, "mean", include_self=False)
            found.append(mean.transpose(1, 2).unflatten(-1, len(axes) * (self._resolution,)))
        return found

    def sampled(self, features: Sequence[Tensor], places: Tensor) -> Tensor:
        """Features (B, M, C) at places (B, M, 3), interpolated linearly; added up over the planes."""
        found = []
        for values, axes in zip(features, self._axes, strict=True):
            coordinates = 2 * places[..., list(axes)] - 1
            at = coordinates.view(len(places), -1, *(len(axes) - 1) * (1,), len(axes))
            sampled = functional.grid_sample(values, at, padding_mode="border", align_corners=True)
            found.append(sampled.flatten(2).transpose(1, 2))
        return torch.stack(found).sum(0)

    def _empty(self, features: Tensor, row: Tensor) -> Tensor:
        dimensions = len(self._axes[0])
        return features.new_zeros(len(row), self._resolution**dimensions, features.shape[-1])


class UNet3d(nn.Module):
    """A 3D U-Net (Çiçek et al. 2016): group norm, convolution, ReLU; widths double from level to level."""

    def __init__(self, width: int, *, levels: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(levels)]
        ins = [width, *widths[:-1]]
        self.down = nn.ModuleList(
            _double(before, max(before, after // 2), after) for before, after in zip(ins, widths, strict=True)
        )
        self.up = nn.ModuleList(
            _double(below + beside, beside, beside) for below, beside in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.last = nn.Conv3d(width, width, 1)

    def forward(self, values: Tensor) -> Tensor:
        beside = []
        for level, double in enumerate(self.down):
            values = double(functional.max_pool3d(values, 2) if level else values)
            beside.append(values)
        for double, skipped in zip(self.up, beside[-2::-1], strict=True):
            values = functional.interpolate(values, size=skipped.shape[2:])
            values = double(torch.cat((skipped, values), 1))
        return self.last(values)


class _NormedConvolution(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(_GROUPS if inputs >= _GROUPS else 1, inputs)
        self.convolution = nn.Conv3d(inputs, outputs, 3, padding=1, bias=False)

    def forward(self, values: Tensor) -> Tensor:
        return functional.relu(self.convolution(self.norm(values)))


def _double(inputs: int, between: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_NormedConvolution(inputs, between), _NormedConvolution(between, outputs))


class UNet2d(nn.Module):
    """A 2D U-Net (Ronneberger et al. 2015) without norms; widths double from level to level."""

    def __init__(self, width: int, *, levels: int) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(levels)]
        ins = [width, *widths[:-1]]
        self.down = nn.ModuleList(_PlainDouble(before, after) for before, after in zip(ins, widths, strict=True))
        self.rise = nn.ModuleList(
            nn.ConvTranspose2d(below, beside, 2, stride=2)
            for below, beside in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.up = nn.ModuleList(_PlainDouble(2 * beside, beside) for beside in widths[-2::-1])
        self.last = nn.Conv2d(width, width, 1)

    def forward(self, values: Tensor) -> Tensor:
        beside = []
        for level, double in enumerate(self.down):
            values = double(functional.max_pool2d(values, 2) if level else values)
            beside.append(values)
        for rise, double, skipped in zip(self.rise, self.up, beside[-2::-1], strict=True):
            values = double(torch.cat((rise(values), skipped), 1))
        return self.last(values)


class _PlainDouble(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, values: Tensor) -> Tensor:
        return functional.relu(self.second(functional.relu(self.first(values))))

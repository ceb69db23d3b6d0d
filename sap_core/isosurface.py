"""The level set of a field as a triangle mesh, differentiable as published (Remelli et al. 2020; Peng et al. 2021)."""

from typing import Any

import numpy as np
import torch
from skimage import measure
from torch import Tensor
from torch.autograd.function import once_differentiable

from sap_core.grid import splat


class SurfaceVanished(RuntimeError):
    """The field does not cross the level, so there is no surface."""


def marching_cubes(field: Tensor, level: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    """Extract the surface ``field == level``; always closed.

    A node outside the grid counts as outside the surface, so a surface that reaches the border is capped there.
    The backward pass takes ``dL/dfield = -dL/dv . n`` at each vertex ``v`` with normal ``n``, splatted to the grid.
    The exact derivative of the vertex position gives lower training loss but worse surfaces (docs/design.md).
    Faces and normals are constants to autograd.

    Args:
        field: (R, R, R), smaller inside than outside.

    Returns:
        vertices (V, 3) in the unit cube, faces (F, 3) int64 counter-clockwise seen from outside,
        outward unit normals (V, 3); on the field's device.

    Raises:
        SurfaceVanished: the whole field is above or below the level.
        ValueError: the field is not a cube of numbers.
    """
    if field.ndim != 3 or len(set(field.shape)) != 1:
        raise ValueError(f"field must have shape (R, R, R), got {tuple(field.shape)}")
    return _MarchingCubes.apply(field, level)


class _MarchingCubes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, field: Tensor, level: float) -> tuple[Tensor, Tensor, Tensor]:
        vertices, faces, normals = (torch.from_numpy(array) for array in _extract(field.detach().cpu().numpy(), level))
        vertices = vertices.to(field) / len(field)
        normals = normals.to(field)
        faces = faces.to(field.device)
        ctx.save_for_backward(vertices, normals)
        ctx.resolution = len(field)
        ctx.mark_non_differentiable(faces, normals)
        return vertices, faces, normals

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor, None]:
        vertices, normals = ctx.saved_tensors
        along_normal = -(grad * normals).sum(-1, keepdim=True)
        return splat(along_normal.unsqueeze(0), vertices.unsqueeze(0), ctx.resolution)[0, 0], None


def _extract(field: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices in grid coordinates, faces, normals."""
    low, high = field.min(), field.max()
    if not low < level < high:
        where = "not a number" if np.isnan(low) else f"{low:.3g} to {high:.3g}"
        raise SurfaceVanished(
            f"the indicator field ({where}) does not cross {level:g}, so there is no surface: "
            "lower the learning rate or sigma, or reset"
        )
    reaches_border = any(field.take(end, axis).min() <= level for axis in range(3) for end in (0, -1))
    margin = 1 if reaches_border else 0
    volume = np.pad(field, margin, constant_values=high) if reaches_border else field
    vertices, faces, normals, _ = measure.marching_cubes(volume, level)
    # Of a field that rises outward scikit-image orients the faces outward but the normals inward;
    # it turns the faces as a view with negative strides, which torch cannot hold.
    return vertices - np.float32(margin), np.ascontiguousarray(faces, np.int64), -normals

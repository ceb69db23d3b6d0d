"""Whatever the points, the surface is closed: each edge lies in two faces that pass it in opposite directions."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sap_core.config import Settings
from sap_core.io import read_cloud
from sap_core.reconstruction import Reconstruction
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.solver.surface import MultilevelLayer
from tests.lattices import open_edges

ROOT = Path(__file__).parents[1]
SCANS = ["tests/data/body_scan_utm.ply", "assets/kitten.xyz"]


@st.composite
def clouds(draw: st.DrawFn, *, wild: bool) -> tuple[Tensor, Tensor]:
    """Points of some balls, whole or cut open, with noise; wild ones with much of it, and normals turned anyhow."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        outward = rng.normal(size=(draw(st.integers(20, 1_500)), 3))
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        outward = outward[outward[:, 2] < draw(st.sampled_from([0.2, 0.6, 1.0]))]
        radius, side = draw(st.floats(0.01, 0.4)), draw(st.sampled_from([1, 1, -1]))
        parts.append((rng.uniform(0.2, 0.8, 3) + radius * outward, side * outward))
    points, normals = (torch.tensor(np.concatenate(part), dtype=torch.float32) for part in zip(*parts, strict=True))
    noise = draw(st.sampled_from([0.0, 0.001, 0.03 if wild else 0.003]))
    points += noise * torch.tensor(rng.normal(size=points.shape), dtype=torch.float32)
    turned = torch.tensor(rng.random(len(points)) < draw(st.sampled_from([0.0, 0.3, 1.0] if wild else [0.0, 0.02])))
    anyhow = torch.nn.functional.normalize(torch.tensor(rng.normal(size=points.shape), dtype=torch.float32), dim=1)
    return points.clamp(0, 1), torch.where(turned[:, None], anyhow, normals)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    cloud=clouds(wild=False),
    resolution=st.integers(256 // 16, 512 // 16).map(lambda number: 16 * number),
    sigma=st.floats(1, 6),
)
def test_the_surface_of_any_cloud_is_closed(cloud: tuple[Tensor, Tensor], resolution: int, sigma: float) -> None:
    points, normals = cloud
    try:
        surface = MultilevelLayer(resolution, sigma)(points, normals)
    except SurfaceVanished:
        return  # said so, and none to look at
    assert len(surface.faces) > 0
    assert open_edges(surface.faces) == 0
    assert (surface.faces.flatten().bincount(minlength=len(surface.vertices)) > 0).all()
    assert ((surface.vertices >= 0) & (surface.vertices <= 1)).all()
    assert surface.normals.isfinite().all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cloud=clouds(wild=True), resolution=st.sampled_from([64, 96, 128]), sigma=st.floats(0.5, 6))
def test_so_it_is_on_grids_the_base_of_which_is_small(
    cloud: tuple[Tensor, Tensor], resolution: int, sigma: float
) -> None:
    """More levels for their resolution, and more of their blocks at the border of the cube."""
    points, normals = cloud
    points = (1.6 * (points - 0.5) + 0.5).clamp(0, 1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sap_core.resolutions._DENSE", 32)
        try:
            surface = MultilevelLayer(resolution, sigma)(points, normals)
        except SurfaceVanished:
            return
    assert surface.potential.levels[0].lattice.resolution < resolution
    assert open_edges(surface.faces) == 0


@pytest.mark.parametrize("scan", SCANS)
def test_the_surface_of_a_scan_is_closed_at_a_fine_resolution(scan: str) -> None:
    reconstruction = Reconstruction(read_cloud(ROOT / scan).cloud, Settings(preset="fast"))
    oriented = reconstruction.oriented_points()
    points, normals = (
        torch.tensor(array, dtype=torch.float32)
        for array in (reconstruction.frame.to_unit(oriented.points), oriented.normals)
    )
    surface = MultilevelLayer(1024, 2.0)(points, normals)
    assert len(surface.faces) > 1_000_000
    assert open_edges(surface.faces) == 0

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from sap_core.solver.isosurface import SurfaceVanished, extract, vertex_normals
from sap_core.solver.surface import MultilevelLayer, PublishedLayer, Surface, SurfaceLayer
from tests.shapes import torus, unit_frame_sphere

LAYERS = [MultilevelLayer, PublishedLayer]


def sphere(count: int = 5_000, *, dtype: torch.dtype = torch.float32, seed: int = 0) -> tuple[Tensor, Tensor]:
    cloud = unit_frame_sphere(count, seed=seed)
    return torch.tensor(cloud.points, dtype=dtype), torch.tensor(cloud.normals, dtype=dtype)


def unit_torus(count: int = 3_000) -> tuple[Tensor, Tensor]:
    cloud = torus(count)
    return torch.tensor(0.3 * cloud.points + 0.5).float(), torch.tensor(cloud.normals).float()


def gradients(layer: SurfaceLayer, points: Tensor, normals: Tensor) -> tuple[Surface, Tensor, Tensor]:
    """Of a loss that draws the surface towards a smaller sphere beside the middle."""
    points, normals = points.clone().requires_grad_(), normals.clone().requires_grad_()
    surface = layer(points, normals)
    _loss(surface.vertices).backward()
    return surface, points.grad, normals.grad


def _loss(vertices: Tensor) -> Tensor:
    return ((vertices - torch.tensor([0.52, 0.5, 0.49]).to(vertices)).norm(dim=1) - 0.28).square().mean()


# --- an oracle: dense matrices of B-spline weights, and autograd through everything but the vertices ---


def _weights(points: Tensor, resolution: int) -> tuple[list[Tensor], list[Tensor]]:
    """Along each axis the weights (N, R) of all nodes, and their derivatives by the points."""
    steps = points.unsqueeze(-1) * resolution - torch.arange(resolution)
    steps = steps - resolution * (steps.detach() / resolution).round()
    away = steps.abs()
    values = torch.where(away < 0.5, 0.75 - steps**2, torch.where(away < 1.5, (1.5 - away) ** 2 / 2, 0))
    slopes = torch.where(away < 0.5, -2 * steps, torch.where(away < 1.5, (away - 1.5) * steps.sign(), 0))
    return list(values.unbind(1)), list((resolution * slopes).unbind(1))


def naive_gradients(
    points: Tensor, normals: Tensor, *, resolution: int, sigma: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Vertices, potential, and the gradients of ``_loss`` by points and normals."""
    points, normals = points.clone().requires_grad_(), normals.clone().requires_grad_()
    values, slopes = _weights(points, resolution)
    source = torch.zeros(3 * (resolution,), dtype=points.dtype)
    for axis in range(3):
        x, y, z = (slopes[a] if a == axis else values[a] for a in range(3))
        source = source - torch.einsum("n,ni,nj,nk->ijk", normals[:, axis], x, y, z)
    frequency = torch.fft.fftfreq(resolution, 1 / resolution, dtype=points.dtype)
    squared = frequency[:, None, None] ** 2 + frequency[None, :, None] ** 2 + frequency[None, None, :] ** 2
    smoothing = torch.exp(-0.5 * (2 * sigma / resolution) ** 2 * squared)
    symbol = torch.where(squared > 0, -smoothing / ((2 * math.pi) ** 2 * squared.clamp(min=1)), 0)
    potential = torch.fft.ifftn(symbol * torch.fft.fftn(source)).real
    level = torch.einsum("ni,nj,nk,ijk->n", *values, potential).mean()
    scale = (0.5 / (potential[0, 0, 0] - level).abs()).detach()

    crossings = extract(potential.detach(), level.detach())
    vertices = crossings.vertices.clone().requires_grad_()
    _loss(vertices).backward()
    # The published surrogate: a vertex moves against its normal as the field, of slope 1 across it, rises there.
    along_normal = -(vertices.grad * vertex_normals(potential.detach(), crossings)).sum(1)
    field = scale * ((potential.flatten()[crossings.nodes] * crossings.weights).sum(1) - level)
    (along_normal * field).sum().backward()
    return crossings.vertices, potential.detach(), points.grad, normals.grad


@pytest.mark.parametrize(("resolution", "sigma"), [(12, 1.5), (16, 2.5)])
def test_the_gradient_is_that_of_autograd_through_dense_matrices(resolution: int, sigma: float) -> None:
    points, normals = sphere(80, dtype=torch.double)
    weights = torch.linspace(0.5, 1.5, 80, dtype=torch.double)[:, None]
    vertices, potential, grad_points, grad_normals = naive_gradients(
        points, weights * normals, resolution=resolution, sigma=sigma
    )
    surface, found_points, found_normals = gradients(MultilevelLayer(resolution, sigma), points, weights * normals)
    assert torch.allclose(surface.potential.finest.values, potential, rtol=1e-9, atol=1e-9 * potential.abs().max())
    assert torch.allclose(surface.vertices, vertices, atol=1e-9)
    for found, expected in ((found_points, grad_points), (found_normals, grad_normals)):
        assert (found - expected).abs().max() < 1e-8 * expected.abs().max()


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("resolution", [32, 64])
def test_a_sphere_has_its_radius_to_half_a_cell_and_is_negative_inside(
    layer: type[SurfaceLayer], resolution: int
) -> None:
    points, normals = sphere(20_000)
    surface = layer(resolution, 2.0)(points, normals)
    radii = (surface.vertices - 0.5).norm(dim=1)
    assert (radii - 0.3).abs().max() < 0.5 / resolution
    middle = resolution // 2
    plane = surface.potential.plane(0, middle / resolution, resolution)
    assert plane.shape == (resolution, resolution)
    nodes = torch.arange(resolution) / resolution - 0.5
    away = torch.hypot(nodes[:, None], nodes[None, :])
    assert (plane[away < 0.3 - 1 / resolution] < 0).all()
    assert (plane[away > 0.3 + 1 / resolution] > 0).all()
    assert surface.potential.plane(1, 0, resolution)[0, 0] == pytest.approx(math.tanh(0.5), rel=1e-4)


def test_faces_point_outward() -> None:
    surface = MultilevelLayer(32, 2.0)(*sphere())
    corners = surface.vertices[surface.faces] - 0.5
    volume = torch.linalg.det(corners).sum() / 6
    assert volume == pytest.approx(4 / 3 * math.pi * 0.3**3, rel=0.03)


@pytest.mark.parametrize("axis", range(3))
def test_both_layers_make_nearly_the_same_field(axis: int) -> None:
    ours, published = (layer(64, 2.0)(*unit_torus()).potential.plane(axis, 20 / 64, 64) for layer in LAYERS)
    assert (ours - published).abs().max() < 0.08
    assert (ours - published).abs().mean() < 0.004


def test_the_gradients_of_both_layers_point_alike() -> None:
    points, normals = unit_torus()
    generator = torch.Generator().manual_seed(0)
    points = points + 0.005 * torch.randn(points.shape, generator=generator)
    (_, *ours), (_, *published) = (gradients(layer(48, 2.0), points, normals) for layer in LAYERS)
    for mine, theirs in zip(ours, published, strict=True):
        assert cosine_similarity(mine.flatten(), theirs.flatten(), dim=0) > 0.9
        assert mine.norm() == pytest.approx(theirs.norm().item(), rel=0.2)


def test_a_step_against_the_gradient_lessens_the_loss() -> None:
    points, normals = sphere(2_000)
    layer = MultilevelLayer(32, 2.0)
    surface, grad_points, grad_normals = gradients(layer, points, normals)
    rate = 2e-3 / grad_points.abs().max()
    moved = layer(points - rate * grad_points, normals - rate * grad_normals)
    assert _loss(moved.vertices) < 0.95 * _loss(surface.vertices)


def test_a_layer_gives_the_same_answer_again() -> None:
    layer, first, second = MultilevelLayer(32, 2.0), sphere(1_000), unit_torus(1_000)
    fresh = gradients(MultilevelLayer(32, 2.0), *first)
    for between in ((), second, second):
        if between:
            gradients(layer, *between)
        again = gradients(layer, *first)
        assert torch.equal(again[0].vertices, fresh[0].vertices)
        assert torch.equal(again[0].potential.finest.values, fresh[0].potential.finest.values)
        assert all(torch.equal(a, b) for a, b in zip(again[1:], fresh[1:], strict=True))


def test_two_surfaces_of_one_layer_live_side_by_side() -> None:
    layer = MultilevelLayer(32, 2.0)
    leaves = [tuple(x.clone().requires_grad_() for x in cloud) for cloud in (sphere(1_000), unit_torus(1_000))]
    surfaces = [layer(*leaf) for leaf in leaves]
    planes = [surface.potential.plane(2, 0.5, 32).clone() for surface in surfaces]
    for surface in surfaces:  # both were made before either goes back
        _loss(surface.vertices).backward()
    for leaf, surface, plane in zip(leaves, surfaces, planes, strict=True):
        alone, grad_points, grad_normals = gradients(MultilevelLayer(32, 2.0), *(x.detach() for x in leaf))
        assert torch.equal(surface.vertices, alone.vertices)
        assert torch.equal(surface.potential.plane(2, 0.5, 32), plane)
        assert torch.equal(leaf[0].grad, grad_points)
        assert torch.equal(leaf[1].grad, grad_normals)


@pytest.mark.parametrize("layer", LAYERS)
def test_one_layer_serves_both_precisions(layer: type[SurfaceLayer]) -> None:
    made = layer(32, 2.0)
    for dtype in (torch.float32, torch.double, torch.float32):
        surface, grad_points, _ = gradients(made, *sphere(1_000, dtype=dtype))
        assert surface.vertices.dtype == grad_points.dtype == dtype
        assert ((surface.vertices - 0.5).norm(dim=1) - 0.3).abs().max() < 0.5 / 32


def test_a_pass_back_in_one_precision_after_a_pass_forward_in_the_other() -> None:
    layer = MultilevelLayer(32, 2.0)
    points, normals = (x.requires_grad_() for x in sphere(1_000))
    surface = layer(points, normals)
    layer(*sphere(1_000, dtype=torch.double))
    _loss(surface.vertices).backward()
    assert torch.equal(points.grad, gradients(MultilevelLayer(32, 2.0), points.detach(), normals.detach())[1])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_detached_surface_has_no_graph_and_the_same_field(layer: type[SurfaceLayer]) -> None:
    points, normals = sphere(1_000)
    surface = layer(32, 2.0)(points.requires_grad_(), normals)
    assert surface.vertices.requires_grad
    detached = surface.detach()
    potential = detached.potential
    tensors = [*vars(detached).values(), potential.finest.values, potential.level, potential.scale]
    assert not any(each.requires_grad for each in tensors if isinstance(each, Tensor))
    assert torch.equal(*(each.potential.plane(0, 5 / 32, 32) for each in (detached, surface)))


@pytest.mark.parametrize("layer", LAYERS)
def test_normals_of_no_length_make_no_surface(layer: type[SurfaceLayer]) -> None:
    points, normals = sphere(100)
    with pytest.raises(SurfaceVanished, match="does not cross"):
        layer(16, 2.0)(points, 0 * normals)

"""The layer of several levels against one dense grid, its gradients, and whether its surfaces are closed."""

from collections.abc import Callable

import pytest
import torch
from scipy.spatial import cKDTree
from torch import Tensor
from torch.nn.functional import cosine_similarity

from sap_core import resolutions
from sap_core.resolutions import resolutions_of_levels
from sap_core.solver import active, multilevel
from sap_core.solver.isosurface import Crossings, SurfaceVanished, extract, vertex_normals
from sap_core.solver.lattice import NODES, BlockLattice, DenseLattice
from sap_core.solver.levels import Potential
from sap_core.solver.multilevel import MultilevelSolver, SolvedPotential
from sap_core.solver.potential import SmoothInverseLaplacian
from sap_core.solver.spline import VALUE, SplineStencil, gradient_of, hessian_of
from sap_core.solver.surface import MultilevelLayer, Surface
from tests.lattices import nodes_of, open_edges
from tests.shapes import torus, unit_frame_sphere

SMALL = 32


@pytest.fixture
def small_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only 32 nodes along an axis are dense: 64 make two levels, 128 three."""
    monkeypatch.setattr(resolutions, "_DENSE", SMALL)


def bumpy_torus(count: int, *, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """With details of all sizes, and normals as long as the areas around the points."""
    cloud = torus(count)
    points, normals = torch.tensor(0.3 * cloud.points + 0.5), torch.tensor(cloud.normals)
    waves = torch.sin(40 * points).sum(1, keepdim=True) + torch.sin(90 * points + 1).sum(1, keepdim=True)
    return (points + 0.004 * waves * normals).to(dtype), (normals / count).to(dtype)


def ball(count: int, *, dtype: torch.dtype = torch.double) -> tuple[Tensor, Tensor]:
    cloud = unit_frame_sphere(count)
    return torch.tensor(cloud.points, dtype=dtype), torch.tensor(cloud.normals, dtype=dtype)


def open_bowl(count: int) -> tuple[Tensor, Tensor]:
    """Three fifths of a ball; what closes it has no point nearby."""
    points, normals = ball(count)
    kept = points[:, 2] < 0.56
    return points[kept], normals[kept]


def loss_of(vertices: Tensor) -> Tensor:
    """A smooth function of the surface."""
    return (torch.sin(7 * vertices).sum(1) * (vertices[:, 0] - 0.3)).mean()


def with_gradients(layer: MultilevelLayer, points: Tensor, normals: Tensor) -> tuple[Surface, Tensor, Tensor]:
    points, normals = points.clone().requires_grad_(), normals.clone().requires_grad_()
    surface = layer(points, normals)
    loss_of(surface.vertices).backward()
    return surface, points.grad, normals.grad


# --- the dense layer, of which the other is an approximation ---


def dense_layer(
    points: Tensor, normals: Tensor, *, resolution: int, sigma: float
) -> tuple[Crossings, Tensor, Tensor, Tensor]:
    """The surface on one dense grid, its normals, and the gradients of ``loss_of`` by points and normals."""
    solve, lattice = SmoothInverseLaplacian(resolution, sigma, like=points), DenseLattice(resolution)
    stencil = SplineStencil.at(points, lattice)
    source = points.new_zeros(3 * (resolution,))
    stencil.splat_divergence(normals, out=source)
    potential = solve(source)
    found = stencil.derivatives(potential, up_to=1)
    level = found[VALUE].mean()
    scale = 0.5 / (potential[0, 0, 0] - level).abs()
    crossings = extract(potential, level)
    surface_normals = vertex_normals(potential, crossings)

    vertices = crossings.vertices.clone().requires_grad_()
    loss_of(vertices).backward()
    at_vertices = -scale * (vertices.grad * surface_normals).sum(1)
    gradient = points.new_zeros(resolution**3)
    gradient.index_add_(0, crossings.nodes.flatten(), (at_vertices[:, None] * crossings.weights).flatten())
    by_level = -at_vertices.sum()
    stencil.splat({VALUE: (by_level / len(points)).expand(len(points))}, out=gradient)
    adjoint = stencil.derivatives(solve(gradient.view(3 * (resolution,))), up_to=2)
    by_points = by_level / len(points) * gradient_of(found)
    by_points = by_points - (hessian_of(adjoint) @ normals[..., None]).squeeze(-1)
    return crossings, surface_normals, by_points, -gradient_of(adjoint)


def off_the_surface(vertices: Tensor, exact: Crossings, normals: Tensor, resolution: int) -> Tensor:
    """Distances to the plane at the nearest vertex, in cells."""
    _, nearest = cKDTree(exact.vertices).query(vertices)
    return ((vertices - exact.vertices[nearest]) * normals[nearest]).sum(1).abs() * resolution


@pytest.mark.parametrize(("base", "sigma", "alike"), [(128, 2.0, 0.999), (64, 2.0, 0.999), (128, 3.0, 0.998)])
def test_surface_and_gradients_are_those_of_the_dense_layer(
    base: int, sigma: float, alike: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A greater sigma leaves more to the coarser grid, the second derivatives of which are constant in larger cells."""
    monkeypatch.setattr(resolutions, "_DENSE", base)
    points, normals = bumpy_torus(30_000)
    surface, *found = with_gradients(MultilevelLayer(256, sigma), points, normals)
    assert surface.potential.levels[0].lattice.resolution == base
    exact, exact_normals, *expected = dense_layer(points, normals, resolution=256, sigma=sigma)
    off = off_the_surface(surface.vertices.detach(), exact, exact_normals, 256)
    assert off.mean() < 0.01
    assert off.quantile(0.99) < 0.05
    back = off_the_surface(exact.vertices, Crossings(surface.vertices.detach(), *exact[1:]), surface.normals, 256)
    assert back.mean() < 0.01
    assert open_edges(surface.faces) == 0
    for mine, theirs in zip(found, expected, strict=True):
        assert cosine_similarity(mine.flatten(), theirs.flatten(), dim=0) > alike
        assert mine.norm() == pytest.approx(theirs.norm().item(), rel=0.02)


# --- the way back ---


def nodes_alike(one: SolvedPotential, other: SolvedPotential) -> bool:
    return all(
        torch.equal(a.lattice.places, b.lattice.places)
        for a, b in zip(one.levels[1:], other.levels[1:], strict=True)
        if isinstance(a.lattice, BlockLattice) and isinstance(b.lattice, BlockLattice)
    )


@pytest.mark.usefixtures("small_base")
@pytest.mark.parametrize(("resolution", "levels"), [(64, 2), (128, 3)])
@pytest.mark.parametrize("moved", ["normals", "points"])
def test_the_way_back_is_the_transpose_of_the_way_there(resolution: int, levels: int, moved: str) -> None:
    """Of a linear functional of the finest potential and its level, by a difference along a direction."""
    points, normals = ball(300)
    points = 0.5 + (points - 0.5) * torch.tensor([1.0, 0.7, 0.9])
    generator = torch.Generator().manual_seed(0)
    solver = MultilevelSolver(resolution, 2.0, like=points)
    solved = solver.solve(points, normals)
    assert len(solved.levels) == levels
    weights = torch.randn(solved.finest.values.shape, dtype=torch.double, generator=generator)
    weights[-1] = 0  # it stands for nodes that are not there
    weights[:-1][solved.finest.lattice.beyond[:-1]] = 0
    of_level = 500 * torch.ones((), dtype=torch.double)
    by_points, by_normals = solver.pull_back(solved, points, normals, weights.clone(), of_level)

    direction = torch.randn(points.shape, dtype=torch.double, generator=generator)
    step = 1e-3 if moved == "normals" else 1e-8  # the potential is linear in the normals alone
    values = []
    for sign in (1, -1):
        there = (points, normals + sign * step * direction)
        if moved == "points":
            there = (points + sign * step * direction, normals)
        found = solver.solve(*there)
        assert nodes_alike(found, solved)
        values.append((weights * found.finest.values).sum() + of_level * found.level)
    difference = (values[0] - values[1]).item() / (2 * step)
    expected = ((by_normals if moved == "normals" else by_points) * direction).sum().item()
    assert expected == pytest.approx(difference, rel=1e-9 if moved == "normals" else 1e-5)


@pytest.mark.usefixtures("small_base")
def test_points_at_a_face_of_the_cube_have_a_transpose_as_well() -> None:
    points, normals = ball(400)
    points = points + torch.tensor([0.2, 0.0, -0.2])  # to the faces at 1 and 0
    points = points.clamp(0, 1)
    solver = MultilevelSolver(64, 2.0, like=points)
    solved = solver.solve(points, normals)
    generator = torch.Generator().manual_seed(1)
    weights = torch.randn(solved.finest.values.shape, dtype=torch.double, generator=generator)
    weights[-1] = 0
    direction = torch.randn(points.shape, dtype=torch.double, generator=generator)
    _, by_normals = solver.pull_back(solved, points, normals, weights.clone(), torch.zeros((), dtype=torch.double))
    more, less = (solver.solve(points, normals + sign * 1e-3 * direction) for sign in (1, -1))
    assert nodes_alike(more, solved)
    assert nodes_alike(less, solved)
    difference = (weights * (more.finest.values - less.finest.values)).sum().item() / 2e-3
    assert (by_normals * direction).sum() == pytest.approx(difference, rel=1e-9)


# --- which blocks are active makes no difference ---


def all_blocks(points: Tensor, resolutions: tuple[int, ...]) -> list[Tensor]:
    return [~active.nowhere(points.device, resolution) for resolution in resolutions]


def at_nodes(level: multilevel.SolvedLevel, lattice: BlockLattice) -> Tensor:
    """The values of a level at the nodes of another lattice."""
    return level.values.view(-1)[level.lattice.rows(*nodes_of(lattice).unbind(1))]


@pytest.mark.usefixtures("small_base")
@pytest.mark.parametrize("cloud", [ball, open_bowl])
def test_on_active_blocks_the_potential_is_that_of_the_whole_grid(
    cloud: Callable[[int], tuple[Tensor, Tensor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    points, normals = cloud(1_500)
    found = MultilevelSolver(128, 2.0, like=points).solve(points, normals)
    monkeypatch.setattr(multilevel, "touched_by", all_blocks)
    whole = MultilevelSolver(128, 2.0, like=points).solve(points, normals)
    assert len(whole.levels) == len(found.levels) == 3
    size = found.levels[0].values.abs().max()
    for few, many in zip(found.levels[1:], whole.levels[1:], strict=True):
        assert isinstance(few.lattice, BlockLattice)
        assert len(few.lattice) < 0.7 * len(many.lattice)
        inside = ~few.lattice.beyond[:-1].repeat_interleave(NODES)
        difference = (few.values[:-1].flatten() - at_nodes(many, few.lattice))[inside]
        assert difference.abs().max() < 1e-12 * size
        assert abs(few.mean - many.mean) < 1e-12 * size


@pytest.mark.usefixtures("small_base")
def test_blocks_are_added_until_the_surface_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few there are to begin with, the surface is the same."""
    points, normals = open_bowl(1_500)
    expected = MultilevelLayer(256, 2.0)(points, normals)
    solved: list[int] = []
    usual = multilevel._finer

    def counted(*arguments: object) -> multilevel.SolvedLevel:
        solved.append(1)
        return usual(*arguments)

    monkeypatch.setattr(multilevel, "_finer", counted)
    layer = MultilevelLayer(256, 2.0)
    layer(points, normals)
    assert len(solved) == 3  # as a rule none is added
    for name in ("_MOVES", "_SUPPORT"):
        monkeypatch.setattr(active, name, 0)
    monkeypatch.setattr(
        multilevel, "crossed_in", lambda cells, *rest, **more: active.crossed_in(cells[:1], *rest, **more)
    )
    solved.clear()
    found = [layer(points, normals) for _ in range(2)]
    assert len(solved) > 2 * 6
    assert torch.equal(found[0].vertices, found[1].vertices)
    assert torch.equal(found[0].faces, found[1].faces)
    assert open_edges(found[0].faces) == open_edges(expected.faces) == 0
    assert len(found[0].vertices) == len(expected.vertices)
    there, _ = cKDTree(expected.vertices).query(found[0].vertices)
    assert there.max() < 1e-12


# --- one answer ---


@pytest.mark.usefixtures("small_base")
def test_a_layer_gives_the_same_answer_again() -> None:
    layer, first, second = MultilevelLayer(128, 2.0), ball(800), open_bowl(500)
    fresh = with_gradients(MultilevelLayer(128, 2.0), *first)
    for between in (None, second, second):
        if between:
            with_gradients(layer, *between)
        again = with_gradients(layer, *first)
        assert torch.equal(again[0].vertices, fresh[0].vertices)
        assert torch.equal(again[0].faces, fresh[0].faces)
        assert all(torch.equal(a, b) for a, b in zip(again[1:], fresh[1:], strict=True))


@pytest.mark.usefixtures("small_base")
def test_two_surfaces_of_one_layer_live_side_by_side() -> None:
    layer = MultilevelLayer(128, 2.0)
    leaves = [tuple(x.clone().requires_grad_() for x in cloud) for cloud in (ball(800), open_bowl(500))]
    surfaces = [layer(*leaf) for leaf in leaves]
    for surface in surfaces:  # both were made before either goes back
        loss_of(surface.vertices).backward()
    for leaf in leaves:
        _, by_points, by_normals = with_gradients(MultilevelLayer(128, 2.0), *(x.detach() for x in leaf))
        assert torch.equal(leaf[0].grad, by_points)
        assert torch.equal(leaf[1].grad, by_normals)


@pytest.mark.usefixtures("small_base")
def test_points_are_taken_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = ball(800)
    together = with_gradients(MultilevelLayer(64, 2.0), *cloud)
    monkeypatch.setattr(multilevel, "_AT_ONCE", 90)
    apart = with_gradients(MultilevelLayer(64, 2.0), *cloud)
    assert torch.equal(apart[0].faces, together[0].faces)
    assert torch.allclose(apart[0].vertices, together[0].vertices, atol=1e-12)
    for one, other in zip(apart[1:], together[1:], strict=True):
        assert torch.allclose(one, other, atol=1e-10 * other.abs().max().item())


@pytest.mark.usefixtures("small_base")
def test_one_layer_serves_both_precisions() -> None:
    layer, exact = MultilevelLayer(128, 2.0), with_gradients(MultilevelLayer(128, 2.0), *ball(2_000))
    for dtype in (torch.float32, torch.double, torch.float32):
        surface, *gradients = with_gradients(layer, *ball(2_000, dtype=dtype))
        assert surface.vertices.dtype == surface.normals.dtype == dtype
        away, _ = cKDTree(exact[0].vertices.detach()).query(surface.vertices.detach())
        assert away.max() < 0.05 / 128
        for mine, theirs in zip(gradients, exact[1:], strict=True):
            assert mine.dtype == dtype
            assert cosine_similarity(mine.double().flatten(), theirs.flatten(), dim=0) > 0.9999


@pytest.mark.usefixtures("small_base")
def test_everything_is_made_on_the_device_of_the_points() -> None:
    """A constructor that names no device would take the default one, on which nothing can be computed."""
    points, normals = (x.requires_grad_() for x in open_bowl(500))
    with torch.device("meta"):
        surface = MultilevelLayer(128, 2.0)(points, normals)
        surface.vertices.backward(surface.normals)
        plane = surface.potential.plane(1, 0.5, 20)
    for tensor in (surface.vertices, surface.faces, surface.normals, points.grad, normals.grad, plane):
        assert tensor.device.type == "cpu"


@pytest.mark.usefixtures("small_base")
def test_a_detached_surface_has_no_graph() -> None:
    points, normals = ball(500)
    surface = MultilevelLayer(128, 2.0)(points.requires_grad_(), normals)
    assert surface.vertices.requires_grad
    detached = surface.detach()
    assert not detached.vertices.requires_grad
    assert isinstance(detached.potential, Potential)
    assert not any(level.values.requires_grad for level in detached.potential.levels)


@pytest.mark.usefixtures("small_base")
def test_normals_of_no_length_make_no_surface() -> None:
    points, normals = ball(100)
    with pytest.raises(SurfaceVanished, match="does not cross"):
        MultilevelLayer(128, 2.0)(points, 0 * normals)


def test_each_level_halves_the_one_above_until_it_is_small_enough_or_cannot_be_halved() -> None:
    assert resolutions_of_levels(32) == (32,)
    assert resolutions_of_levels(192) == (192,)
    assert resolutions_of_levels(208) == (104, 208)
    assert resolutions_of_levels(512) == (128, 256, 512)
    assert resolutions_of_levels(1024) == (128, 256, 512, 1024)
    assert resolutions_of_levels(656) == (328, 656)  # 328 is no multiple of 16

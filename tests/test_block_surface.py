import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from sap_core.solver.active import lattice_of, mark_boxes, nowhere
from sap_core.solver.block_surface import CrossedCells, block_normals, cell_coordinates, crossed_cells, extract_blocks
from sap_core.solver.isosurface import (
    Crossings,
    SurfaceVanished,
    crossed_cell_coordinates,
    extract,
    vertex_normals,
)
from sap_core.solver.lattice import BLOCK, NODES, BlockLattice
from tests.lattices import everywhere, nodes_of, open_edges, values_of

R = 32
ALL = everywhere(R)


def distance_to_ball(center: tuple[float, float, float] = (0.5, 0.5, 0.5), *, radius: float = 0.3) -> Tensor:
    node = torch.arange(R, dtype=torch.double) / R
    x, y, z = torch.meshgrid(*(node - coordinate for coordinate in center), indexing="ij")
    return (x**2 + y**2 + z**2).sqrt() - radius


def blobs(seed: int) -> Tensor:
    """Blobs, some of them at the border of the cube."""
    noise = np.random.default_rng(seed).normal(size=3 * (R,))
    field = torch.from_numpy(gaussian_filter(noise, 1.5))
    return field / field.std() + 0.8


FIELDS = {
    "ball": distance_to_ball(),
    "at a face": distance_to_ball((0.1, 0.5, 0.5)),
    "at a corner": distance_to_ball((0.95, 0.02, 0.9)),
    "larger than the cube": distance_to_ball(radius=0.6),
    "blobs": blobs(0),
    "other blobs": blobs(1),
    "noise": blobs(2) + torch.randn(3 * (R,), generator=torch.Generator().manual_seed(0)).double(),
}
EACH = pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())


def surface_of(values: Tensor, lattice: BlockLattice, level: float = 0.0) -> tuple[Crossings, CrossedCells]:
    at = torch.tensor(level, dtype=values.dtype)
    cells = crossed_cells(values, at, lattice)
    assert not len(cells.missing)
    return extract_blocks(values, at, lattice, cells), cells


def in_order(vertices: Tensor) -> np.ndarray:
    """Which rows to take so that vertices stand in the order of their coordinates."""
    rounded = (vertices * R * 2**20).round().numpy()
    return np.lexsort(rounded.T)


def volume(mesh: Crossings) -> float:
    return float(torch.linalg.det(mesh.vertices[mesh.faces].double()).sum() / 6)


def assert_closed(mesh: Crossings) -> None:
    assert open_edges(mesh.faces) == 0


@EACH
@pytest.mark.parametrize("level", [0.0, 0.05])
def test_on_all_blocks_the_surface_is_that_of_the_dense_grid(field: Tensor, level: float) -> None:
    expected = extract(field, level)
    values = values_of(field, ALL)
    found, _ = surface_of(values, ALL, level)
    assert found.vertices.shape == expected.vertices.shape
    assert found.faces.shape == expected.faces.shape
    mine, theirs = in_order(found.vertices), in_order(expected.vertices)
    assert torch.allclose(found.vertices[mine], expected.vertices[theirs], atol=1e-9)
    assert volume(found) == pytest.approx(volume(expected), rel=1e-9)
    assert_closed(found)
    if (field[[0, -1]] > level).all() and (field[:, [0, -1]] > level).all() and (field[..., [0, -1]] > level).all():
        difference = block_normals(values, found, ALL)[mine] - vertex_normals(field, expected)[theirs]
        assert difference.abs().max() < 1e-9


@pytest.mark.parametrize("name", ["at a corner", "blobs"])
def test_faces_join_the_same_places_as_those_of_the_dense_grid(name: str) -> None:
    field = FIELDS[name]
    expected, (found, _) = extract(field), surface_of(values_of(field, ALL), ALL)

    def faces_of(mesh: Crossings) -> set[tuple[tuple[int, ...], ...]]:
        corners = (mesh.vertices[mesh.faces] * R * 2**20).round().long()
        # A face begins with whichever corner comes first.
        return {tuple(map(tuple, min(np.roll(face, n, 0).tolist() for n in range(3)))) for face in corners.numpy()}

    assert faces_of(found) == faces_of(expected)


def test_the_normals_of_a_slope_are_its_direction_away_from_the_border() -> None:
    slope = torch.tensor([1.0, -2.0, 3.0], dtype=torch.double)
    field = nodes_of(ALL).double() @ slope
    values = torch.cat((field, torch.zeros(NODES, dtype=torch.double))).view(-1, NODES)
    mesh, _ = surface_of(values, ALL, 33.3)
    normals = block_normals(values, mesh, ALL)
    inner = ((mesh.vertices * R > 1) & (mesh.vertices * R < R - 2)).all(1)
    assert inner.sum() > 500
    assert torch.allclose(normals[inner], (slope / slope.norm()).expand(int(inner.sum()), 3), atol=1e-9)


@EACH
def test_a_vertex_lies_between_its_two_nodes_where_the_field_meets_the_level(field: Tensor) -> None:
    values = values_of(field, ALL)
    mesh, _ = surface_of(values, ALL)
    ends = torch.stack([cell_coordinates(mesh.nodes[:, end], ALL) for end in (0, 1)], 1)
    inside = ((ends >= 0) & (ends < R)).all(-1)
    assert torch.allclose((ends * mesh.weights.unsqueeze(-1)).sum(1), mesh.vertices * R, atol=1e-9)
    met = (values.view(-1)[mesh.nodes] * mesh.weights).sum(1)
    assert met[inside.all(1)].abs().max() < 1e-9
    capped = ~inside.all(1)
    assert inside.any(1).all()  # one of them at least
    assert torch.allclose(mesh.weights[capped], inside[capped].double(), atol=1e-20)


@EACH
def test_crossed_cells_are_those_of_the_dense_grid(field: Tensor) -> None:
    expected = crossed_cell_coordinates(field, torch.zeros((), dtype=torch.double))
    _, cells = surface_of(values_of(field, ALL), ALL)
    assert sorted(cell_coordinates(cells.rows, ALL).tolist()) == sorted(expected.tolist())
    assert (cells.rows.diff() > 0).all()


def grown(field: Tensor, first: Tensor) -> tuple[Tensor, BlockLattice, CrossedCells, int]:
    """Begin with the blocks at places (K, 3), and add those that are missing until none is."""
    marked = nowhere(field.device, R)
    mark_boxes(marked, BLOCK * first, BLOCK * first, R)
    for rounds in range(1, 100):
        lattice = lattice_of(marked, R)
        values = values_of(field, lattice)
        cells = crossed_cells(values, torch.zeros((), dtype=torch.double), lattice)
        if not len(cells.missing):
            return values, lattice, cells, rounds
        absent = lattice.blocks_at(*cells.missing.unbind(1)) == len(lattice)
        assert absent.all()  # only blocks that are not there are missing
        mark_boxes(marked, BLOCK * cells.missing, BLOCK * cells.missing, R)
    raise AssertionError("it has no end")


@pytest.mark.parametrize("name", ["ball", "at a face", "at a corner", "larger than the cube"])
def test_a_surface_that_leaves_the_blocks_is_followed_until_it_is_closed(name: str) -> None:
    """The ball is one piece, so that all of it is found from any block that it crosses."""
    field = FIELDS[name]
    crossed = crossed_cell_coordinates(field, torch.zeros((), dtype=torch.double))
    start = crossed[len(crossed) // 3].clamp(min=0) // BLOCK
    values, lattice, cells, rounds = grown(field, start.unsqueeze(0))
    mesh = extract_blocks(values, torch.zeros((), dtype=torch.double), lattice, cells)
    assert rounds > 1
    assert_closed(mesh)
    expected = extract(field)
    mine, theirs = in_order(mesh.vertices), in_order(expected.vertices)
    assert len(mine) == len(theirs)
    assert torch.allclose(mesh.vertices[mine], expected.vertices[theirs], atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["blobs", "other blobs", "noise"])
def test_whatever_the_first_blocks_what_is_found_is_closed(name: str, seed: int) -> None:
    first = torch.randint(0, R // BLOCK, (1 + seed, 3), generator=torch.Generator().manual_seed(seed))
    values, lattice, cells, _ = grown(FIELDS[name], first)
    assert_closed(extract_blocks(values, torch.zeros((), dtype=torch.double), lattice, cells))


def test_cells_are_taken_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values = values_of(FIELDS["blobs"], ALL)
    expected, _ = surface_of(values, ALL)
    monkeypatch.setattr("sap_core.solver.block_surface._AT_ONCE", 1_000)
    for one, other in zip(surface_of(values, ALL)[0], expected, strict=True):
        assert torch.equal(one, other)


def test_nodes_exactly_on_the_level_leave_the_surface_closed() -> None:
    field = torch.randint(-2, 3, 3 * (R,), generator=torch.Generator().manual_seed(0)).double()
    mesh, _ = surface_of(values_of(field, ALL), ALL)
    assert_closed(mesh)
    assert mesh.vertices.isfinite().all()
    assert mesh.weights.isfinite().all()


def test_single_precision_gives_the_same_mesh() -> None:
    field = FIELDS["blobs"]
    exact, (single, _) = surface_of(values_of(field, ALL), ALL)[0], surface_of(values_of(field.float(), ALL), ALL)
    assert single.vertices.dtype == torch.float32
    assert torch.equal(single.faces, exact.faces)
    assert torch.allclose(single.vertices.double(), exact.vertices, atol=1e-5)


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_no_surface_is_an_error_with_a_name(value: float) -> None:
    values = torch.full((len(ALL) + 1, NODES), value)
    level = torch.tensor(0.5)
    with pytest.raises(SurfaceVanished, match="there is no surface"):
        extract_blocks(values, level, ALL, crossed_cells(values, level, ALL))


def test_an_open_or_twisted_mesh_is_not_taken_for_a_closed_one() -> None:
    """What the tests of closedness rest on."""
    mesh, _ = surface_of(values_of(FIELDS["ball"], ALL), ALL)
    twisted, doubled = mesh.faces.clone(), torch.cat((mesh.faces, mesh.faces[:2]))
    twisted[7] = twisted[7].flip(0)
    assert open_edges(mesh.faces) == 0
    assert open_edges(mesh.faces[1:]) == 3
    assert open_edges(twisted) > 0
    assert open_edges(doubled) > 0
    assert open_edges(torch.cat((mesh.faces, mesh.faces))) > 0

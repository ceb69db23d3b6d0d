from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from sap_core import neighbours
from sap_core.neighbours import AllPairs, GridSearch, NearestNeighbours, TreeSearch

Search = Callable[[Tensor], Callable[[Tensor], Tensor]]
SEARCHES = [TreeSearch, GridSearch, AllPairs]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def ball_surface(count: int, *, radius: float = 1.0, seed: int = 0) -> Tensor:
    return radius * torch.nn.functional.normalize(normal(count, 3, seed=seed), dim=-1)


def cluster_and_shell() -> Tensor:
    """Three quarters of the points lie in a thousandth of the extent."""
    return torch.cat([ball_surface(500), 0.5 + 1e-3 * ball_surface(1_500, seed=1)])


def least_distances(queries: Tensor, points: Tensor) -> Tensor:
    """Brute force in double precision."""
    return torch.linalg.vector_norm(queries.double()[:, None] - points.double(), dim=-1).amin(1)


CASES = {
    "near a surface": (ball_surface(700, radius=1.01, seed=2), ball_surface(2_000)),
    "off a surface": (ball_surface(700, radius=0.7, seed=2) + 0.1, ball_surface(2_000)),
    "in a volume": (normal(700, 3, seed=2), normal(2_000, 3)),
    "of few points": (normal(2_000, 3, seed=2), normal(20, 3)),
    "far outside": (1e4 * normal(200, 3, seed=2), ball_surface(2_000)),
    "clustered points": (torch.cat([ball_surface(100, seed=3), 0.5 + 1e-3 * normal(400, 3)]), cluster_and_shell()),
    "clustered queries": (0.5 + 1e-3 * normal(700, 3), ball_surface(2_000)),
    "one outlier": (ball_surface(700, seed=2), torch.cat([ball_surface(2_000), torch.full((1, 3), 1e4)])),
    "away from the origin": (ball_surface(500, seed=2) + 1_000, ball_surface(2_000) + 1_000),
    "the points themselves": (ball_surface(2_000), ball_surface(2_000)),
    "duplicates": (normal(100, 3), ball_surface(20).repeat(50, 1)),
    "all at one place": (normal(50, 3), torch.ones(300, 3)),
    "on a line": (normal(300, 3), torch.linspace(-2, 2, 500)[:, None] * torch.tensor([0.0, 1, 0])),
    "on lattice planes": (torch.cartesian_prod(*3 * [torch.arange(9) / 8 + 1 / 16]), normal(500, 3).round(decimals=1)),
    "one point": (normal(20, 3), normal(1, 3, seed=1)),
    "two points": (normal(20, 3), normal(2, 3, seed=1)),
    "one query": (normal(1, 3), ball_surface(2_000)),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("search", SEARCHES)
def test_nothing_is_nearer(search: Search, case: str, dtype: torch.dtype) -> None:
    queries, points = (tensor.to(dtype) for tensor in CASES[case])
    rows = search(points)(queries)
    assert rows.dtype == torch.int64
    found = torch.linalg.vector_norm(queries.double() - points.double()[rows], dim=-1)
    torch.testing.assert_close(found, least_distances(queries, points), rtol=4 * torch.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("search", SEARCHES)
def test_no_queries_have_no_neighbours(search: Search) -> None:
    assert search(normal(5, 3))(torch.empty(0, 3)).shape == (0,)


@pytest.mark.parametrize("most", [1, 1_000])
@pytest.mark.parametrize("case", ["near a surface", "off a surface", "clustered points", "duplicates"])
def test_the_bound_on_memory_changes_nothing(case: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    queries, points = CASES[case]
    expected = GridSearch(points)(queries)
    monkeypatch.setattr(neighbours, "_PAIRS_AT_ONCE", most)
    monkeypatch.setattr(neighbours, "_QUERIES_AT_ONCE", 64)
    torch.testing.assert_close(least_distances(queries, points), (queries - points[expected]).norm(dim=1).double())
    assert torch.equal(GridSearch(points)(queries), expected)


def test_of_equals_the_grid_gives_the_first() -> None:
    points = ball_surface(40).repeat(25, 1)
    assert torch.equal(GridSearch(points)(points), torch.arange(40).repeat(25))


@pytest.mark.parametrize(
    "points",
    [
        ball_surface(20_000),
        normal(20_000, 3),
        torch.cat([ball_surface(20_000), torch.full((1, 3), 1e3)]),
    ],
    ids=["surface", "volume", "outlier"],
)
def test_a_query_near_the_points_meets_few_of_them(points: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = 0

    def counted(first: Tensor, counts: Tensor, total: int) -> tuple[Tensor, Tensor]:
        nonlocal pairs
        pairs += total
        return expand(first, counts, total)

    expand = neighbours._expand
    monkeypatch.setattr(neighbours, "_expand", counted)
    queries = points[::100] + 1e-3
    GridSearch(points)(queries)
    assert pairs < 100 * len(queries)


@pytest.mark.parametrize("radius", [0.3, 0.9, 1.2, 3.0])
def test_many_queries_off_the_points_ask_coarser_grids(radius: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_PAIRS_AT_ONCE", 100_000)
    points, queries = ball_surface(50_000), ball_surface(100, radius=radius, seed=1) + 0.1
    found = (queries - points[GridSearch(points)(queries)]).norm(dim=1).double()
    torch.testing.assert_close(found, least_distances(queries, points))


@pytest.mark.parametrize("search", [GridSearch, AllPairs])
@pytest.mark.parametrize("case", ["near a surface", "off a surface", "far outside"])
def test_tensors_are_made_on_the_points_device(search: Search, case: str) -> None:
    queries, points = CASES[case]
    expected = search(points)(queries)
    with torch.device("meta"):  # a constructor without a device would now make a tensor without data
        assert torch.equal(search(points)(queries), expected)


def test_the_device_picks_the_search() -> None:
    queries, points = (tensor.requires_grad_() for tensor in (normal(30, 3, seed=1), normal(40, 3)))
    assert torch.equal(NearestNeighbours(points)(queries), TreeSearch(points.detach())(queries.detach()))


@pytest.mark.parametrize("shape", [(0, 3), (4, 2), (3,)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(N, 3\)"):
        NearestNeighbours(torch.rand(shape))

import pytest
import torch

from sap_core.chamfer import chamfer_distance, nearest_pairs, squared_distances
from sap_core.neighbours import NearestNeighbours


def naive_chamfer(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    squared = (a[:, None] - b[None]).square().sum(-1)
    return squared.min(1).values.mean() + squared.min(0).values.mean()


@pytest.fixture
def sets() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return (
        torch.rand(40, 3, dtype=torch.double, generator=generator).requires_grad_(),
        torch.rand(30, 3, dtype=torch.double, generator=generator).requires_grad_(),
    )


def test_equals_the_naive_form_with_its_gradients(sets: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = sets
    ours = torch.autograd.grad(chamfer_distance(a, b), (a, b))
    naive = torch.autograd.grad(naive_chamfer(a, b), (a, b))
    assert torch.allclose(chamfer_distance(a, b), naive_chamfer(a, b))
    for mine, reference in zip(ours, naive, strict=True):
        assert torch.allclose(mine, reference)


def test_gradients_in_double(sets: tuple[torch.Tensor, torch.Tensor]) -> None:
    assert torch.autograd.gradcheck(chamfer_distance, sets)


def test_symmetric_and_zero_on_itself(sets: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = sets
    assert torch.allclose(chamfer_distance(a, b), chamfer_distance(b, a))
    assert chamfer_distance(a, a).item() == 0


def test_a_kept_search_structure_gives_the_same(sets: tuple[torch.Tensor, torch.Tensor]) -> None:
    a, b = sets
    assert chamfer_distance(a, b, b_neighbours=NearestNeighbours(b)) == chamfer_distance(a, b)


def test_the_pair_and_the_distance_of_every_point() -> None:
    a, b = torch.tensor([[0.0, 0, 0], [0, 0, 5]]), torch.tensor([[0.0, 0, 1], [0, 0, 3], [0, 4, 5]])
    pairs = nearest_pairs(a, b)
    assert pairs.in_b.tolist() == [0, 1]
    assert pairs.in_a.tolist() == [0, 1, 1]
    assert pairs.from_b_to_a.tolist() == [[0, 0, -1], [0, 0, 2]]
    assert pairs.from_a_to_b.tolist() == [[0, 0, 1], [0, 0, -2], [0, 4, 0]]
    distances = squared_distances(pairs)
    assert distances.from_a.tolist() == [1, 4]
    assert distances.from_b.tolist() == [1, 4, 16]
    assert chamfer_distance(a, b).item() == pytest.approx((1 + 4) / 2 + (1 + 4 + 16) / 3)


@pytest.mark.parametrize("shape", [(0, 3), (4, 2), (3,)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(N, 3\)"):
        chamfer_distance(torch.rand(shape), torch.rand(5, 3))

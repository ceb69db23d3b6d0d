import math

import numpy as np
import pytest
import torch
from torch import Tensor

from sap_core.chamfer import nearest_pairs, squared_distances
from sap_core.plane_distance import squared_plane_distances


def sphere(count: int, *, radius: float, seed: int) -> Tensor:
    points = np.random.default_rng(seed).normal(size=(count, 3))
    return torch.tensor(radius * points / np.linalg.norm(points, axis=1, keepdims=True))


def across(vertices: Tensor, normals: Tensor, samples: Tensor, *, near: float = 10.0) -> list[list[float]]:
    distances = squared_plane_distances(nearest_pairs(vertices, samples), normals, near=near)
    return [distances.from_a.tolist(), distances.from_b.tolist()]


def test_between_planes_only_the_way_across_counts() -> None:
    up = torch.tensor([[0.0, 0, 1]]).expand(2, 3)
    vertices, samples = torch.tensor([[0.0, 0, 0], [1, 0, 0]]), torch.tensor([[0.3, 0.2, 0.1], [0.8, 0, -0.2]])
    from_vertices, from_samples = across(vertices, up, samples)
    assert from_vertices == pytest.approx([0.01, 0.04])
    assert from_samples == pytest.approx([0.01, 0.04])


def test_a_sphere_is_drawn_to_its_samples_without_bias() -> None:
    """The radius at which the gradient vanishes, for 300 samples of a unit sphere: points alone shrink it."""
    samples = sphere(300, radius=1.0, seed=0)
    directions = sphere(20_000, radius=1.0, seed=1)

    def pull(radius: float, *, plane: bool) -> float:
        grown = torch.tensor(radius, dtype=torch.double, requires_grad=True)
        pairs = nearest_pairs(grown * directions, samples)
        squared = squared_plane_distances(pairs, directions, near=1.0) if plane else squared_distances(pairs)
        (squared.from_a.mean() + squared.from_b.mean()).backward()
        return float(grown.grad)

    def radius_at_rest(*, plane: bool) -> float:
        low, high = 0.95, 1.05
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (low, middle) if pull(middle, plane=plane) > 0 else (middle, high)
        return middle

    assert radius_at_rest(plane=False) < 1 - 1e-3
    assert abs(radius_at_rest(plane=True) - 1) < 1e-4


def test_ends_on_two_sides_of_something_thin_count_with_their_whole_distance() -> None:
    vertices = torch.tensor([[0.0, 0, 0], [0.3, 0, -0.1]])
    normals = torch.tensor([[0.0, 0, 1], [0, 0, -1]])
    sample = torch.tensor([[0.3, 0.0, -0.12]])
    from_vertices, from_samples = across(vertices, normals, sample)
    assert from_vertices == pytest.approx([0.3**2 + 0.12**2, 0.02**2])
    assert from_samples == pytest.approx([0.02**2])


def test_what_is_far_counts_with_its_whole_distance() -> None:
    vertex, up, sample = torch.tensor([[0.0, 0, 0]]), torch.tensor([[0.0, 0, 1]]), torch.tensor([[0.4, 0, 0.3]])
    whole = [[pytest.approx(0.25)], [pytest.approx(0.25)]]
    assert across(vertex, up, sample, near=0.51) == [[pytest.approx(0.09)], [pytest.approx(0.09)]]
    assert across(vertex, up, sample, near=0.49) == whole
    assert across(vertex, torch.zeros(1, 3), sample, near=math.inf)[0] == whole[0]  # where the field is flat


def test_gradients_in_double() -> None:
    vertices, samples = sphere(40, radius=1.02, seed=2).requires_grad_(), sphere(30, radius=1.0, seed=3)
    normals = torch.nn.functional.normalize(vertices.detach(), dim=1)

    def distances(moved: Tensor) -> tuple[Tensor, ...]:
        return tuple(squared_plane_distances(nearest_pairs(moved, samples), normals, near=0.3))

    assert torch.autograd.gradcheck(distances, (vertices,))

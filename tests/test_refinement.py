import numpy as np
import pytest
import torch
from torch import Tensor

from sap_core.refinement import Deviation, Refinement, deviation, shared_by_neighbours
from sap_core.solver.multilevel import MultilevelSolver

RADIUS = 0.35
SPACING = 0.0055  # of 50,000 points on a sphere of that radius


def directions(count: int, *, seed: int = 0) -> Tensor:
    found = np.random.default_rng(seed).normal(size=(count, 3))
    return torch.tensor(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=torch.float32)


def waves(towards: Tensor) -> Tensor:
    """Heights above the sphere, with waves ten cells of a grid of 256 long."""
    return 0.002 * torch.sin(towards @ torch.tensor([40.0, 25.0, -30.0]))


def test_samples_beside_a_sphere_know_how_far_it_is_and_where() -> None:
    towards = directions(50_000)
    potential = MultilevelSolver(256, 2.0, like=towards).solve(0.5 + RADIUS * towards, towards)
    beside = torch.tensor([-0.002, -0.0005, 0.0, 0.0005, 0.002]).repeat(2_000)
    found = deviation(potential, 0.5 + (RADIUS + beside).unsqueeze(1) * towards[:10_000])
    assert float((found.distances - beside).abs().median()) < 1e-4
    assert torch.equal(found.distances[beside.abs() == 0.002] > 0, beside[beside.abs() == 0.002] > 0)
    assert float((found.normals * towards[:10_000]).sum(1).mean()) > 0.99


def test_noise_is_shared_by_no_neighbours_and_relief_by_all() -> None:
    towards = directions(50_000)
    noise = torch.tensor(np.random.default_rng(1).normal(0, 1e-3, 50_000), dtype=torch.float32)
    relief = 1e-3 * 2**0.5 * torch.sin(towards @ torch.tensor([20.0, 10.0, -15.0]))

    def shared(distances: Tensor) -> float:
        samples = 0.5 + (RADIUS + distances).unsqueeze(1) * towards
        return shared_by_neighbours(Deviation(distances, towards), samples, spacing=SPACING, farthest=0.01)

    assert abs(shared(noise)) < 0.03
    assert shared(relief) > 0.9
    assert shared(noise + relief) == pytest.approx(0.5, abs=0.05)
    assert shared(torch.zeros(50_000)) == 0.0


def test_thick_noise_does_not_make_neighbours_of_samples_above_one_another() -> None:
    towards = directions(50_000)
    noise = torch.tensor(np.random.default_rng(1).normal(0, 2 * SPACING, 50_000), dtype=torch.float32)
    samples = 0.5 + (RADIUS + noise).unsqueeze(1) * towards
    found = shared_by_neighbours(Deviation(noise, towards), samples, spacing=SPACING, farthest=1.0)
    assert abs(found) < 0.03


def test_a_single_sample_has_no_neighbours() -> None:
    alone = Deviation(torch.tensor([0.01]), torch.tensor([[1.0, 0, 0]]))
    assert shared_by_neighbours(alone, torch.tensor([[0.5, 0.5, 0.5]]), spacing=0.1, farthest=1.0) == 0.0


def test_two_steps_bring_out_waves_that_the_smoothing_has_taken() -> None:
    towards = directions(50_000)
    samples = 0.5 + (RADIUS + waves(towards)).unsqueeze(1) * towards
    solver = MultilevelSolver(256, 2.0, like=samples)
    smooth = 0.5 + RADIUS * towards
    refinement = Refinement(samples, samples, spacing=SPACING)
    points, normals = refinement.begin(solver.solve(smooth, towards), smooth, towards)
    found = []
    for _ in range(3):
        correction = refinement.correct(solver.solve(points, normals), points)
        points, normals = correction.points, correction.normals
        found.append(float(correction.squared) ** 0.5)
    first, _, last = found
    assert first < 0.7 * 0.002 / 2**0.5  # of the waves themselves
    assert last < 0.5 * first


def test_lengths_of_normals_are_carried_over_and_shared_by_area() -> None:
    towards = directions(40_000)
    dense = towards[towards[:, 0] > 0]
    sparse = towards[towards[:, 0] <= 0][::4]
    samples = 0.5 + RADIUS * torch.cat((dense, sparse))
    carried = directions(5_000, seed=1)
    longer = torch.where(carried[:, 2] > 0, 2.0, 1.0).unsqueeze(1) * carried  # towards z, whatever the samples do
    potential = MultilevelSolver(64, 2.0, like=samples).solve(0.5 + RADIUS * carried, longer)
    refinement = Refinement(samples, samples, spacing=SPACING)
    _, normals = refinement.begin(potential, 0.5 + RADIUS * carried, longer)
    lengths, there = normals.norm(dim=1), refinement.samples - 0.5

    def median(where: Tensor) -> float:
        return float(lengths[where].median())

    inner = (there.abs() > 0.1).all(1)
    assert median(inner & (there[:, 0] < 0)) / median(inner & (there[:, 0] > 0)) == pytest.approx(4, rel=0.15)
    assert median(inner & (there[:, 2] > 0)) / median(inner & (there[:, 2] < 0)) == pytest.approx(2, rel=0.15)


def test_what_is_noise_is_judged_by_the_samples_as_they_were_scanned() -> None:
    towards = directions(50_000)
    noise = torch.tensor(np.random.default_rng(1).normal(0, 1e-3, 50_000), dtype=torch.float32)
    clean, raw = 0.5 + (RADIUS + 5e-4) * towards, 0.5 + (RADIUS + noise).unsqueeze(1) * towards
    sphere = 0.5 + RADIUS * towards
    potential = MultilevelSolver(128, 2.0, like=sphere).solve(sphere, towards)
    assert Refinement(clean, clean, spacing=SPACING).correct(potential, sphere).missed > 0.8
    assert Refinement(clean, raw, spacing=SPACING).correct(potential, sphere).missed < 0.2

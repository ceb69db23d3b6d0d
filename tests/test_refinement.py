import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from sap_core.refinement import Judges, Refinement, deviation
from sap_core.solver.levels import Potential
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


def white(level: float, *, count: int = 50_000) -> Tensor:
    return torch.tensor(np.random.default_rng(1).normal(0, level, count), dtype=torch.float32)


@pytest.fixture(scope="module")
def sphere() -> Potential:
    """The potential of a sphere, smoothed little."""
    towards = directions(50_000)
    return MultilevelSolver(128, 2.0, like=towards).solve(0.5 + RADIUS * towards, towards)


def test_noise_is_not_missed_and_relief_is(sphere: Potential) -> None:
    towards = directions(50_000)
    noise = white(1e-3)
    relief = 1e-3 * 2**0.5 * torch.sin(towards @ torch.tensor([20.0, 10.0, -15.0]))

    def missed(distances: Tensor, *, level: float) -> float:
        samples = 0.5 + (RADIUS + distances).unsqueeze(1) * towards
        return Judges(samples, spacing=SPACING, noise=level).missed_by(sphere)

    assert missed(noise, level=1e-3) < 0.12
    assert missed(relief, level=0.0) > 0.98
    assert missed(relief, level=1e-3) > 0.9
    assert missed(noise + relief, level=1e-3) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("spacings", [0.25, 1.0])
def test_noise_does_not_make_neighbours_of_samples_above_one_another(sphere: Potential, spacings: float) -> None:
    towards, noise = directions(50_000), white(spacings * SPACING)
    samples = 0.5 + (RADIUS + noise).unsqueeze(1) * towards
    refinement = Refinement(samples, spacing=SPACING, noise=spacings * SPACING)
    correction = refinement.correct(sphere, samples, towards)
    assert correction.missed < 0.12
    assert correction.deviation < 0.3 * float(noise.square().mean().sqrt())


def test_a_single_sample_has_no_neighbours(sphere: Potential) -> None:
    alone = torch.tensor([[0.86, 0.5, 0.5]])
    missed = Judges(alone, spacing=0.1, noise=0.1).missed_by(sphere)
    assert 0 <= missed <= 1
    correction = Refinement(alone, spacing=0.1, noise=0.1).correct(sphere, alone, alone - 0.5)
    assert correction.points.isfinite().all()
    assert correction.normals.isfinite().all()


def test_two_steps_bring_out_waves_that_the_smoothing_has_taken() -> None:
    towards = directions(50_000)
    samples = 0.5 + (RADIUS + waves(towards)).unsqueeze(1) * towards
    solver = MultilevelSolver(256, 2.0, like=samples)
    smooth = 0.5 + RADIUS * towards
    refinement = Refinement(samples, spacing=SPACING, noise=0.0)
    points, normals, _ = refinement.begin(solver.solve(smooth, towards), smooth, towards)
    found = []
    for _ in range(3):
        correction = refinement.correct(solver.solve(points, normals), points, normals)
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
    refinement = Refinement(samples, spacing=SPACING, noise=0.0)
    _, normals, _ = refinement.begin(potential, 0.5 + RADIUS * carried, longer)
    lengths, there = normals.norm(dim=1), refinement.samples - 0.5

    def median(where: Tensor) -> float:
        return float(lengths[where].median())

    inner = (there.abs() > 0.1).all(1)
    assert median(inner & (there[:, 0] < 0)) / median(inner & (there[:, 0] > 0)) == pytest.approx(4, rel=0.15)
    assert median(inner & (there[:, 2] > 0)) / median(inner & (there[:, 2] < 0)) == pytest.approx(2, rel=0.15)


def test_samples_that_all_lie_beside_a_surface_have_missed_it_and_noisy_ones_have_not(sphere: Potential) -> None:
    towards = directions(50_000)
    beside, noisy = 0.5 + (RADIUS + 5e-4) * towards, 0.5 + (RADIUS + white(1e-3)).unsqueeze(1) * towards
    assert Refinement(beside, spacing=SPACING, noise=1e-3).correct(sphere, beside, towards).missed > 0.8
    assert Refinement(noisy, spacing=SPACING, noise=1e-3).correct(sphere, noisy, towards).missed < 0.2


def test_a_correction_takes_noise_from_the_samples_and_leaves_their_shape(sphere: Potential) -> None:
    noise, towards = white(1e-3), directions(50_000)
    relief = 3e-3 * torch.sin(towards @ torch.tensor([20.0, 10.0, -15.0]))
    refinement = Refinement(0.5 + (RADIUS + relief + noise).unsqueeze(1) * towards, spacing=SPACING, noise=1e-3)
    there = refinement.samples
    correction = refinement.correct(sphere, there, normalize(there - 0.5, dim=1))

    def beside_the_relief(points: Tensor) -> float:
        outwards = points - 0.5
        radii = outwards.norm(dim=1)
        shape = 3e-3 * torch.sin(outwards / radii.unsqueeze(1) @ torch.tensor([20.0, 10.0, -15.0]))
        return float((radii - RADIUS - shape).square().mean().sqrt())

    assert beside_the_relief(there) == pytest.approx(1e-3, rel=0.02)
    assert beside_the_relief(correction.onto) < 0.5e-3
    assert float(correction.squared) ** 0.5 == pytest.approx(float((relief + noise).square().mean().sqrt()), rel=0.1)
    assert correction.deviation == pytest.approx(float(relief.square().mean().sqrt()), rel=0.1)


def test_a_refinement_begins_without_noise_and_across_the_surface(sphere: Potential) -> None:
    towards = directions(50_000)
    refinement = Refinement(0.5 + (RADIUS + white(1e-3)).unsqueeze(1) * towards, spacing=SPACING, noise=1e-3)
    carried = directions(5_000, seed=1)
    beginning = refinement.begin(sphere, 0.5 + RADIUS * carried, carried)
    radii = (beginning.points - 0.5).norm(dim=1)
    assert float((radii - RADIUS).square().mean().sqrt()) < 0.3e-3
    assert beginning.deviation < 0.3e-3
    assert float(beginning.normals.norm(dim=1).median()) == pytest.approx(1)
    outwards = normalize(beginning.points - 0.5, dim=1)
    assert float((normalize(beginning.normals, dim=1) * outwards).sum(1).min()) > 0.99

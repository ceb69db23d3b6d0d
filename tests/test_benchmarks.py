from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial import cKDTree
from skimage import measure

from benchmarks import cases, devices, naive, plots, quality, real, screened_poisson, shapes
from benchmarks.devices import DeviceRow
from benchmarks.feel_rows import FeelRow, SoakRow, growths, warm_from
from benchmarks.memory import MemoryRow
from benchmarks.naive import LEVELS, NaiveOptimisation, learning_rate
from benchmarks.own_process import ProcessFailed
from benchmarks.quality_rows import Lead, QualityRow, leads
from benchmarks.real import RealRow
from benchmarks.recipe import run_recipe
from benchmarks.results import Results, latest
from benchmarks.scale import ScaleRow
from benchmarks.scanner import scan
from benchmarks.step_cost import StepRow, TransformClock
from benchmarks.tables import replace_section
from benchmarks.timed_run import timed_run
from sap_core import (
    Mesh,
    PointCloud,
    PoissonSolver,
    Reconstruction,
    Settings,
    chamfer_distance,
    marching_cubes,
    write_cloud,
    write_mesh,
)
from sap_core.learned.sdf import ball, box, cylinder, difference, lattice, limb, smooth_union, tube, union
from tests.shapes import torus, torus_mesh

# --- shapes ---


@pytest.mark.parametrize(
    ("model", "bodies", "genus"),
    [
        (shapes.scaffold, 1, 28),
        (shapes.plate, 1, 6),
        (shapes.coil, 1, 1),
        (shapes.nested, 3, 0),
        (shapes.creature, 1, 0),
        (shapes.bracket, 1, 5),
        (shapes.boxes, 2, 0),
        (shapes.chair, 1, 2),
    ],
)
def test_models_are_closed_and_of_the_genus_they_state(model: Callable[..., Mesh], bodies: int, genus: int) -> None:
    mesh = model(resolution=100)
    shape = trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)
    assert shape.is_watertight
    assert shape.is_winding_consistent
    assert shape.volume > 0
    assert shape.body_count == bodies
    assert shape.euler_number == 2 * bodies - 2 * genus


def test_every_model_is_among_those_tested() -> None:
    assert {model.__name__ for model in shapes.MODELS} == {
        "scaffold", "plate", "coil", "nested", "creature", "bracket", "boxes", "chair",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "resolution", "volume"),
    [
        (shapes.nested, 100, 4 / 3 * np.pi * (1 - 0.9**3 + 0.45**3)),
        (shapes.boxes, 100, 2 * 0.9 * 1.2 * 0.8),
        (shapes.plate, 300, 0.04 * (2 * 1.4 - 6 * np.pi * 0.2**2)),
    ],
)
def test_models_have_the_volume_of_their_formula(model: Callable[..., Mesh], resolution: int, volume: float) -> None:
    mesh = model(resolution=resolution)
    assert trimesh.Trimesh(mesh.vertices, mesh.faces, process=False).volume == pytest.approx(volume, rel=0.01)


@pytest.mark.parametrize(
    "solid",
    [
        ball(0.5, center=(0.1, 0, 0)),
        box((0.5, 0.3, 0.2)),
        cylinder(1, 0.3, 0.4),
        limb((-0.4, 0, 0), (0.4, 0.1, 0.2), 0.2, 0.2),
        lattice(2, 0.1),
    ],
)
def test_primitives_measure_distance(solid: Callable[[np.ndarray], np.ndarray]) -> None:
    """Going from a point outside against the gradient, by the distance, leads to the surface."""
    points = np.random.default_rng(0).uniform(-1.2, 1.2, (500, 3))
    points = points[solid(points) > 0.05]
    step = 1e-6
    gradient = np.stack([(solid(points + e) - solid(points - e)) / (2 * step) for e in step * np.eye(3)], 1)
    assert len(points) > 100
    assert np.abs(solid(points - solid(points)[:, None] * gradient)).max() < 1e-4


def test_operations_on_solids() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (2_000, 3))
    a, b = ball(0.6), box((0.8, 0.3, 0.3))
    in_a, in_b = a(points) < 0, b(points) < 0
    assert np.array_equal(union(a, b)(points) < 0, in_a | in_b)
    assert np.array_equal(difference(a, b)(points) < 0, in_a & ~in_b)
    blended = smooth_union(a, b, blend=0.2)(points) < 0
    assert (blended >= (in_a | in_b)).all()
    assert 0 < (blended & ~(in_a | in_b)).sum() < 0.1 * len(points)


def test_tube_around_a_curve() -> None:
    angle = np.linspace(0, 2 * np.pi, 1_000)
    ring = tube(np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1), 0.2)
    assert ring(np.array([[1.0, 0, 0.1], [1, 0, 0.3], [0, 0, 0]])) == pytest.approx([-0.1, 0.1, 0.2], abs=1e-5)


# --- scanner ---


def ball_mesh() -> Mesh:
    shape = trimesh.creation.icosphere(subdivisions=5)
    return Mesh(shape.vertices, shape.faces)


def test_a_clean_scan_lies_on_the_mesh_and_the_seed_decides_it() -> None:
    cloud = scan(ball_mesh(), points=5_000)
    assert cloud.points.shape == (5_000, 3)
    assert cloud.normals is None
    assert np.linalg.norm(cloud.points, axis=1) == pytest.approx(1, abs=1e-3)
    assert np.array_equal(cloud.points, scan(ball_mesh(), points=5_000).points)
    assert not np.array_equal(cloud.points, scan(ball_mesh(), points=5_000, seed=1).points)


def test_noise_has_the_level_asked_for() -> None:
    """The longest edge is 2; along a normal isotropic noise has the deviation that it has along an axis."""
    radii = np.linalg.norm(scan(ball_mesh(), points=20_000, noise=0.01).points, axis=1)
    assert radii.std() == pytest.approx(0.02, rel=0.05)


def test_noise_along_the_view() -> None:
    clean, noisy = (
        scan(ball_mesh(), points=5_000, views=1, noise=level, noise_along="view").points for level in (0.0, 0.01)
    )
    moved = noisy - clean
    assert moved.std() * np.sqrt(3) == pytest.approx(0.02, rel=0.05)
    assert np.linalg.matrix_rank(moved, tol=1e-6) == 1
    towards_view = clean.mean(0) / np.linalg.norm(clean.mean(0))
    assert np.abs(moved @ towards_view) == pytest.approx(np.linalg.norm(moved, axis=1), abs=2e-3)


def test_noise_along_the_view_needs_views() -> None:
    with pytest.raises(ValueError, match="needs views, got 0"):
        scan(ball_mesh(), points=10, noise=0.01, noise_along="view")


def test_hidden_points_are_not_seen() -> None:
    nested = shapes.nested(resolution=60)
    assert np.linalg.norm(scan(nested, points=5_000).points, axis=1).min() < 0.5
    assert np.linalg.norm(scan(nested, points=5_000, views=6).points, axis=1).min() > 0.95


def test_one_view_sees_the_front_of_a_ball_and_all_of_it() -> None:
    points = scan(ball_mesh(), points=20_000, views=1).points
    towards_view = points.mean(0) / np.linalg.norm(points.mean(0))
    height = points @ towards_view
    assert height.min() > 0.17  # 0.2, less what the facets tilt
    # On a ball equal heights hold equal areas: what faces the view is seen evenly.
    counts, _ = np.histogram(height, bins=8, range=(0.25, 1))
    assert counts.max() < 1.15 * counts.min()


def test_density_falls_by_the_factor_asked_for() -> None:
    shape = trimesh.creation.box((4, 1, 1))
    along = scan(Mesh(shape.vertices, shape.faces), points=100_000, uneven=10).points[:, 0]
    sparse, dense = (along < -1.6) & (along > -1.9), (along > 1.6) & (along < 1.9)
    ratio = max(sparse.sum(), dense.sum()) / min(sparse.sum(), dense.sum())
    assert ratio == pytest.approx(10 ** (3.5 / 4), rel=0.1)


# --- cases ---


def test_cases_are_chosen_by_name_or_size() -> None:
    assert cases.choose((), small=False) == cases.CASES
    assert [case.name for case in cases.choose(("plate", "animal"), small=False)] == ["plate", "animal"]
    assert 3 <= len(cases.choose((), small=True)) < 7
    with pytest.raises(ValueError, match="there is no case 'cow': choose from animal,"):
        cases.choose(("cow",), small=False)


def test_a_case_from_files_lies_on_its_reference() -> None:
    cloud, reference = next(case for case in cases.CASES if case.name == "fandisk").load()
    assert cloud.normals is None
    assert np.ptp(cloud.points, axis=0) == pytest.approx(np.ptp(reference.vertices, axis=0), rel=1e-2)


# --- the naive step against the product ---


@dataclass
class State:
    points: torch.Tensor
    normals: torch.Tensor
    target: torch.Tensor


@pytest.fixture
def state() -> State:
    """Perturbed points of a torus, seen by a scan of it."""
    rng = np.random.default_rng(0)
    cloud, target = torus(3_000), torus(2_000, seed=1).points
    assert cloud.normals is not None
    points, scanned = (0.5 + 0.3 * values for values in (cloud.points, target))
    points = points + 0.005 * rng.normal(size=points.shape)
    return State(*(torch.tensor(values, dtype=torch.float32) for values in (points, cloud.normals, scanned)))


@pytest.fixture
def products_normals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive step with the product's normals, central differences, in place of scikit-image's (about 4 degrees)."""

    def extract(volume: np.ndarray, level: float) -> tuple[np.ndarray, ...]:
        vertices, faces, _, values = measure.marching_cubes(volume, level)
        products_vertices, _, normals = marching_cubes(torch.from_numpy(volume))
        _, rows = cKDTree(products_vertices * len(volume)).query(vertices)
        return vertices, faces, -normals.numpy()[rows], values

    monkeypatch.setattr(naive, "measure", SimpleNamespace(marching_cubes=extract))


@pytest.mark.usefixtures("products_normals")
def test_naive_step_has_the_products_loss_and_gradients(state: State) -> None:
    optimisation = NaiveOptimisation(state.points, state.normals, state.target, resolution=64, lr=1e-3)
    naive_loss = optimisation.loss()
    naive_loss.backward()

    logits = torch.logit(state.points).requires_grad_()
    normals = state.normals.clone().requires_grad_()
    field = torch.tanh(PoissonSolver(64, 2.0)(torch.sigmoid(logits), normals))
    vertices = marching_cubes(field)[0]
    loss = chamfer_distance(2 * vertices - 1, 2 * state.target - 1)
    loss.backward()

    assert naive_loss.item() == pytest.approx(loss.item(), rel=1e-5)
    for ours, products in ((optimisation.logits.grad, logits.grad), (optimisation.normals.grad, normals.grad)):
        assert ours is not None
        assert products is not None
        assert (ours - products).norm() < 1e-4 * products.norm()


def losses_of_both(steps: int) -> np.ndarray:
    """(steps, 2): those of the naive step and of the published preset, from one sphere."""
    cloud = torus(3_000)
    product = Reconstruction(
        cloud.points, Settings(preset="published", init="sphere", resolution=32, resample_every=0, points=2_000)
    )
    start = product.oriented_points()
    points, normals, target = (
        torch.tensor(values, dtype=torch.float32)
        for values in (product.frame.to_unit(start.points), start.normals, product.frame.to_unit(cloud.points))
    )
    optimisation = NaiveOptimisation(points, normals, target, resolution=32, lr=learning_rate(LEVELS[0], 0))
    return np.array([(optimisation.step(), product.step()) for _ in range(steps)])


@pytest.mark.usefixtures("products_normals")
def test_naive_steps_go_where_the_published_preset_goes() -> None:
    naive_losses, products = losses_of_both(10).T
    assert naive_losses[-1] < 0.99 * naive_losses[0]
    assert naive_losses == pytest.approx(products, rel=1e-4)


def test_scikit_images_normals_change_the_naive_steps_little() -> None:
    naive_losses, products = losses_of_both(10).T
    assert naive_losses[0] == pytest.approx(products[0], rel=1e-5)
    assert naive_losses == pytest.approx(products, rel=2e-3)


def test_learning_rate_of_the_recipe() -> None:
    first, _, last = LEVELS
    assert [learning_rate(first, step) for step in (0, 699, 700, 999)] == [2e-3, 2e-3, 1e-3, 1e-3]
    assert learning_rate(last, 999) == 0.98e-3


def test_both_forms_of_the_recipe_agree() -> None:
    cloud = torus(2_000)
    levels = [LEVELS[0]._replace(steps=6)]
    ours, product = (run_recipe(cloud, form, levels=levels) for form in ("naive", "product"))
    assert (ours.time_from, product.time_from) == ("naive run", "naive steps")
    # Their spheres are drawn by other generators, so that the surfaces are alike and not equal.
    assert ours.mesh.vertices.mean(0) == pytest.approx(product.mesh.vertices.mean(0), abs=0.02)
    assert np.ptp(ours.mesh.vertices, axis=0) == pytest.approx(np.ptp(product.mesh.vertices, axis=0), rel=0.05)
    assert ours.seconds > 0
    assert product.seconds > 0


def test_transforms_are_timed_and_nothing_else() -> None:
    grid = torch.ones(16, 16, 16)
    with TransformClock() as other:
        grid @ grid
    with TransformClock() as transforms:
        torch.fft.irfftn(torch.fft.rfftn(grid), s=grid.shape)
    assert other.clock.seconds == 0
    assert transforms.clock.seconds > 0


def test_screened_poisson_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screened_poisson, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "sap-viewer\[benchmarks\]"'):
        screened_poisson.run_screened_poisson(torus(100), depth=8)


# --- results ---


def test_timed_run_says_when_a_target_was_met() -> None:
    settings = Settings(preset="published", init="sphere", resolution=32, steps=4, points=2_000)
    shape = trimesh.creation.torus(1.0, 0.35)
    reference = Mesh(shape.vertices, shape.faces)
    cloud = scan(reference, points=1_000)
    run = timed_run(cloud, settings, reference=reference, targets=(0.0, 10.0), every=4)
    never, at_once = run.reached
    assert never is None
    assert at_once is not None
    assert 0 < at_once < run.seconds
    assert run.steps == 4
    assert len(run.mesh.faces)


ROWS = (
    QualityRow("plate", "floor", 20_000, chamfer_l1=0.0011, f_score=1.0, normal_consistency=0.99),
    QualityRow(
        "plate", "recipe", 20_000, 480.0, 0.003, 0.97, 0.95, recipe_time_from="naive steps"
    ),
    QualityRow("plate", "balanced", 20_000, 7.5, 0.0021, 0.99, 0.97, 60, 5.0, 4.0),
    QualityRow("plate", "poisson-8", 20_000, failure="Open3D ended with code 1: out of memory"),
    QualityRow("animal", "recipe", 29_995, 500.0, 0.002, 0.99, 0.98, recipe_time_from="naive steps"),
    QualityRow("animal", "balanced", 29_995, 8.0, 0.0022, 0.99, 0.98, 60, None, 2.5),
)  # fmt: skip


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    results = Results.of_run("quality", QualityRow, append=False, folder=tmp_path)
    for row in ROWS:
        results.add(row)
    again = Results.of_run("quality", QualityRow, append=True, folder=tmp_path)
    assert again.path == results.path == latest("quality", folder=tmp_path)
    assert again.rows() == list(ROWS)
    machine = again.machines()[0]
    assert machine.torch == torch.__version__
    assert machine.threads == torch.get_num_threads()


def test_results_of_other_columns_are_refused(tmp_path: Path) -> None:
    results = Results.of_run("memory", MemoryRow, append=False, folder=tmp_path)
    results.add(MemoryRow("balanced", 128, 0.5))
    with pytest.raises(ValueError, match="has other columns than case, method,"):
        Results(results.path, QualityRow)


def test_appending_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no results of scale in"):
        Results.of_run("scale", ScaleRow, append=True, folder=tmp_path)


def test_quality_adds_only_what_is_missing(tmp_path: Path) -> None:
    for append in (False, True):
        quality.main(cases=("fandisk",), presets=(), depths=(), recipe="none", append=append, folder=tmp_path)
    rows = Results(latest("quality", folder=tmp_path), QualityRow).rows()
    assert [(row.case, row.method) for row in rows] == [("fandisk", "floor")]
    assert rows[0].f_score == pytest.approx(1, abs=1e-3)
    assert rows[0].chamfer_l1 == pytest.approx(0.0023, abs=2e-4)  # half the root of the area of a sample


def test_lead_over_the_recipe() -> None:
    exact, near = (leads(ROWS, "balanced", near=near) for near in (False, True))
    assert exact["animal"] is None
    assert exact["plate"] == Lead(5.0, 96.0)
    assert near["animal"] == Lead(2.5, 200.0)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page with a place for every section, and results for all but scale."""
    docs = tmp_path / "docs"
    (docs / "images").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# Results\n<!-- results -->\nold results\n<!-- /results -->\n")
    names = ("quality", "time-to-quality", "step-cost", "memory", "scale", "devices", "feel", "soak")
    path = docs / "benchmarks.md"
    path.write_text("\n".join(f"About {name}.\n<!-- {name} -->\nold {name}\n<!-- /{name} -->\n" for name in names))
    quality_results = Results.of_run("quality", QualityRow, append=False, folder=docs)
    for row in ROWS:
        quality_results.add(row)
    Results.of_run("memory", MemoryRow, append=False, folder=docs).add(MemoryRow("balanced", 256, 1.125))
    steps = Results.of_run("step_cost", StepRow, append=False, folder=docs)
    steps.add(StepRow("naive", 128, 15, 0.4, 0.39, 0.42, 1.0, 0.1, 0.25))
    steps.add(StepRow("balanced", 128, 15, 0.1, 0.09, 0.12, 4.0, 0.04, 0.4))
    return path


def test_page_gets_tables_and_plots(page: Path) -> None:
    plots.main(folder=page.parent, docs=page.parent)
    text = page.read_text()
    assert "| plate | 1.10 | 3.00 | 2.10 | - |" in text
    assert "- plate, screened Poisson, depth 8: Open3D ended with code 1: out of memory" in text
    assert "| animal | 500 | - | 2.5 (200) |" in text
    assert "| median |  | (48) | (160) |" in text
    assert "| 128³ | balanced | 100 (90 to 120) | 4.0 | 40 | 40 % |" in text
    assert "| 256³ | `balanced` | 1.12 |" in text
    assert "old quality" not in text
    assert "old scale" in text  # it has no results
    readme = (page.parents[1] / "README.md").read_text()
    assert "| thin plate with holes, clean | " in readme
    assert "old results" not in readme
    assert {image.name for image in (page.parent / "images").iterdir()} == {
        "quality.svg", "time-to-quality.svg", "step-cost.svg",
    }  # fmt: skip


def test_page_is_the_same_when_made_again(page: Path) -> None:
    def files() -> list[bytes]:
        plots.main(folder=page.parent, docs=page.parent)
        return [path.read_bytes() for path in (page, *sorted((page.parent / "images").iterdir()))]

    assert files() == files()


def test_scale_is_plotted(page: Path) -> None:
    results = Results.of_run("scale", ScaleRow, append=False, folder=page.parent)
    for count in (10_000, 100_000):
        results.add(ScaleRow("points", "balanced", count, 128, 60, 8.0, 2.0, 0.1, 0.002))
    results.add(ScaleRow("resolution", "balanced", 50_000, 64, 60, 2.0, 1.0, 0.02, 0.003))
    plots.main(folder=page.parent, docs=page.parent)
    assert "| 100,000 | 128³ | 60 | 8.0 | 2.0 | 100 | 2.00 |" in page.read_text()
    assert (page.parent / "images" / "scale.svg").exists()


def test_devices_are_compared_with_the_cpu(page: Path) -> None:
    devices.main(devices=("cpu",), resolutions=(64,), presets=("fast",), steps=2, folder=page.parent)
    results = Results(latest("devices", folder=page.parent), DeviceRow)
    step, run = results.rows()
    assert (step.task, run.task) == ("step at 64", "run of fast")
    assert step.loss_off is not None
    assert step.loss_off < 1e-5
    assert step.gradient_off is not None
    assert 0 < step.gradient_off < 1e-4
    assert run.chamfer_l1 is not None
    assert run.chamfer_l1 < 0.003
    results.add(DeviceRow("step at 64", "cuda:0", "a card", step.seconds / 8, 2, 1e-7, 2e-6, None, 1.5, 1.25))
    plots.main(folder=page.parent, docs=page.parent)
    assert "| 8.0 | 1e-07 | 2e-06 | - | 1.50 | 1.25 |" in page.read_text()


def test_windows_are_tabulated(page: Path) -> None:
    feel = Results.of_run("feel", FeelRow, append=False, folder=page.parent)
    feel.add(FeelRow("first frame after the command", "s", "under 1.5 s", 1.234, 1.5, 5))
    soak = Results.of_run("soak", SoakRow, append=False, folder=page.parent)
    for minute in (2, 12, 28, 30):
        soak.add(SoakRow(minute, "main", 300.0 if minute < 5 else 600.0, 500.0, 20, 10, 100 * minute, 0.5, 0))
        soak.add(SoakRow(minute, "panel", 100.0 + minute, 150.0, 8, 8, 100 * minute, 0.5, 0))
    assert growths(soak.rows())["main"].share == 0.0
    assert growths(soak.rows())["panel"].share == pytest.approx(129 / 112 - 1)
    assert warm_from(soak.rows()) == 12
    assert warm_from(soak.rows()[:2]) == pytest.approx(2 / 3)  # the budget of the states kept is not filled
    plots.main(folder=page.parent, docs=page.parent)
    text = page.read_text()
    assert "| first frame after the command | under 1.5 s | 1.23 s | 1.5 s | 5 times |" in text
    assert "| panel | 112 | 129 | +15.2 % | 8 | 8 |" in text
    assert "30 minutes, 3,000 steps; warm from minute 12:" in text


def test_scans_of_others_are_measured_by_every_method(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    body, cloud = torus_mesh(), PointCloud(torus(3_000).points)
    write_mesh(body, scans / "ring_reference.ply")
    write_cloud(cloud, scans / "ring_scan.ply")
    given: list[PointCloud] = []

    def poisson(cloud: PointCloud, *, depth: int) -> SimpleNamespace:
        given.append(cloud)
        if depth == 9:
            raise ProcessFailed("out of memory")
        return SimpleNamespace(mesh=body)

    monkeypatch.setattr(real, "run_screened_poisson", poisson)
    real.main(scans, presets=("fast",), depths=(8, 9), folder=page.parent)
    rows = {row.method: row for row in Results(latest("real", folder=page.parent), RealRow).rows()}
    assert list(rows) == ["fast", "poisson-8", "poisson-9", "poisson-8-our-normals", "poisson-9-our-normals"]
    ours, exact = rows["fast"], rows["poisson-8"]
    assert ours.chamfer_l1 is not None
    assert exact.chamfer_l1 is not None
    assert exact.chamfer_l1 < ours.chamfer_l1 < 0.02
    assert rows["poisson-9"].failure == "out of memory"
    estimated, _, with_ours, _ = given
    assert estimated.normals is None
    assert with_ours.normals is not None
    assert len(with_ours) == len(cloud)
    assert np.linalg.norm(with_ours.normals, axis=1) == pytest.approx(1)
    outer = np.linalg.norm(with_ours.points[:, :2], axis=1) > 1.1
    assert (with_ours.normals[:, :2] * with_ours.points[:, :2]).sum(1)[outer].min() > 0

    for text in (page, page.parents[1] / "README.md"):
        text.write_text(f"{text.read_text()}<!-- real -->\nold\n<!-- /real -->\n")
    plots.main(folder=page.parent, docs=page.parent)
    assert "| scan | fast | screened Poisson, depth 8 |" in page.read_text()
    assert "screened Poisson, depth 9, our normals" in page.read_text()


def test_a_scan_without_a_reference_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ring_scan.ply").touch()
    with pytest.raises(FileNotFoundError, match=r"put ring_reference\.ply beside it"):
        real.read_scan(tmp_path / "ring_scan.ply")


def test_a_page_without_the_section_is_refused() -> None:
    with pytest.raises(ValueError, match="no section 'scale'"):
        replace_section("# Benchmarks", "scale", "table")

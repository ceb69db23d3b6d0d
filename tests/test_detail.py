"""Bodies with fine detail, scans of them, and what is measured on these."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree

from benchmarks import detail, detail_cases, layer_cost, plots
from benchmarks.detail_cases import NOISE, DetailCase, DetailScan, scan_evenly, scan_rod
from benchmarks.detail_methods import METHODS, NotTried, method_of
from benchmarks.detail_rows import DetailRow
from benchmarks.detailed_shapes import BODIES, thread, waves
from benchmarks.layer_cost import LayerRow
from benchmarks.layer_step import LAYERS
from benchmarks.own_process import Cost, ProcessFailed, call_apart
from benchmarks.preset_run import run_preset
from benchmarks.relief import Body, raise_relief
from benchmarks.results import Results, latest
from benchmarks.scanner import scan
from benchmarks.shapes import TURN
from benchmarks.triangle_distance import nearest_on_mesh
from sap_core import Mesh, PointCloud
from sap_core.learned.sdf import ball
from tests.shapes import torus


def few(make: Callable[..., Body]) -> Body:
    """A body with a coarse mesh and fewer points spread over it."""
    return replace(make(cells=60), density=200_000)


def plain_ball() -> Body:
    """A ball of radius 1 without a relief."""
    body = raise_relief(ball(1), lambda p: 0 * p[..., 0], half_extent=(1, 1, 1), cells=60)
    return replace(body, density=20_000)


# --- bodies ---


@pytest.mark.parametrize("make", BODIES.values(), ids=list(BODIES))
def test_bodies_are_closed_and_known_exactly(make: Callable[..., Body]) -> None:
    body = few(make)
    shape = trimesh.Trimesh(body.mesh.vertices, body.mesh.faces, process=False)
    assert shape.is_watertight
    assert shape.is_winding_consistent
    assert shape.volume > 0
    assert shape.body_count == 1
    assert np.abs(body.solid(body.mesh.vertices)).max() < 1e-6
    samples = body.samples(2_000)
    assert samples.normals is not None
    assert np.abs(body.solid(samples.points)).max() < 1e-5  # of coarse faces
    assert np.linalg.norm(samples.normals, axis=1) == pytest.approx(1)
    beside = 1e-4 * samples.normals
    assert (body.solid(samples.points + beside) > 0).all()
    assert (body.solid(samples.points - beside) < 0).all()


def test_a_thread_comes_back_after_its_pitch() -> None:
    """Turned by a quarter it has moved on by a quarter of the pitch, and by no other length."""
    body = few(thread)
    points = body.samples(2_000).points @ TURN
    middle = points[np.abs(points[:, 2]) < 0.7]
    quarter = middle[:, [1, 0, 2]] * [-1, 1, 1]

    def off(along: float) -> float:
        return float(np.abs(body.solid((quarter + np.array([0, 0, along])) @ TURN.T)).max())

    assert off(0.05 / 4) < 1e-5
    assert off(-0.05 / 4) > 1e-2


def test_waves_are_as_fine_as_stated() -> None:
    """Along a line across the shortest waves the surface rises and falls every 0.9 % of the diameter."""
    angle = np.linspace(0, 0.5, 20_000)
    line = np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1)
    height = -waves(cells=60).solid(line)  # over the ball
    spectrum = np.abs(np.fft.rfft((height - height.mean()) * np.hanning(len(height)))) * len(height) ** -1
    lengths = 0.5 / 2 / np.maximum(np.arange(len(spectrum)), 1e-9)  # of the diameter
    fine = (lengths > 0.008) & (lengths < 0.02)
    finer = lengths < 0.007
    assert spectrum[fine].max() > 50 * spectrum[finer].max()


def test_the_nearest_place_is_below_a_point_beside_the_surface() -> None:
    body = few(waves)
    exact = body.samples(3_000, seed=5)
    assert exact.normals is not None
    lifted = exact.points + 2e-4 * exact.normals
    found = body.nearest(lifted)
    assert found.normals is not None
    distance = np.linalg.norm(found.points - lifted, axis=1)
    assert np.quantile(distance, 0.99) == pytest.approx(2e-4, abs=1e-6)
    assert distance.max() < 2.2e-4
    assert np.median(np.linalg.norm(found.points - exact.points, axis=1)) < 1e-6
    assert np.median((found.normals * exact.normals).sum(1)) == pytest.approx(1, abs=1e-6)


def test_the_nearest_place_from_afar() -> None:
    body = plain_ball()
    points = np.random.default_rng(0).normal(size=(500, 3))
    distance = np.linalg.norm(body.nearest(points).points - points, axis=1)
    assert distance == pytest.approx(np.abs(np.linalg.norm(points, axis=1) - 1), abs=2e-3)


# --- scans ---


def test_scans_have_the_noise_asked_for() -> None:
    body = few(BODIES["letters"])
    cloud = scan_evenly(body, points=5_000, noise=NOISE)
    assert cloud.normals is None
    found = body.nearest(cloud.points)
    assert found.normals is not None
    height = ((cloud.points - found.points) * found.normals).sum(1)
    assert height.std() == pytest.approx(NOISE * body.edge, rel=0.05)
    clean = scan_evenly(body, points=1_000, noise=0.0).points
    assert np.abs(body.solid(clean)).max() < 1e-6


def test_the_rod_is_seen_from_all_sides_and_its_views_are_out_of_place() -> None:
    body = few(thread)
    cloud = scan_rod(body, points=9_000, noise=0.0)
    assert len(cloud) == 9_000
    far, _ = cKDTree(cloud.points).query(body.spread.points)
    assert np.quantile(far, 0.999) < 0.03 * body.edge
    off = np.linalg.norm(body.nearest(cloud.points).points - cloud.points, axis=1) / body.edge
    assert 3e-4 < off.mean() < 2e-3
    assert off.max() < 4e-3


def test_a_scan_from_a_given_side_sees_that_side() -> None:
    points = scan(plain_ball().mesh, points=2_000, views=np.array([[0.0, 0.0, 1.0]])).points
    assert points[:, 2].min() > 0.15


def test_detail_cases_are_chosen_by_name_or_size() -> None:
    assert detail_cases.choose((), small=False) == detail_cases.CASES
    names = [case.name for case in detail_cases.choose((), small=True)]
    assert names == ["letters-300k-noisy", "rod-views", "waves-300k-clean"]
    assert [case.name for case in detail_cases.choose(("rod-views", "knurl-1m-noisy"), small=False)] == [
        "knurl-1m-noisy", "rod-views",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="there is no case 'cow': choose from waves-1m-noisy,"):
        detail_cases.choose(("cow",), small=False)


# --- measures ---


@pytest.mark.open3d
def test_a_surface_is_next_to_itself() -> None:
    body = few(BODIES["knurl"])
    row = DetailRow("knurl", "floor", 0).of(body.mesh, body)
    assert row.chamfer_l1 is not None
    assert row.chamfer_l1 < 3e-4  # what the coarse faces cut off
    exact = DetailRow("ball", "floor", 0).of(plain_ball().mesh, plain_ball())
    assert exact.chamfer_l1 == pytest.approx(0, abs=1e-5)
    assert (exact.f_score_5, exact.components, exact.boundary_edges) == (1, 1, 0)
    assert exact.normal_consistency == pytest.approx(1, abs=1e-4)
    assert exact.plain_chamfer_l1 == pytest.approx(0.0063, rel=0.1)  # half the root of the area of a sample


@pytest.mark.open3d
def test_a_larger_ball_is_as_far_as_its_radius_says() -> None:
    body = plain_ball()
    larger = Mesh(1.0015 * body.mesh.vertices, body.mesh.faces)
    row = DetailRow("ball", "larger", 0).of(larger, body)
    assert row.chamfer_l1 == pytest.approx(7.5e-4, rel=0.01)
    assert (row.f_score_5, row.f_score_10, row.f_score_20) == (0, 1, 1)


@pytest.mark.open3d
def test_distances_are_to_triangles_and_not_to_corners() -> None:
    triangle = Mesh(np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0]]), np.array([[0, 1, 2]]))
    found = nearest_on_mesh(np.array([[1.0, 1, 0.5], [1, 1, -0.5], [-3, 0, 4]]), triangle)
    assert found.distances == pytest.approx([0.5, 0.5, 5])
    assert found.normals == pytest.approx(np.array([[0, 0, 1]] * 3))


# --- methods ---


def test_methods_go_by_name() -> None:
    assert all(callable(method_of(name)) for name in (*METHODS, "best@512"))
    for name in ("poisson", "poisson-9", "best@fine", "better"):
        with pytest.raises(ValueError, match=f"there is no method '{name}'"):
            method_of(name)


def test_normals_of_very_many_points_are_not_estimated() -> None:
    scan_of_many = DetailScan(plain_ball(), PointCloud(np.zeros((2_000_001, 3))))
    with pytest.raises(NotTried, match="to orient 2,000,001 normals"):
        method_of("poisson-9-estimated")(scan_of_many)


def test_a_preset_runs_apart() -> None:
    run = run_preset(torus(2_000), "fast", resolution=32)
    assert run.resolution == 32
    assert run.steps > 0
    assert len(run.mesh.faces)
    assert run.cost.seconds > 0
    assert 0.1 < run.cost.gigabytes < 5


def test_a_process_without_an_answer_says_why() -> None:
    with pytest.raises(ProcessFailed, match=r"triangle_distance ended with code 1: TypeError: .* missing 2 required"):
        call_apart("benchmarks.triangle_distance", points=np.zeros((1, 3)))


# --- results ---


@pytest.mark.open3d
def test_detail_adds_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = plain_ball()
    case = DetailCase("rod-views", "ball", 2_000, lambda made: scan_evenly(made, points=2_000, noise=1e-3))
    monkeypatch.setattr(detail, "choose", lambda names, small: (case,))
    monkeypatch.setitem(BODIES, "ball", lambda: body)
    methods = ("fast@32", "poisson-5-true", "poisson-5-estimated")
    for append, wanted in ((False, ("floor",)), (True, ("floor", *methods))):
        detail.main(methods=wanted, append=append, folder=tmp_path)
    rows = Results(latest("detail", folder=tmp_path), DetailRow).rows()
    assert [row.method for row in rows] == ["floor", *methods]
    assert [row.resolution for row in rows] == [None, 32, 32, 32]
    assert all(row.failure is None for row in rows)
    assert all(row.chamfer_l1 is not None and row.chamfer_l1 < 0.01 for row in rows)
    _, _, true, estimated = rows
    assert true.normals_seconds is None
    assert estimated.normals_seconds is not None
    assert estimated.seconds is not None
    assert estimated.normals_seconds < estimated.seconds


@pytest.mark.open3d
def test_layers_are_timed_and_compared_with_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_cost, "_COMPARED_AT", 32)
    monkeypatch.setattr(layer_cost, "LAYERS", (LAYERS[0], LAYERS[0]._replace(name="again")))
    monkeypatch.setattr(layer_cost, "cost_of", lambda *_, **__: Cost(1.0, 1.0, 0.5))
    monkeypatch.setattr(layer_cost, "thread", lambda: few(thread))
    layer_cost.main(resolutions=(32,), points=2_000, steps=2, folder=tmp_path)
    dense, again = Results(latest("layer_cost", folder=tmp_path), LayerRow).rows()
    assert (dense.layer, again.layer) == ("dense", "again")
    assert dense.cells_off is None
    assert again.cells_off == pytest.approx(0, abs=1e-4)
    assert dense.faces == again.faces
    assert dense.boundary_edges == 0
    assert dense.seconds is not None
    assert dense.seconds > 0


def test_detail_is_tabulated(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    page = docs / "benchmarks.md"
    page.write_text("".join(f"<!-- {name} -->\n<!-- /{name} -->\n" for name in ("detail", "layer-cost")))
    results = Results.of_run("detail", DetailRow, append=False, folder=docs)
    best = DetailRow("rod-views", "best", 100_000, 512, 30.4, 55.0, None, 2.125, 1.25e-4, 0.5, 0.75, 1.0, 0.9876)
    results.add(replace(best, method="best@256"))
    results.add(replace(best, faces=1_234_567, components=2, boundary_edges=0))
    results.add(DetailRow("waves-5m-noisy", "poisson-9-estimated", 5_000_000, failure="not tried: too long"))
    layers = Results.of_run("layer_cost", LayerRow, append=False, folder=docs)
    layers.add(LayerRow("dense", 512, 200_000, 7, 1.0, 0.5, 1.5, 3.25, 1_000_000, 0))
    plots.main(folder=docs, docs=docs)
    text = page.read_text()
    assert "| case | best | best@256 | poisson-9-estimated |" in text
    assert "| rod-views | 0.125 | 0.125 |  |" in text
    assert "| rod-views | 0.500 / 0.750 / 1.000 |" in text
    assert "| rod-views | 1235 / 2 / 0 | - |" in text
    assert "- waves-5m-noisy, poisson-9-estimated: not tried: too long" in text
    assert "| 512³ | dense | 1.00 | 0.50 | 1.50 | 3.25 | 1,000,000 | 0 | - | - |" in text

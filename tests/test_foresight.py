"""A network is asked about the scan of a run: by commands to an engine, between two steps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pykdtree.kdtree import KDTree

from sap_core import learned
from sap_core.checkpoint import read_checkpoint
from sap_core.config import Settings
from sap_core.crop import Crop, Sphere
from sap_core.geometry import PointCloud
from sap_core.learned import guess
from sap_core.learned.prediction import RESOLUTION
from sap_core.mesh.metrics import compare
from sap_core.solver.isosurface import SurfaceVanished
from sap_viewer import commands
from sap_viewer.engine import foresight
from sap_viewer.engine.engine import Engine
from tests.learned.networks import GRID, network
from tests.shapes import torus, torus_mesh

SCAN = torus(2_000)
BRIEF = Settings(resolution=32, steps=6, points=2_000, seed=3)
LOAD = commands.Load(SCAN, BRIEF, "torus")
PART = (Crop(Sphere((1.0, 0.0, 0.0), 0.8), "outside"),)


@pytest.fixture
def engine() -> Engine:
    """With a run under way."""
    engine = Engine()
    engine.handle(LOAD)
    engine.handle(commands.Start())
    engine.advance()
    return engine


def test_the_answer_is_that_of_one_pass_and_the_run_goes_on(engine: Engine) -> None:
    before = engine.snapshot()
    assert before.prediction is None
    engine.handle(commands.Predict())
    after = engine.snapshot()
    alone = learned.predict(SCAN, learned.shipped_weights(), seed=BRIEF.seed)
    np.testing.assert_array_equal(after.prediction.mesh.vertices, alone.mesh.vertices)
    np.testing.assert_array_equal(after.prediction.cloud.normals, alone.cloud.normals)
    assert (after.prediction.weights, after.prediction.closeness) == (None, None)
    assert after.prediction.seconds > 0
    assert f"{len(alone.mesh.faces):,} faces" in after.message
    assert not after.prediction.mesh.vertices.flags.writeable
    assert (after.run, after.step, after.status) == (before.run, before.step, "running")
    np.testing.assert_array_equal(after.cloud.points, before.cloud.points)
    engine.advance()
    assert engine.snapshot().prediction is after.prediction


def test_it_stays_with_the_scan_and_its_crop(engine: Engine) -> None:
    engine.handle(commands.Predict())
    found = engine.snapshot().prediction
    for again in (commands.Reset(), replace(LOAD, settings=replace(BRIEF, init="learned"), start=True)):
        engine.handle(again)
        assert engine.snapshot().prediction is found
    np.testing.assert_allclose(engine.snapshot().bounds.mean(0), 0.0, atol=0.05)
    engine.handle(commands.SetCrops(PART))
    assert engine.snapshot().prediction is None
    engine.handle(commands.Predict())
    of_the_part = engine.snapshot().prediction
    assert len(of_the_part.mesh.faces) != len(found.mesh.faces)
    engine.handle(commands.SetCrops(()))
    assert engine.snapshot().prediction is None
    engine.handle(commands.Predict())
    engine.handle(commands.Load(PointCloud(SCAN.points[:-1]), BRIEF, "torus"))  # another scan of the same name
    assert engine.snapshot().prediction is None


def test_going_on_from_it_begins_on_its_surface(engine: Engine) -> None:
    noise = 0.04 * np.random.default_rng(0).normal(size=SCAN.points.shape)  # which normals solved for would follow
    load = replace(LOAD, source=PointCloud(SCAN.points + noise))
    engine.handle(load)
    engine.handle(commands.Predict())
    found = engine.snapshot().prediction.mesh
    engine.handle(replace(load, settings=replace(BRIEF, init="learned")))
    start = engine.snapshot()
    assert start.step == 0
    cell = np.ptp(start.bounds, axis=0).max() / RESOLUTION
    assert KDTree(found.vertices).query(start.cloud.points, k=1)[0].max() < cell


def test_what_cannot_be_predicted_is_said_and_stops_nothing(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.handle(commands.Predict())
    found = engine.snapshot().prediction
    learned.save_weights(network(GRID), tmp_path / "own.safetensors")
    (tmp_path / "foreign.safetensors").write_bytes(b"no weights at all")
    for weights, said in (
        (tmp_path / "gone.pt", "gone.pt"),
        (tmp_path / "foreign.safetensors", "foreign.safetensors"),
    ):
        engine.handle(commands.Predict(str(weights)))
        assert engine.snapshot().message.startswith("no prediction: ")
        assert said in engine.snapshot().message
    monkeypatch.setattr(foresight, "predict", _no_surface)
    engine.handle(commands.Predict(str(tmp_path / "own.safetensors")))
    assert "own.safetensors finds no surface" in engine.snapshot().message
    assert engine.snapshot().prediction is found
    assert engine.running


def test_the_network_of_the_settings_is_asked_and_continued_from(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped, asked = learned.shipped_weights(), []
    answer = lambda scan, net, **_: asked.append(net.variant) or learned.predict(scan, shipped)  # noqa: E731
    for module in (foresight, guess):
        monkeypatch.setattr(module, "predict", answer)
    own = str(tmp_path / "own.safetensors")
    learned.save_weights(network(GRID), own)
    engine.handle(replace(LOAD, settings=replace(BRIEF, weights=own)))
    assert asked == []
    engine.handle(commands.Predict())
    assert (asked, engine.snapshot().prediction.weights) == ([GRID], own)
    assert engine.snapshot().message.startswith("own.safetensors sees a surface")
    engine.handle(replace(LOAD, settings=replace(BRIEF, init="learned", weights=own)))
    assert asked == [GRID, GRID]
    engine.handle(commands.SaveCheckpoint(tmp_path / "run.npz"))
    assert read_checkpoint(tmp_path / "run.npz").settings.weights == own
    engine.handle(replace(LOAD, settings=replace(BRIEF, init="learned", weights=str(tmp_path / "gone.pt"))))
    assert "gone.pt" in engine.snapshot().message
    assert engine.snapshot().load == 3


def test_it_is_compared_with_the_reference_there_is(engine: Engine) -> None:
    engine.handle(commands.Predict())
    truth = commands.SetReference(torus_mesh(), "truth.ply")
    engine.handle(truth)
    known = engine.snapshot().prediction
    found = compare(known.mesh, torus_mesh())
    assert known.closeness == (found.chamfer_l1, found.f_score, found.normal_consistency)
    engine.handle(commands.SetReference(None))
    assert engine.snapshot().prediction.closeness is None
    engine.handle(replace(LOAD, reference=truth))
    engine.handle(commands.Predict())
    assert engine.snapshot().prediction.closeness == known.closeness


def test_without_a_scan_there_is_nothing_to_predict() -> None:
    engine = Engine()
    engine.handle(commands.Predict())
    assert "open a scan" in engine.snapshot().message


def _no_surface(*_: object, **__: object) -> None:
    raise SurfaceVanished("the field does not cross the level")

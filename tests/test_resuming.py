"""The real program, stopped and resumed; and what it refuses to resume."""

import filecmp
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sap_core.changes import Change
from sap_core.checkpoint import read_checkpoint, write_checkpoint
from sap_core.config import Settings
from sap_core.geometry import PointCloud
from sap_core.io import write_cloud, write_mesh
from sap_core.reconstruction import Reconstruction
from sap_core.validate.error import InputError
from sap_viewer.cli import check_options
from sap_viewer.options import Options
from sap_viewer.resuming import resumed
from tests import display_driver as person
from tests.scans import ball_mesh
from tests.shapes import torus
from tests.test_headless import ROOT, command, run

SETTINGS = ("--resolution", "32", "--init", "sphere", "--points", "1500", "--resample-every", "7")
OFTEN = "from sap_viewer.output import checkpoint_keeper; checkpoint_keeper._INTERVAL_S = 0.05; "


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    write_cloud(PointCloud(torus(1_500).points), tmp_path / "scan.ply")
    return tmp_path / "scan.ply"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Of a run of 12 steps, after two."""
    settings = Settings(resolution=32, steps=12, points=1_500, init="sphere")
    reconstruction = Reconstruction(torus(1_500).points, settings)
    reconstruction.step()
    reconstruction.step()
    write_checkpoint(reconstruction.checkpoint(), tmp_path / "kept.npz")
    return tmp_path / "kept.npz"


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    """The program, which keeps its checkpoint far more often than once a minute."""
    python, option, code, *rest = command(*arguments)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([python, option, OFTEN + code, *rest], env=environment, stderr=subprocess.PIPE, text=True)


def test_a_killed_run_is_resumed_to_the_same_mesh(scan: Path, tmp_path: Path) -> None:
    whole, killed, continued, checkpoint = (tmp_path / name for name in ("a.ply", "b.ply", "c.ply", "run.npz"))
    long = (*SETTINGS, "--steps", "150")
    process = started(scan, "--headless", "--mesh", killed, "--checkpoint", checkpoint, *long)
    person.wait_for(lambda: True if checkpoint.exists() else None, "the first checkpoint", timeout=60)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not killed.exists()
    done = run(scan, "--headless", "--mesh", continued, "--resume", checkpoint)
    assert done.returncode == 0, done.stderr
    assert f"continued from step {read_checkpoint(checkpoint).step} of 150" in done.stderr
    assert 0 < read_checkpoint(checkpoint).step < 150
    assert run(scan, "--headless", "--mesh", whole, *long).returncode == 0
    assert filecmp.cmp(continued, whole, shallow=False)


def test_an_interrupted_run_keeps_its_state_and_is_continued_by_the_same_words(scan: Path, tmp_path: Path) -> None:
    checkpoint, status = tmp_path / "run.npz", tmp_path / "status.json"
    words = (scan, "--headless", "--checkpoint", checkpoint, *SETTINGS, "--steps", "100000", "--status", status)
    steps = []
    for more in ((), ("--resume", checkpoint)):
        process = subprocess.Popen(
            command(*words, *more),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        person.wait_for(lambda: True if status.exists() else None, "the first steps", timeout=60)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 130
        steps.append(read_checkpoint(checkpoint).step)
        assert f"wrote {checkpoint} at step {steps[-1]}" in said
        status.unlink()
    assert 0 < steps[0] < steps[1]


def test_a_finished_run_is_written_again_or_made_longer(scan: Path, tmp_path: Path) -> None:
    first, again, longer, checkpoint = (tmp_path / name for name in ("a.ply", "b.ply", "c.ply", "run.npz"))
    short = (*SETTINGS, "--steps", "10")
    assert run(scan, "--headless", "--mesh", first, "--checkpoint", checkpoint, *short).returncode == 0
    assert run(scan, "--headless", "--mesh", again, "--resume", checkpoint).returncode == 0
    assert filecmp.cmp(again, first, shallow=False)
    done = run(
        scan, "--headless", "--mesh", longer, "--resume", checkpoint, "--checkpoint", checkpoint, "--steps", "14"
    )
    assert done.returncode == 0, done.stderr
    assert "step 14/14, loss" in done.stderr
    assert not filecmp.cmp(longer, first, shallow=False)
    assert (read_checkpoint(checkpoint).step, read_checkpoint(checkpoint).changes) == (14, (Change(10, "until", 14),))
    once = run(scan, "--headless", "--mesh", again, *short, "--at", "10", "until=14")
    assert once.returncode == 0, once.stderr
    assert filecmp.cmp(again, longer, shallow=False)


def test_a_mesh_as_scan_is_sampled_as_in_the_run(tmp_path: Path) -> None:
    checkpoint, mesh = tmp_path / "run.npz", tmp_path / "ball.ply"
    write_mesh(ball_mesh(), mesh)
    assert run(mesh, "--headless", "--checkpoint", checkpoint, *SETTINGS, "--steps", "3", "--seed", "5").returncode == 0
    done = run(mesh, "--headless", "--resume", checkpoint, "--mesh", tmp_path / "mesh.ply")
    assert done.returncode == 0, done.stderr


def test_a_full_disk_keeps_the_older_checkpoint_and_does_not_stop_the_run(scan: Path, tmp_path: Path) -> None:
    checkpoint, status = tmp_path / "run.npz", tmp_path / "status.json"
    checkpoint.write_text("older checkpoint")
    words = command(scan, "--headless", "--checkpoint", checkpoint, *SETTINGS, "--steps", "12", "--status", status)
    limited = ["bash", "-c", 'ulimit -f 8; exec "$@"', "bash", *words]  # files of 8 KiB at most
    done = subprocess.run(
        limited, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"cannot write {checkpoint}: " in done.stderr
    assert "Traceback" not in done.stderr
    assert '"status": "finished"' in status.read_text()
    assert checkpoint.read_text() == "older checkpoint"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.npz", "scan.ply", "status.json"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["scan.ply", "--checkpoint", "nowhere/run.npz"], "there is no folder nowhere"),
        (["scan.ply", "--mesh", "m.ply", "--resume", "missing.npz"], "there is no file missing.npz"),
        (["scan.ply", "--mesh", "m.ply", "--resume", "kept.npz", "--sigma", "3"], "--sigma 3.0 contradicts kept.npz"),
        (["other.ply", "--mesh", "m.ply", "--resume", "kept.npz"], "of a scan of 1,500 points, and this is one of 900"),
    ],
    ids=lambda value: "" if isinstance(value, list) else value,
)
def test_what_cannot_be_kept_or_resumed_is_refused_before_the_run(
    arguments: list[str], sentence: str, scan: Path, kept: Path, tmp_path: Path
) -> None:
    write_cloud(PointCloud(torus(900).points), tmp_path / "other.ply")
    before = sorted(tmp_path.iterdir())
    done = run(*arguments, "--headless", folder=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scan": Path("scan.ply"), "checkpoint": Path("run.pkl")}, "its name must end in .npz"),
        ({"scan": Path("scan.npz"), "checkpoint": Path("scan.npz")}, "the checkpoint would replace the scan"),
        ({"resume": Path("run.npz")}, "--resume needs the scan"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        check_options(Options(**options))


def test_the_settings_are_those_of_the_checkpoint(kept: Path) -> None:
    own = read_checkpoint(kept).settings
    for given in (Settings(), own, Settings(resolution=32)):
        assert resumed(kept, given).settings == own
    assert resumed(kept, replace(own, device="cpu")).settings == replace(own, device="cpu")
    for given, sentence in {
        Settings(preset="fast"): "--preset fast contradicts .*, whose run has balanced",
        Settings(sigma=3.0): "--sigma 3.0 contradicts .*, whose run leaves it to the preset",
        Settings(resolution=64): "--resolution 64 contradicts .*, whose run has 32",
        Settings(seed=4): "--seed 4 contradicts",
    }.items():
        with pytest.raises(InputError, match=sentence):
            resumed(kept, given)


def test_changes_before_a_checkpoint_are_past_and_later_ones_due(kept: Path) -> None:
    flip, later = Change(2, "flip"), Change(3, "lr", 0.002)
    write_checkpoint(replace(read_checkpoint(kept), changes=(flip, Change(7, "reorient"))), kept)
    assert resumed(kept, Settings(), (later, flip)).changes == (flip, later, Change(7, "reorient"))
    with pytest.raises(InputError, match=r"--at 2 resample contradicts .*, whose run is at step 2 without it"):
        resumed(kept, Settings(), (Change(2, "resample"),))
    with pytest.raises(InputError, match="--at 13 flip: the run ends at step 12"):
        resumed(kept, Settings(), (Change(13, "flip"),))
    longer = resumed(kept, Settings(steps=13), (Change(13, "flip"),)).changes
    assert longer == (flip, Change(2, "until", 13), Change(7, "reorient"), Change(13, "flip"))


def test_a_resumed_run_can_be_made_longer_but_not_shorter(kept: Path) -> None:
    assert resumed(kept, Settings(steps=20)).changes == (Change(2, "until", 20),)
    assert resumed(kept, Settings(steps=12)).changes == ()
    with pytest.raises(InputError, match=r"--steps 11 would shorten the run of .*, which takes 12"):
        resumed(kept, Settings(steps=11))

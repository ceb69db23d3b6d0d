"""The real program ``sap-train``, driven from outside."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trimesh
import tyro
from safetensors import safe_open

from sap_viewer.train import Options, run

ROOT = Path(__file__).parents[1]
SMALL = {
    "points": 200,
    "fewest-points": 100,
    "cells": 8,
    "offsets": 2,
    "width": 8,
    "levels": 2,
    "resolution": 16,
    "batch": 2,
    "workers": 0,
    "validate-every": 20,
    "save-every": 5,
}


def options(folder: Path, **settings: object) -> list[str]:
    given = {**SMALL, "cache": folder / "cache", "output": folder / "run", **settings}
    return [f"--{name}={value}" for name, value in given.items()]


def command(folder: Path, *arguments: str, **settings: object) -> list[str]:
    program = [sys.executable, "-P", "-c", "from sap_viewer.train import main; main()"]
    return [*program, *options(folder, **settings), *arguments]


def train(
    folder: Path, *arguments: str, limit: str = "unlimited", **settings: object
) -> subprocess.CompletedProcess[str]:
    limited = ["bash", "-c", f'ulimit -f {limit}; exec "$@"', "bash"]
    return subprocess.run(
        [*limited, *command(folder, *arguments, **settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "run" / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_on_made_shapes_is_killed_and_goes_on(tmp_path: Path) -> None:
    long = command(tmp_path, "--shapes=8", steps=100_000)
    checkpoint = tmp_path / "run" / "last.safetensors"
    with subprocess.Popen(long, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline and not ((tmp_path / "run" / "best.safetensors").exists()):
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    with safe_open(checkpoint, framework="pt") as file:
        reached = int(file.metadata()["step"])
    assert reached >= 15  # the best weights of step 20 are written before its checkpoint

    done = train(tmp_path, "--shapes=8", steps=reached + 15)
    assert done.returncode == 0, done.stderr
    assert "best weights" in done.stdout
    steps = [int(row["step"]) for row in rows(tmp_path)]
    assert steps == sorted(set(steps))
    assert steps[-1] == reached + 15
    assert rows(tmp_path)[-1]["validation"]
    with safe_open(tmp_path / "run" / "best.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["variant"])["width"] == 8


def test_meshes_are_learnt_from_and_those_that_cannot_be_are_named(tmp_path: Path) -> None:
    meshes = tmp_path / "meshes" / "solids"
    meshes.mkdir(parents=True)
    trimesh.creation.icosphere().export(meshes / "ball.ply")
    trimesh.creation.box().export(meshes / "box.obj")
    (meshes / "broken.ply").write_bytes(b"ply\nno more")
    done = train(tmp_path, f"--meshes={tmp_path / 'meshes'}", steps=2)
    assert done.returncode == 0, done.stderr
    assert "1 models were skipped" in done.stderr
    assert "broken.ply" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give one of --shapes, --meshes and --data to train on, got none of them"),
        (["--shapes=4", "--data=."], "got --shapes and --data"),
        (["--data=nowhere"], "there is no folder nowhere"),
        (["--data={folder}"], "holds no models"),
        (["--meshes={folder}"], "holds no meshes"),
        (["--shapes=4", "--lr=7"], "lr must be a number from"),
        (["--shapes=4", "--resolution=17"], "resolution must be an even whole number"),
        (["--shapes=4", "--steps=1", "--device=abacus"], "abacus"),
    ],
)
def test_what_cannot_be_trained_is_said_in_one_sentence(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [*options(tmp_path), *(argument.format(folder=tmp_path) for argument in arguments)]
    assert run(tyro.cli(Options, args=settings)) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("sap-train: ")
    assert said in last


def test_a_full_disk_ends_the_run_with_its_last_checkpoint_whole(tmp_path: Path) -> None:
    assert train(tmp_path, "--shapes=4", steps=5).returncode == 0
    size = (tmp_path / "run" / "last.safetensors").stat().st_size
    done = train(tmp_path, "--shapes=4", steps=10, limit=str(size // 2048))
    assert done.returncode == 2
    assert "cannot write" in done.stderr
    with safe_open(tmp_path / "run" / "last.safetensors", framework="pt") as file:
        assert file.metadata()["step"] == "5"
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "best.safetensors",
        "last.safetensors",
        "log.csv",
    ]


def test_processes_of_torchrun_write_one_log_and_train_one_network(tmp_path: Path) -> None:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launch, "-m", "sap_viewer.train", *options(tmp_path, shapes=4, steps=20)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("best weights") == 1
    assert [row["step"] for row in rows(tmp_path)] == ["20"]
    with safe_open(tmp_path / "run" / "last.safetensors", framework="pt") as file:
        assert file.metadata()["step"] == "20"

"""``sap-evaluate`` as a program and, where the program itself is not the point, in this process."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sap_core.geometry import Mesh, PointCloud
from sap_core.io import read_mesh, write_cloud, write_mesh
from sap_core.mesh.metrics import compare
from sap_core.mesh.topology import topology
from sap_viewer import evaluate
from sap_viewer.evaluate import Options, run
from tests.scans import ball_mesh

ROOT = Path(__file__).parents[1]
QUICK = 2_000  # samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reference, a larger ball and one without a face."""
    ball = ball_mesh()
    write_mesh(ball, tmp_path / "reference.ply")
    write_mesh(Mesh(1.03 * ball.vertices, ball.faces), tmp_path / "larger.stl")
    write_mesh(Mesh(ball.vertices, ball.faces[1:]), tmp_path / "open.obj")
    return tmp_path


def program(
    *arguments: str, folder: Path, script: tuple[str, str] = ("-m", "sap_viewer.evaluate"), before: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, *script, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(capsys: pytest.CaptureFixture[str], *files: Path, **options: Any) -> str:
    assert run(Options(list(files), samples=QUICK, **options)) == 0
    return capsys.readouterr().out


def test_the_program_prints_a_row_for_each_mesh(folder: Path) -> None:
    done = program("larger.stl", "open.obj", "reference.ply", "--samples", "2000", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    header, larger, opened, _, unit = done.stdout.splitlines()
    assert len(header) == len(larger) == len(opened)
    found = compare(read_mesh(folder / "larger.stl"), read_mesh(folder / "reference.ply"), samples=QUICK)
    f_scores = (found.f_score_half_percent, found.f_score, found.f_score_two_percent)
    figures = (f"{found.chamfer_l1:.5f}", f"{found.chamfer_l2:.2e}", *(f"{score:.3f}" for score in f_scores))
    assert larger.split() == ["larger.stl", *figures, f"{found.normal_consistency:.3f}", "yes", "1", "0", "0"]
    assert opened.split()[0] == "open.obj"
    assert opened.split()[-4:] == ["no", "1", "3", "0"]
    assert "reference.ply; 2,000 samples" in unit


def test_the_figures_are_those_of_the_library(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh, reference = folder / "larger.stl", folder / "reference.ply"
    found = json.loads(printed(capsys, mesh, reference, json=Path("-"), seed=5))
    metrics = compare(read_mesh(mesh), read_mesh(reference), samples=QUICK, seed=5)
    assert found == {
        "reference": str(reference),
        "samples": QUICK,
        "seed": 5,
        "meshes": [{"mesh": str(mesh), **asdict(metrics), **asdict(topology(read_mesh(mesh)))}],
    }


def test_a_json_file_goes_along_with_the_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [folder / name for name in ("larger.stl", "open.obj", "reference.ply")]
    (folder / "figures.json").write_text("older")
    assert printed(capsys, *files, json=folder / "figures.json").startswith("mesh ")
    instead = printed(capsys, *files, json=Path("-"))
    assert json.loads((folder / "figures.json").read_text()) == json.loads(instead)


def test_nothing_loads_torch(folder: Path) -> None:
    script = (
        "import sys; from sap_viewer.evaluate import main\n"
        "try: main()\n"
        "finally: print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    done = program("open.obj", "reference.ply", "--samples", "2000", folder=folder, script=("-c", script))
    assert done.returncode == 0
    loaded = set(done.stderr.split())
    assert "sap_core.mesh.metrics" in loaded
    assert loaded & {"torch", "skimage", "polyscope", "dearpygui"} == set()


@pytest.fixture
def bad(folder: Path) -> Path:
    """The same folder with files that cannot be used."""
    ball = ball_mesh()
    holed = ball.vertices.copy()
    holed[ball.faces[0, 0], 0] = np.nan
    for name, vertices in (("nan", holed), ("line", ball.vertices * [1, 0, 0]), ("huge", ball.vertices * 1e200)):
        np.savez(folder / f"{name}.npz", vertices=vertices, faces=ball.faces)
    write_cloud(PointCloud(np.eye(3)), folder / "cloud.ply")
    (folder / "empty.ply").touch()
    (folder / "none.off").write_text("OFF\n0 0 0\n")
    (folder / "mesh.fbx").write_text("mesh")
    (folder / "damaged.glb").write_text("glTF and nothing more")
    return folder


BAD_FILES = {
    "missing.ply": "there is no file missing.ply",
    "cloud.ply": "cloud.ply holds points without faces, and is no mesh",
    "mesh.fbx": "cannot tell how to read mesh.fbx: its name must end in",
    "empty.ply": "empty.ply is empty",
    "none.off": "none.off holds no points",
    "damaged.glb": "damaged.glb is damaged or not in the GLB format",
    "nan.npz": "faces of nan.npz have a NaN or infinite corner",
    "line.npz": "the faces of line.npz have no area",
    "huge.npz": "the faces of huge.npz have no area",
    ".": ". is a folder",
}


@pytest.mark.parametrize("place", ["mesh", "reference"])
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_mesh(
    name: str, place: str, bad: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bad)
    files = [Path(name), Path("reference.ply")]
    assert run(Options(files if place == "mesh" else files[::-1], samples=QUICK)) == 2
    refused(capsys.readouterr(), BAD_FILES[name])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "give the meshes and, after them, the reference"),
        (["reference.ply"], "give the meshes and, after them, the reference"),
        (["open.obj", "reference.ply", "--samples", "3"], "samples must be a whole number from 100"),
        (["open.obj", "reference.ply", "--seed", "-1"], "seed must be a whole number from 0"),
        (["open.obj", "reference.ply", "--json", "nowhere/a.json"], "there is no folder nowhere"),
        (["open.obj", "reference.ply", "--json", "a.txt"], "its name must end in .json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be_used(
    arguments: list[str],
    sentence: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["sap-evaluate", *arguments])
    before = set(folder.iterdir())
    with pytest.raises(SystemExit, match="2"):
        evaluate.main()
    refused(capsys.readouterr(), sentence)
    assert set(folder.iterdir()) == before


def refused(streams: Any, sentence: str) -> None:
    assert streams.out == ""
    assert streams.err.startswith("sap-evaluate: ")
    assert sentence in streams.err
    assert streams.err.count("\n") == 1


def test_the_program_refuses_with_code_2(folder: Path) -> None:
    done = program("missing.ply", "reference.ply", folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "sap-evaluate: there is no file missing.ply\n"


def test_a_full_disk_keeps_the_older_file(folder: Path) -> None:
    (folder / "figures.json").write_text("older")
    before = set(folder.iterdir())
    limited = ("bash", "-c", 'ulimit -f 0; exec "$@"', "bash")  # not a byte into any file
    arguments = ("open.obj", "reference.ply", "--samples", "2000", "--json", "figures.json")
    done = program(*arguments, folder=folder, before=limited)
    assert done.returncode == 1
    assert done.stdout.startswith("mesh ")
    assert done.stderr == "sap-evaluate: cannot write figures.json: File too large\n"
    assert (folder / "figures.json").read_text() == "older"
    assert set(folder.iterdir()) == before


def test_ctrl_c_ends_with_the_code_of_shells(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(options: Options) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluate, "run", interrupt)
    monkeypatch.setattr(sys, "argv", ["sap-evaluate", "a.ply", "b.ply"])
    with pytest.raises(SystemExit, match="130"):
        evaluate.main()

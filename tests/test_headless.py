"""The real program without windows, from file to files."""

import filecmp
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
import trimesh
from PIL import Image

from sap_core.geometry import Mesh
from sap_core.io import read_cloud, read_mesh
from sap_core.mesh.metrics import compare
from sap_viewer.drawing import snapshots_of
from sap_viewer.scene.camera import Camera, write_camera
from tests import display_driver as person

ROOT = Path(__file__).parents[1]
ASSETS, DATA = ROOT / "assets", ROOT / "tests" / "data"
SPOT = ASSETS / "spot_scan.ply"
SHORT = ("--steps", "12", "--resolution", "32", "--points", "2000")
LONG = ("--steps", "100000", "--resolution", "32", "--points", "2000")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", "from sap_viewer.cli import main; main()", *map(str, arguments)]


def run(*arguments: str | Path, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    environment.pop("DISPLAY", None)
    return subprocess.run(command(*arguments), cwd=folder, env=environment, capture_output=True, text=True, check=False)


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command(*arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def is_closed_and_outward(mesh: Mesh) -> bool:
    shape = trimesh.Trimesh(mesh.vertices - mesh.vertices.mean(0), mesh.faces, process=False)
    return bool(shape.is_watertight and shape.is_winding_consistent and shape.volume > 0)


@pytest.mark.parametrize(
    ("scan", "reference", "chamfer_l1"),
    [
        (SPOT, DATA / "spot_reference.ply", 0.003),
        (DATA / "body_scan_utm.ply", DATA / "body_reference.npz", 0.003),
        (ASSETS / "fandisk_points.ply", DATA / "fandisk_reference.ply", 0.0035),
        (ASSETS / "knot_points.ply", DATA / "knot_reference.ply", 0.008),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_the_default_is_near_the_truth(scan: Path, reference: Path, chamfer_l1: float, tmp_path: Path) -> None:
    done = run(scan, "--headless", "--mesh", tmp_path / "mesh.ply", "--reference", reference)
    assert done.returncode == 0, done.stderr
    mesh = read_mesh(tmp_path / "mesh.ply")
    assert is_closed_and_outward(mesh)
    found = compare(mesh, read_mesh(reference)).chamfer_l1
    assert found < chamfer_l1
    assert f"against {reference.name}: Chamfer-L1 {found:.5f}, F " in done.stdout


@pytest.mark.parametrize("scan", [ASSETS / "kitten.xyz", DATA / "haystack_rock.las"], ids=lambda path: path.stem)
def test_the_default_covers_a_scan_without_known_truth(scan: Path, tmp_path: Path) -> None:
    done = run(scan, "--headless", "--mesh", tmp_path / "mesh.ply")
    assert done.returncode == 0, done.stderr
    mesh = read_mesh(tmp_path / "mesh.ply")
    assert is_closed_and_outward(mesh)
    points = read_cloud(scan).cloud.points
    distances = np.linalg.norm(points[::20, None] - mesh.vertices[None, ::4], axis=-1).min(1)
    assert distances.mean() < 0.01 * np.ptp(points, axis=0).max()


def test_a_clean_scan_ends_with_distances_both_ways_and_no_warning(tmp_path: Path) -> None:
    mesh, status = tmp_path / "mesh.ply", tmp_path / "status.json"
    done = run(ASSETS / "kitten.xyz", "--headless", "--preset", "fast", "--mesh", mesh, "--status", status)
    assert done.returncode == 0, done.stderr
    told = json.loads(status.read_text())
    assert told["warnings"] == []
    low, high = told["scan_box"].values()
    assert told["agreement"]["from_scan"]["mean"] < 0.001 * np.subtract(high, low).max()
    assert "; mesh to scan: mean " in done.stdout
    assert "; scan to mesh: mean " in done.stdout


def test_why_a_mesh_is_not_to_be_trusted_is_said_at_the_end(tmp_path: Path) -> None:
    scan, mesh, status = tmp_path / "corners.xyz", tmp_path / "mesh.ply", tmp_path / "status.json"
    scan.write_text("".join(f"{x} {y} {z}\n" for x in (0, 1) for y in (0, 1) for z in (0, 1)))
    done = run(scan, "--headless", "--preset", "fast", "--mesh", mesh, "--status", status)
    assert done.returncode == 0, done.stderr
    (warning,) = json.loads(status.read_text())["warnings"]
    assert warning.startswith("the 8 points are too few and too far apart")
    assert f"sap-viewer: {warning}\n" in done.stderr


def test_video_has_the_promised_frames(tmp_path: Path) -> None:
    video = tmp_path / "run.mp4"
    done = run(SPOT, "--headless", "--video", video, *SHORT)
    assert done.returncode == 0, done.stderr
    frames = imageio.imread(video)
    assert snapshots_of(12, fps=30) == 13
    assert len(frames) == 13 * 10  # each is shown for ten frames, which makes four seconds
    assert frames.shape[1:] == (720, 1280, 3)
    changed = np.abs(frames[0].astype(int) - frames[-1]).max(-1) > 20
    assert changed.mean() > 0.005  # the points have moved, and the surface with them


def test_a_run_is_changed_on_its_way_and_the_line_of_its_status_file_repeats_it(tmp_path: Path) -> None:
    mesh, status = tmp_path / "mesh.ply", tmp_path / "status.json"
    changes = ("--at", "14", "sigma=3", "--at", "3", "lr=0.02", "--at", "8", "resample", "--at", "12", "until=16")
    done = run(SPOT, "--headless", "--mesh", mesh, "--status", status, *SHORT, *changes)
    assert done.returncode == 0, done.stderr
    assert "step 16/16, loss" in done.stderr
    _, *again = shlex.split(json.loads(status.read_text())["command"])
    assert again[-2:] == ["--mesh", str(mesh)]
    other = tmp_path / "other.ply"
    assert run(*again[:-1], other).returncode == 0
    assert filecmp.cmp(other, mesh, shallow=False)


def test_a_video_turns_around_the_scan_at_any_size_with_a_title(tmp_path: Path) -> None:
    video, camera = tmp_path / "run.mp4", tmp_path / "camera.json"
    write_camera(Camera((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0)), camera)
    turning = ("--video-camera", "turntable", "--video-turn", "1", "--fps", "4", "--video-steps", "3")
    wanted = ("--video", video, "--video-size", "640", "360", "--video-title", "--camera", camera, *turning)
    picture = tmp_path / "end.png"
    wanted += ("--picture", picture, "--picture-size", "960", "540")
    done = run(SPOT, "--headless", *wanted, "--status", tmp_path / "status.json", *SHORT)
    assert done.returncode == 0, done.stderr
    frames = imageio.imread(video)
    assert frames.shape == (8 + 5, 360, 640, 3)  # two seconds of title; steps 0, 3, 6, 9 and 12
    start, quarter, _, _, whole = frames[8:].astype(int)
    assert np.abs(quarter - start).mean() > 2 * np.abs(whole - start).mean()
    with Image.open(picture) as end:
        assert end.size == (960, 540)
        shrunk = np.asarray(end.resize((640, 360))).astype(int)
    assert np.abs(shrunk - whole).mean() < 3  # one turn later the camera is back
    again = shlex.split(json.loads((tmp_path / "status.json").read_text())["command"])
    assert {str(SPOT), "--video-title", "turntable", str(camera), "12"} < set(again)


def test_a_script_renders_without_windows(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np, sap_viewer\n"
        "points = np.random.default_rng(0).normal(size=(2000, 3))\n"
        "points /= np.linalg.norm(points, axis=1, keepdims=True)\n"
        "recording = sap_viewer.Recording(fps=5, video_size=(320, 240))\n"
        "view = sap_viewer.ViewOptions(show_mesh=False)\n"
        "brief = dict(resolution=32, steps=4, points=1_000)\n"
        "sap_viewer.render(points, video='run.gif', picture='end.jpg', recording=recording, view=view, **brief)\n"
        "try:\n"
        "    sap_viewer.render(points, video='run.avi')\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "run.avi: its name must end in .mp4 or .gif" in done.stdout
    assert imageio.imread(tmp_path / "run.gif").shape[1:3] == (240, 320)
    with Image.open(tmp_path / "end.jpg") as end:
        assert end.size == (1280, 720)


def test_a_long_run_is_filmed_in_ten_seconds() -> None:
    assert snapshots_of(300, fps=30) == 301
    assert snapshots_of(560, fps=30) == 281
    assert snapshots_of(3200, fps=30) == 292


def test_every_output_at_once(tmp_path: Path) -> None:
    outputs = ("--mesh", tmp_path / "a.glb", "--cloud", tmp_path / "b.ply", "--video", tmp_path / "c.gif")
    field = tmp_path / "e.npz"
    fields = ("--field", field, "--field-resolution", "40")
    done = run(SPOT, "--headless", *outputs, *fields, "--status", tmp_path / "d.json", *SHORT)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.glb", "b.ply", "c.gif", "d.json", "e.npz"]
    assert np.load(field)["values"].shape == (40, 40, 40)
    assert len(read_cloud(tmp_path / "b.ply").cloud) == 2_000
    assert all(str(path) in done.stdout for path in outputs[1::2])


def test_a_mesh_needs_no_opengl(tmp_path: Path) -> None:
    (tmp_path / "polyscope.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    without = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = run(SPOT, "--headless", "--mesh", tmp_path / "mesh.ply", *SHORT, **without)
    assert done.returncode == 0, done.stderr
    refused = run(SPOT, "--headless", "--video", tmp_path / "run.mp4", *SHORT, **without)
    assert refused.returncode == 2
    assert "--mesh works without" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_delivers_what_there_is(end: signal.Signals, tmp_path: Path) -> None:
    mesh, video = tmp_path / "mesh.ply", tmp_path / "run.mp4"
    status = tmp_path / "status.json"
    process = start(SPOT, "--headless", "--mesh", mesh, "--video", video, "--status", status, *LONG)
    person.wait_for(lambda: True if status.exists() else None, "the first steps", timeout=60)
    process.send_signal(end)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted at step" in said
    assert is_closed_and_outward(read_mesh(mesh))
    assert len(imageio.imread(video)) > 0


def test_a_killed_engine_delivers_what_there_is(tmp_path: Path) -> None:
    mesh, status = tmp_path / "mesh.ply", tmp_path / "status.json"
    process = start(SPOT, "--headless", "--mesh", mesh, "--status", status, *LONG)
    person.wait_for(lambda: True if status.exists() else None, "the first steps", timeout=60)
    os.kill(engine_of(process.pid), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "killed by signal 9" in said
    assert is_closed_and_outward(read_mesh(mesh))


def engine_of(pid: int) -> int:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (
                f"PPid:\t{pid}\n" in (entry / "status").read_text()
                and "engine_process" in (entry / "cmdline").read_text()
            ):
                return int(entry.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    raise AssertionError(f"process {pid} has no engine")


def test_a_full_disk_keeps_older_files_and_says_so(tmp_path: Path) -> None:
    mesh, video = tmp_path / "mesh.ply", tmp_path / "run.mp4"
    mesh.write_text("older mesh")
    video.write_text("older video")
    arguments = command(SPOT, "--headless", "--mesh", mesh, "--video", video, *SHORT)
    limited = ["bash", "-c", 'ulimit -f 8; exec "$@"', "bash", *arguments]  # files of 8 KiB at most
    done = subprocess.run(
        limited, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"cannot write {mesh}" in done.stderr
    assert f"cannot record to {video}" in done.stderr
    assert "Traceback" not in done.stderr
    assert (mesh.read_text(), video.read_text()) == ("older mesh", "older video")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mesh.ply", "run.mp4"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.ply", "--mesh", "m.ply"], "there is no file missing.ply"),
        ([".", "--mesh", "m.ply"], "is a folder"),
        ([SPOT, "--mesh", "nowhere/m.ply"], "there is no folder nowhere"),
        ([SPOT, "--mesh", "m.xyz"], "its name must end in .ply, .obj, .stl, .off or .glb"),
        ([SPOT, "--cloud", "c.obj"], "its name must end in .ply"),
        ([SPOT, "--video", "v.avi"], "its name must end in .mp4 or .gif"),
        ([SPOT, "--mesh", SPOT], "would replace the scan"),
        ([SPOT], "would write nothing"),
        ([SPOT, "--mesh", "m.ply", "--cloud", "m.ply"], "two outputs would be written"),
        (["--mesh", "m.ply"], "needs a scan"),
        ([SPOT, "--mesh", "m.ply", "--resolution", "7"], "resolution must be"),
        ([SPOT, "--mesh", "m.ply", "--lr", "nan"], "lr must be"),
        ([SPOT, "--mesh", "m.ply", "--fps", "0", "--video", "v.mp4"], "fps must be"),
        ([SPOT, "--video", "v.mp4", "--video-size", "641", "360"], "even numbers from 16 to 7680, got 641 and 360"),
        ([SPOT, "--video", "v.mp4", "--video-steps", "2", "--video-seconds", "1"], "give one of the two"),
        ([SPOT, "--mesh", "m.ply", "--camera", "gone.json"], "gone.json"),
        ([SPOT, "--picture", "p.bmp"], "its name must end in .png or .jpg"),
        ([SPOT, "--picture", "p.png", "--picture-size", "8", "90000"], "numbers from 16 to 7680, got 8 and 90000"),
        ([SPOT, "--field", "nowhere/f.vti"], "there is no folder nowhere"),
        ([SPOT, "--field", "f.vtk"], "its name must end in .npz or .vti"),
        (
            [SPOT, "--field", "f.vti", "--resolution", "1024"],
            "the field f.vti would have 1024 nodes along each axis and take 4.3 GB; the largest that is written has "
            "512: add --field-resolution 512",
        ),
        ([SPOT, "--field", "f.vti", "--field-resolution", "513"], "field_resolution must be a whole number from 16 to"),
        ([SPOT, "--mesh", "m.ply", "--preset", "published", "--resolution", "576"], "with the preset published"),
        ([SPOT, "--mesh", "m.ply", "--resolution", "272"], "or a multiple of 64 up to 2048, got 272"),
        ([SPOT, "--mesh", "m.ply", "--init", "normals"], "no usable normals"),
        ([SPOT, "--mesh", "m.ply", "--device", "abacus"], "device 'abacus' cannot be used"),
        ([SPOT, "--mesh", "m.ply", "--sigma", "wide"], "sigma"),
    ],
    ids=lambda value: "" if isinstance(value, list) else value,
)
def test_bad_input_ends_with_one_sentence_and_code_2(
    arguments: list[str | Path], sentence: str, tmp_path: Path
) -> None:
    done = run(*arguments, "--headless", folder=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_version_is_told() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("sap-viewer ")

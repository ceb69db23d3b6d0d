"""How the viewer feels: how soon something is seen, what a new snapshot costs the frame loop, what watching costs.

    python -m benchmarks.feel [--display :0]

The program is driven from outside, as a person does, on the display that the environment names.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import trimesh
import tyro
from Xlib import X
from Xlib.display import Display

from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from benchmarks.stopwatch import Stopwatch
from sap_core import Mesh, PointCloud, Settings, write_cloud
from sap_viewer.commands import Load, Start
from sap_viewer.scene import build_scene
from sap_viewer.session import EngineSession
from sap_viewer.snapshot import Snapshot
from sap_viewer.view import open_view
from sap_viewer.view_options import ViewOptions

SCAN_POINTS = 50_000
FACES = 200_000
REPEATS = 5
WATCHED_S = 12.0


@dataclass(frozen=True)
class FeelRow:
    """One figure.

    Attributes:
        what: in a few words.
        unit: of the value.
        value: the median.
        worst: the largest.
        repeats: how often it was measured.
    """

    what: str
    unit: str
    value: float
    worst: float
    repeats: int


def main(*, append: bool = False, folder: Path = FOLDER) -> None:
    """Measure what a person at the screen would notice.

    Args:
        append: add to the latest file.
        folder: of the results.
    """
    results = Results.of_run("feel", FeelRow, append=append, folder=folder)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "scan.ply"
        write_cloud(scan(creature(), points=SCAN_POINTS, noise=0.002), path)
        starts = [_start(path, Path(scratch) / "status.json") for _ in range(REPEATS)]
    for what, seconds in zip(("first frame", "first reconstructed mesh"), zip(*starts, strict=True), strict=True):
        results.add(FeelRow(what, "s", median(seconds), max(seconds), REPEATS))
    laps = _updates()
    results.add(FeelRow(f"new snapshot of {FACES:,} faces, frame loop", "ms", median(laps), max(laps), len(laps)))
    shares = [_watching() for _ in range(3)]
    results.add(FeelRow("watching, of a step's time", "%", median(shares), max(shares), len(shares)))


def _start(scan_path: Path, status: Path) -> tuple[float, float]:
    """Seconds from the command to the first frame on the screen, and to the first mesh after a step."""
    status.unlink(missing_ok=True)
    display = Display()
    screen = display.screen().root
    empty = _middle(screen)
    began = time.perf_counter()
    with _program(scan_path, "--status", status):
        _wait(lambda: _middle(screen) != empty)
        first_frame = time.perf_counter() - began
        _wait(lambda: status.exists() and json.loads(status.read_text())["step"] > 0)
        first_mesh = time.perf_counter() - began
    display.close()
    return first_frame, first_mesh


def _middle(screen: Any) -> bytes:
    """The pixels in the middle of the left half of the screen, where the 3D window is."""
    geometry = screen.get_geometry()
    pixels: bytes = screen.get_image(geometry.width // 4, geometry.height // 2, 40, 40, X.ZPixmap, 0xFFFFFFFF).data
    return pixels


@contextmanager
def _program(*arguments: object) -> Iterator[None]:
    command = [str(Path(sys.executable).with_name("sap-viewer")), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        try:
            yield
        finally:
            program.terminate()


def _wait(reached: Callable[[], bool], *, at_most: float = 120.0) -> None:
    deadline = time.monotonic() + at_most
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing was seen within {at_most:g} s")
        time.sleep(0.005)


def _updates() -> list[float]:
    """Milliseconds in which the frame loop takes up snapshots with other vertices and faces each time."""
    view = open_view(windowed=False, size=(1280, 720), up="y")
    rows = round((FACES / 2) ** 0.5)
    laps = []
    for repeat in range(2 * REPEATS):
        ball = trimesh.creation.uv_sphere(count=[rows, rows + repeat % 2])
        mesh = Mesh(ball.vertices, ball.faces)
        cloud = PointCloud(ball.vertices[::5], ball.vertex_normals[::5])
        snapshot = Snapshot(run=1, bounds=np.array([[-1.2] * 3, [1.2] * 3]), name="ball", cloud=cloud, mesh=mesh)
        clock = Stopwatch()
        with clock:
            view.update(build_scene(snapshot, ViewOptions(slice_z=False)))
        view.image()
        laps.append(1000 * clock.seconds)
    return laps[2:]  # in the first ones structures and shaders are made


def _watching() -> float:
    """By how much more time a step takes in per cent if somebody takes every snapshot."""
    cloud = scan(creature(), points=SCAN_POINTS, noise=0.002)
    seconds = {watched: _seconds_per_step(cloud, watched=watched) for watched in (False, True)}
    return 100 * (seconds[True] / seconds[False] - 1)


def _seconds_per_step(cloud: PointCloud, *, watched: bool) -> float:
    session = EngineSession()
    try:
        session.send(Load(cloud, Settings(resolution=128, steps=10_000), "creature"))
        _wait(lambda: session.snapshot().run > 0)
        session.send(Start())
        _wait(lambda: session.snapshot().step > 3)
        first, began = session.snapshot().step, time.monotonic()
        while time.monotonic() - began < WATCHED_S:
            time.sleep(1 / 60)
            if watched:
                session.snapshot()
        took = time.monotonic() - began
        session.snapshot()  # the one that waited; the next is of now
        _wait(lambda: session.snapshot().step > first + 5)
        return took / (session.snapshot().step - first)
    finally:
        session.close()


if __name__ == "__main__":
    tyro.cli(main)

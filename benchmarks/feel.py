"""How the viewer feels: how soon something is seen, what a new snapshot costs the frame loop, what watching costs.

    python -m benchmarks.feel

On the display that the environment names, the program is driven from outside, as a person does.
"""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Timer
from typing import Literal, get_args

import numpy as np
import trimesh
import tyro
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from benchmarks.feel_rows import FeelRow
from benchmarks.program import controls, running, wait_until
from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from benchmarks.stopwatch import Stopwatch
from sap_core import Mesh, Parameters, PointCloud, Settings, write_cloud
from sap_viewer.channel import Channel
from sap_viewer.commands import Load, Pause, SetParameters, Start, Step
from sap_viewer.desktop.layout import arrange
from sap_viewer.engine.engine_process import FILES_KEPT
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.session import EngineSession
from sap_viewer.snapshot import Snapshot
from sap_viewer.view import open_view

SCAN_POINTS = 50_000
FACES = 200_000
REPEATS = 5
SHORT_S = 12.0
SPELL_S = 3.0
VIEW = (380, 380, 40, 40)  # in the 3D window
ANSWERED_S = 1.5  # after which the answer to a key is gone
SLOW = 256  # the resolution at which a step takes about a second while it is drawn

Part = Literal["starts", "answers", "updates", "frames", "watching"]
Box = tuple[int, int, int, int]  # left, top, width and height on the screen


def main(*, parts: tuple[Part, ...] = get_args(Part), append: bool = False, folder: Path = FOLDER) -> None:
    """Measure what a person at the screen would notice.

    Args:
        parts: which of it.
        append: add to the latest file.
        folder: of the results.
    """
    results = Results.of_run("feel", FeelRow, append=append, folder=folder)

    def add(what: str, unit: str, goal: str, values: list[float], worst: Callable[[list[float]], float] = max) -> None:
        results.add(FeelRow(what, unit, goal, median(values), worst(values), len(values)))

    with tempfile.TemporaryDirectory() as scratch, Person() as person:
        path = Path(scratch) / "scan.ply"
        write_cloud(scan(creature(), points=SCAN_POINTS, noise=0.002), path)
        if "starts" in parts:
            starts = [_start(path, person) for _ in range(REPEATS)]
            add("first frame after the command", "s", "under 1.5 s", [frame for frame, _ in starts])
            add(f"first mesh of {SCAN_POINTS:,} points", "s", "under 6 s", [mesh for _, mesh in starts])
        if "answers" in parts:
            for what, answers in _answers(path, person).items():
                add(f"{what}, at {SLOW}³", "ms", "under 100 ms", answers)
    if "updates" in parts:
        work, drawing = _updates()
        add(f"a new snapshot of {FACES:,} faces, the loop's own work", "ms", "under 10 ms", work)
        add("its first drawing, more than when it is drawn again", "ms", "", drawing)
    if "frames" in parts:
        add("frames while the engine rests", "per second", "", _frames(run=False), min)
        add(f"frames while it steps at {SLOW}³", "per second", "as at rest", _frames(run=True), min)
    if "watching" in parts:
        add("what watching adds to a step at 128³", "%", "under 5 %", [_watching() for _ in range(REPEATS)])


def _start(scan_path: Path, person: "Person") -> tuple[float, float]:
    """Seconds from the command to the first frame on the screen, and to the first mesh after a step."""
    middle = (person.width // 4, person.height // 2, 40, 40)  # of the 3D window
    empty = person.sees(middle)
    with running(scan_path, folder=scan_path.parent) as program:
        wait_until(lambda: person.sees(middle) != empty)
        first_frame = time.perf_counter() - program.began
        program.wait_for(lambda status: status["step"] > 0)
        return first_frame, time.perf_counter() - program.began


def _answers(scan_path: Path, person: "Person") -> dict[str, list[float]]:
    """Milliseconds from the mouse or a key to the first pixels that answer, while a step takes a second."""
    places = controls("sigma", "run", "messages")
    view, _ = arrange((person.width, person.height))
    lower_edge = (view.x + view.width // 2 - 60, view.y + view.height - 40, 120, 30)  # where keys are answered
    slides: list[float] = []
    clicks: list[float] = []
    keys: list[float] = []
    with running(scan_path, "--resolution", SLOW, "--steps", 1, folder=scan_path.parent) as program:
        program.wait_for(lambda status: status["status"] == "finished")
        person.turns_to("sap-viewer")
        person.moves_to(VIEW, 0.5)
        person.presses_key("space")  # it goes on past the end, without coarser grids before
        program.wait_for(lambda status: status["step"] > 2)
        for repeat in range(2 * REPEATS):
            person.moves_to(places["sigma"], 0.3 + 0.04 * repeat)
            slides.append(person.waits_for_pixels(places["sigma"], lambda: person.presses_button(down=True)))
            person.presses_button(down=False)
        for _ in range(REPEATS):
            for answers, target, area in ((clicks, places["run"], places["messages"]), (keys, VIEW, lower_edge)):
                person.moves_to(target, 0.5)
                program.takes_a_step()  # pixels that change by themselves do so at the end of one
                time.sleep(0.3)
                if answers is clicks:
                    person.presses_button(down=True)
                    time.sleep(0.2)
                    answers.append(person.waits_for_pixels(area, lambda: person.presses_button(down=False)))
                else:
                    answers.append(person.waits_for_pixels(area, lambda: person.presses_key("space")))
                program.wait_for(lambda status: status["status"] != "running")
                person.moves_to(VIEW, 0.5)
                person.presses_key("space")
                program.wait_for(lambda status: status["status"] == "running")
                time.sleep(ANSWERED_S)
    return {"a slider is pressed": slides, "pause is clicked": clicks, "space is pressed over the scene": keys}


def _updates() -> tuple[list[float], list[float]]:
    """Milliseconds in which the frame loop takes up a snapshot with other vertices and faces than the last.

    Returns:
        Its own work: to receive the snapshot, and to hand over what is drawn. And by how much the first frame of it
        takes longer than the second.
    """
    view = open_view(windowed=True, size=(1280, 720), up="y")
    writer, reader = socket.socketpair()
    engine, loop = Channel(writer, files_kept=FILES_KEPT), Channel(reader)
    work, drawing = [], []
    rows = round((FACES / 4) ** 0.5)
    for repeat in range(3 * REPEATS):
        ball = trimesh.creation.uv_sphere(count=[rows, rows + repeat % 2])
        mesh = Mesh(ball.vertices, ball.faces, distances=np.zeros(len(ball.vertices)))
        cloud = PointCloud(ball.vertices[::5], ball.vertex_normals[::5])
        bounds = np.array([[-1.2] * 3, [1.2] * 3])
        engine.send(Snapshot(run=1, step=repeat, bounds=bounds, name="ball", cloud=cloud, mesh=mesh))
        own, first, again = Stopwatch(), Stopwatch(), Stopwatch()
        with own:
            view.update(build_scene(loop.receive(), ViewOptions(slice_z=False)))
        with first:
            view.image()
        with again:
            view.image()
        work.append(1000 * own.seconds)
        drawing.append(1000 * (first.seconds - again.seconds))
    return work[REPEATS:], drawing[REPEATS:]  # in the first ones structures and shaders are made


def _frames(*, run: bool) -> list[float]:
    """Frames per second, each second, of a camera that never rests."""
    view = open_view(windowed=True, size=(1280, 720), up="y")
    with _engine(SLOW) as session:
        if run:
            session.send(Start())
        rates = []
        shown = session.snapshot()
        deadline = time.monotonic() + SHORT_S
        while time.monotonic() < deadline:
            count, second = 0, time.monotonic() + 1.0
            while time.monotonic() < second:
                view.home("y" if count % 2 else "z")
                view.tick()
                if (latest := session.snapshot()) is not shown:
                    shown = latest
                    view.update(build_scene(shown, ViewOptions()))
                count += 1
            rates.append(float(count))
    return rates


def _watching() -> float:
    """By how much more time a step takes in per cent if somebody takes every snapshot.

    Spells with and without take turns, since other programs and the state of the run change the time of a step, too.
    """
    more = []
    with _engine(128) as session:
        for watched_first in (True, False, True, False):
            order = (watched_first, not watched_first)
            seconds = {watched: _seconds_per_step(session, watched=watched) for watched in order}
            more.append(100 * (seconds[True] / seconds[False] - 1))
    return median(more)


def _seconds_per_step(session: EngineSession, *, watched: bool) -> float:
    first, began = session.snapshot().step, time.monotonic()
    session.send(Start())
    while time.monotonic() - began < SPELL_S:
        time.sleep(1 / 60)
        if watched:
            session.snapshot()
    session.send(Pause())
    wait_until(lambda: session.snapshot().status == "paused")
    return (time.monotonic() - began) / (session.snapshot().step - first)


@contextmanager
def _engine(resolution: int) -> Iterator[EngineSession]:
    """An engine that has the scan, and its first mesh at this resolution."""
    session = EngineSession()
    try:
        cloud = scan(creature(), points=SCAN_POINTS, noise=0.002)
        session.send(Load(cloud, Settings(steps=100_000), "creature"))
        session.send(SetParameters(Parameters(resolution=resolution)))
        session.send(Step())
        wait_until(lambda: session.snapshot().step > 0)
        yield session
    finally:
        session.close()


class Person:
    """Someone at the display: eyes, a mouse and a keyboard, all without a process in between, to the millisecond."""

    def __init__(self) -> None:
        self._display = Display()
        self._screen = self._display.screen().root
        geometry = self._screen.get_geometry()
        self.width, self.height = int(geometry.width), int(geometry.height)

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()

    def sees(self, box: Box) -> bytes:
        """The pixels there."""
        pixels: bytes = self._screen.get_image(*box, X.ZPixmap, 0xFFFFFFFF).data
        return pixels

    def waits_for_pixels(self, box: Box, act: Callable[[], None]) -> float:
        """Milliseconds from the act until other pixels are there."""
        before = self.sees(box)
        clock = Stopwatch()
        with clock:
            act()
            wait_until(lambda: self.sees(box) != before)
        return 1000 * clock.seconds

    def moves_to(self, box: Box, share: float) -> None:
        """The mouse goes to this share of the box's width, and rests.

        It comes from beside: a window that it enters on the very pixel on which it left is told of no motion.
        """
        left, top, width, height = box
        for beside in (3, 0):
            x, y = round(left + share * width) + beside, top + height // 2
            xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
            self._display.sync()
            time.sleep(0.25)

    def turns_to(self, title: str) -> None:
        """The keyboard goes to this window, as a window manager lets it after a click."""
        window = next(child for child in self._screen.query_tree().children if child.get_wm_name() == title)
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.sync()

    def presses_button(self, *, down: bool) -> None:
        """The left button, down or up."""
        xtest.fake_input(self._display, X.ButtonPress if down else X.ButtonRelease, 1)
        self._display.sync()

    def presses_key(self, name: str) -> None:
        """Down, and up after a while."""
        code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
        xtest.fake_input(self._display, X.KeyPress, code)
        self._display.sync()
        Timer(0.1, self._lets_go, [code]).start()

    def _lets_go(self, code: int) -> None:
        with Person() as other:  # a display is not for two threads
            xtest.fake_input(other._display, X.KeyRelease, code)
            other._display.sync()


if __name__ == "__main__":
    tyro.cli(main)

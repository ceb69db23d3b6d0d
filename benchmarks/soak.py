"""A long session from outside: whether memory, files and threads stay, and whether the windows keep up with the engine.

    python -m benchmarks.soak --minutes 30

The program runs and records on the display that the environment names, while the view is turned, settings are changed,
meshes are exported and the run is paused now and then. The exit code says whether memory stayed flat.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import tyro

from benchmarks.feel_rows import SoakRow, growths
from benchmarks.program import PATIENCE_S, Program, controls, running
from benchmarks.results import FOLDER, Results
from benchmarks.scanner import scan
from benchmarks.shapes import creature
from sap_core import write_cloud
from tests import display_driver as person

SCAN_POINTS = 50_000
RESOLUTION = 96
SAMPLE_S = 10.0
TRIES = 4
FLAT = 0.05  # growth of memory that counts as none
VIEW = (400, 400)  # a pixel of the 3D window


def main(*, minutes: float = 30.0, append: bool = False, folder: Path = FOLDER) -> None:
    """Let the program run and record for a while, and watch it.

    Args:
        minutes: how long.
        append: add to the latest file.
        folder: of the results.
    """
    results = Results.of_run("soak", SoakRow, append=append, folder=folder)
    places = controls("sigma", "point_radius", "show_normals")
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "scan.ply"
        write_cloud(scan(creature(), points=SCAN_POINTS, noise=0.002), path)
        options = ("--resolution", RESOLUTION, "--steps", 100_000)
        with running(path, *options, folder=Path(scratch)) as program:
            program.wait_for(lambda status: status["step"] > 0)
            _watch(program, _Hand(places), results, minutes=minutes)
    grown = growths(results.rows())
    for process, growth in grown.items():
        print(f"{process}: {growth.before:.0f} to {growth.after:.0f} MB, {100 * growth.share:+.1f} %")
    flat = all(growth.share <= FLAT for growth in grown.values())
    print("memory stayed flat" if flat else f"memory grew by more than {100 * FLAT:.0f} %")
    sys.exit(not flat)


class _Hand:
    """Does what a person does now and then, each time the next thing."""

    def __init__(self, places: dict[str, tuple[int, int, int, int]]) -> None:
        self._places = places
        self._rng = random.Random(0)
        self._acts = cycle((self._turn, self._slide, self._export, self._toggle, self._turn, self._slide, self._record))

    def act(self) -> None:
        next(self._acts)()

    def press(self, key: str) -> None:
        """A key, over the 3D window: without a window manager it goes to where the mouse is."""
        person.move(*VIEW)
        person.press_key(key)

    def _turn(self) -> None:
        person.drag(VIEW, (VIEW[0] + self._rng.randint(-200, 200), VIEW[1] + self._rng.randint(-50, 50)))

    def _slide(self) -> None:
        name = self._rng.choice(("sigma", "point_radius"))
        x, y, width, height = self._places[name]
        start, end = (x + share * width for share in (self._rng.uniform(0.2, 0.4), self._rng.uniform(0.5, 0.7)))
        person.drag((start, y + height / 2), (end, y + height / 2))

    def _toggle(self) -> None:
        x, y, _, height = self._places["show_normals"]
        person.click(x + 10, y + height / 2)

    def _export(self) -> None:
        self.press("e")

    def _record(self) -> None:
        """Finish the recording, and start the next one over it."""
        self.press("v")
        time.sleep(3.0)
        self.press("v")


def _watch(program: Program, hand: _Hand, results: Results[SoakRow], *, minutes: float) -> None:
    hand.press("v")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < 60 * minutes:
        hand.act()
        answer, late = _pause(program, hand)
        step = program.status()["step"]
        for name, pid in program.processes().items():
            results.add(SoakRow(passed / 60, name, *_memory(pid), *_handles(pid), step, answer, late))
        time.sleep(max(0.0, began + passed + SAMPLE_S - time.monotonic()))


def _pause(program: Program, hand: _Hand) -> tuple[float, int]:
    """Pause for a moment: seconds until that is seen, and steps that are seen after it."""
    pressed = time.perf_counter()
    paused = _press_space(program, hand, lambda status: status["status"] == "paused")
    answer = time.perf_counter() - pressed
    time.sleep(1.0)
    late = program.status()["step"] - paused["step"]
    _press_space(program, hand, lambda status: status["step"] > paused["step"])
    return answer, late


def _press_space(program: Program, hand: _Hand, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Press it, and again where nothing comes of it, as a person would; what is seen then."""
    for _ in range(TRIES):
        hand.press("space")
        with suppress(TimeoutError):
            return program.wait_for(reached, at_most=PATIENCE_S / TRIES)
    raise TimeoutError(f"the program did not answer {TRIES} keys within {PATIENCE_S:g} s")


def _memory(pid: int) -> tuple[float, float]:
    """Proportional and resident, in megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in lines[1:]}
    return kilobytes["Pss:"] / 1e3, kilobytes["Rss:"] / 1e3


def _handles(pid: int) -> tuple[int, int]:
    """Open files, and threads."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir())), len(list(Path(f"/proc/{pid}/task").iterdir()))


if __name__ == "__main__":
    tyro.cli(main)

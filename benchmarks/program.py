"""The running program with its windows, seen and driven from outside, on the display that the environment names."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sap_viewer.desktop.greeting import PanelReady, PlacePanel
from sap_viewer.desktop.layout import arrange
from sap_viewer.desktop.messages import Locate, Located
from sap_viewer.process import ChildProcess

Message = TypeVar("Message")

PATIENCE_S = 120.0


class Program:
    """What can be seen of it.

    Attributes:
        began: ``time.perf_counter`` at its start.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", status: Path) -> None:
        self._process = process
        self._status = status
        self.began = time.perf_counter()

    def status(self) -> dict[str, Any]:
        """Of the run, as the program has it on the screen; at step -1 before there is one."""
        try:
            state: dict[str, Any] = json.loads(self._status.read_text())
        except FileNotFoundError:
            return {"step": -1, "status": "none"}
        return state

    def wait_for(self, reached: Callable[[dict[str, Any]], bool], *, at_most: float = PATIENCE_S) -> dict[str, Any]:
        """Look until the status is as awaited.

        Raises:
            TimeoutError: it is not in good time.
            RuntimeError: the program has ended.
        """
        seen: list[dict[str, Any]] = []

        def look() -> bool:
            if self._process.poll() is not None:
                raise RuntimeError(f"the program ended with code {self._process.returncode}; stderr says why")
            seen[:] = [self.status()]
            return reached(seen[0])

        wait_until(look, at_most=at_most)
        return seen[0]

    def takes_a_step(self) -> None:
        """Look until one more is seen to be done."""
        done = self.status()["step"]
        self.wait_for(lambda status: status["step"] > done)

    def processes(self) -> dict[str, int]:
        """The process ids of the program and of all that it has started, by short names."""
        found = {"main": self._process.pid}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                words = (entry / "cmdline").read_text().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == self._process.pid:
                module = words[words.index("-m") + 1] if "-m" in words else Path(words[0]).name.partition("-")[0]
                found[module.rpartition(".")[2]] = int(entry.name)
        return found


@contextmanager
def running(*arguments: object, folder: Path, configuration: Path | None = None) -> Iterator[Program]:
    """Start the program; what it writes stays in the folder, what it remembers there as well or where it is said."""
    status = folder / "status.json"
    status.unlink(missing_ok=True)
    command = [str(Path(sys.executable).with_name("sap-viewer")), *map(str, arguments), "--status", str(status)]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(configuration or folder)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield Program(process, status)
        finally:
            process.terminate()


def controls(*tags: str) -> dict[str, tuple[int, int, int, int]]:
    """Where the panel has its controls: left, top, width and height on the screen, for it always opens there."""
    panel = ChildProcess("sap_viewer.desktop.panel")
    try:
        _, place = arrange(_told(panel, PanelReady).screen)
        panel.send(PlacePanel(*place))
        positions = {}
        for tag in tags:
            panel.send(Locate(tag))
            where = _told(panel, Located)
            positions[tag] = (place.x + where.x, place.y + where.y, where.width, where.height)
        return positions
    finally:
        panel.close()


def _told(panel: ChildProcess, kind: type[Message]) -> Message:
    found: list[Message] = []

    def look() -> bool:
        found.extend(told for told in panel.receive() if isinstance(told, kind))
        return bool(found)

    wait_until(look)
    return found[0]


def wait_until(reached: Callable[[], bool], *, at_most: float = PATIENCE_S) -> None:
    """Look again and again.

    Raises:
        TimeoutError: nothing is seen within so many seconds.
    """
    deadline = time.monotonic() + at_most
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing was seen within {at_most:g} s")
        time.sleep(0.005)

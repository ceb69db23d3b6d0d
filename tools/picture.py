"""The picture of the README: the program's own windows on a scan from assets/, on a virtual screen.

python -m tools.picture docs/images/windows.png
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import ImageGrab

ROOT = Path(__file__).parents[1]
SCREEN = "1600x1060"


def main(target: Path) -> None:
    """Start a screen and the program on it, wait for the end of the run, and keep what is on the screen."""
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", f"{SCREEN}x24", "-noreset", "+extension", "GLX"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert screen.stdout is not None
    display = f":{screen.stdout.readline().strip()}"
    with tempfile.TemporaryDirectory() as folder:
        status = Path(folder) / "status.json"
        command = [sys.executable, "-c", "from sap_viewer.cli import main; main()", "assets/spot_scan.ply"]
        program = subprocess.Popen(
            [*command, "--up", "y", "--status", str(status)],
            cwd=ROOT,
            env={**os.environ, "DISPLAY": display, "XDG_CONFIG_HOME": folder},
        )
        _await(status, lambda state: state["step"] > 0)
        for act in ("mousemove 200 400", "mousedown 1", "mousemove 560 400", "mousemove 940 400", "mouseup 1"):
            subprocess.run(["xdotool", *act.split()], env={**os.environ, "DISPLAY": display}, check=True)
            time.sleep(0.5)  # the cow faces the other way
        _await(status, lambda state: state["status"] == "finished")
        time.sleep(1.0)  # until it is drawn
        ImageGrab.grab(xdisplay=display).save(target, optimize=True)
        program.send_signal(signal.SIGINT)
        program.wait()
    screen.terminate()


def _await(status: Path, reached: Callable[[dict[str, Any]], bool]) -> None:
    while not status.exists() or not reached(json.loads(status.read_text())):
        time.sleep(0.2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The real program where nobody reads what it says: its files are written all the same."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sap_core.io import read_mesh
from tests import display_driver as person

ROOT = Path(__file__).parents[1]
KITTEN = ROOT / "assets" / "kitten.xyz"
FAST = ("--preset", "fast", "--resolution", "32")
LONG = ("--steps", "100000", "--resolution", "32", "--points", "2000")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
# The terminal on its standard input becomes the one whose end it is told.
IN_A_TERMINAL = (  # which nohup around the tests, if there is one, has no say in
    "import os, fcntl, signal, termios, sys; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGHUP, signal.SIG_DFL); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", "from sap_viewer.cli import main; main()", *map(str, arguments)]


def run(mesh: Path, redirected: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The exit code is that of the program, whatever it is piped into."""
    shell = f'"$@" {redirected}; exit ${{PIPESTATUS[0]}}'
    arguments = ["bash", "-c", shell, "bash", *command(KITTEN, "--headless", "--mesh", mesh, *FAST)]
    return subprocess.run(arguments, env={**ENVIRONMENT, **environment}, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("redirected", "said", "told"),
    [
        ("2>&-", b"mesh.ply at step", b""),
        (">&-", b"", b"sap-viewer: 100%, step"),
        ("<&- >&- 2>&-", b"", b""),
        ("2>&1 | head -c 10", b"sap-viewer", b""),
        (">/dev/full 2>&1", b"", b""),
    ],
)
def test_a_mesh_is_written_whatever_becomes_of_the_output(
    redirected: str, said: bytes, told: bytes, tmp_path: Path
) -> None:
    done = run(tmp_path / "mesh.ply", redirected)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
    assert told in done.stderr
    assert b"Traceback" not in done.stderr
    assert len(read_mesh(tmp_path / "mesh.ply").faces) > 1000


def test_a_log_has_some_lines_and_no_bar_in_any_encoding(tmp_path: Path) -> None:
    done = run(tmp_path / "mesh.ply", "", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert b"; size 0.635 ? 0.97" in done.stdout
    assert b"\r" not in done.stderr
    lines = done.stderr.decode("ascii").splitlines()
    assert len(lines) <= 12
    assert lines[-1].startswith("sap-viewer: 100%, step ")


def test_a_closed_terminal_ends_a_run_as_a_polite_kill_does(tmp_path: Path) -> None:
    mesh, status = tmp_path / "mesh.ply", tmp_path / "status.json"
    ours, its = pty.openpty()
    arguments = command(KITTEN, "--headless", "--mesh", mesh, "--status", status, *LONG)
    with subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *arguments], env=ENVIRONMENT, stdin=its, stdout=its, stderr=its
    ) as process:
        os.close(its)
        person.wait_for(lambda: True if status.exists() else None, "the first steps", timeout=60)
        os.close(ours)
        assert process.wait(timeout=60) == 130
    assert len(read_mesh(mesh).faces) > 1000


def step_of(status: Path) -> int:
    step: int = json.loads(status.read_text())["step"]
    return step


def test_under_nohup_a_run_outlives_its_terminal(tmp_path: Path) -> None:
    status = tmp_path / "status.json"
    arguments = command(KITTEN, "--headless", "--mesh", tmp_path / "mesh.ply", "--status", status, *LONG)
    with subprocess.Popen(
        ["nohup", *arguments], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        person.wait_for(lambda: True if status.exists() else None, "the first steps", timeout=60)
        process.send_signal(signal.SIGHUP)
        reached = step_of(status)
        person.wait_for(lambda: True if step_of(status) > reached else None, "further steps", timeout=60)
        process.terminate()
        assert process.wait(timeout=60) == 130

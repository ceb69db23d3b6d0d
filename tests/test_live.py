"""The real program on a virtual screen: both windows, driven with mouse and keyboard from outside."""

import filecmp
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio.v3 as imageio
import numpy as np
import pytest
import trimesh
from PIL import Image

from sap_core.checkpoint import read_checkpoint
from sap_core.config import Parameters
from sap_viewer.controls import controls_of
from sap_viewer.desktop.greeting import PanelReady, PlacePanel
from sap_viewer.desktop.layout import arrange
from sap_viewer.desktop.messages import Locate, Located, StateShown
from sap_viewer.desktop.unsaved import TRIVIAL_S
from sap_viewer.output.remembered import Remembered, recall, remember, remembered_path
from sap_viewer.process import ChildProcess
from sap_viewer.scene.camera import read_camera, write_camera
from sap_viewer.scene.view_options import ViewOptions
from tests import display_driver as person
from tests.dropping import drop_files
from tests.test_headless import run as run_headless
from tests.test_panel import PAUSED

ROOT = Path(__file__).parents[1]
SPOT = ROOT / "assets" / "spot_scan.ply"
LONG = ("--resolution", "32", "--steps", "100000", "--points", "3000")


class Program:
    """The running program: its windows, its status file and its processes."""

    def __init__(self, folder: Path, *arguments: str, largest_file_kib: str = "unlimited") -> None:
        self.folder = folder
        self._status = folder / "status.json"
        command = [sys.executable, "-P", "-c", "from sap_viewer.cli import main; main()", *arguments]
        limited = ["bash", "-c", f'ulimit -f {largest_file_kib}; exec "$@"', "bash"]
        self.process = subprocess.Popen(
            [*limited, *command, "--status", str(self._status)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        person.find_window("^sap-viewer$")
        person.find_window("^sap-viewer panel$")
        self.children = {name: pid for pid, name in _children(self.process.pid).items()}

    def status(self) -> dict[str, Any]:
        try:
            return json.loads(self._status.read_text())
        except FileNotFoundError:
            return {"status": "none", "step": -1, "message": ""}

    def wait_until(self, reached: Callable[[dict[str, Any]], bool], timeout: float = 60.0) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            status = self.status()
            return status if reached(status) else None

        before = self.status()
        try:
            return person.wait_for(look, "the awaited state", timeout=timeout)
        except AssertionError as failure:
            failure.add_note(f"before: {before}\nlast: {self.status()}")
            raise

    def wait_for_file(self, name: str) -> Path:
        return person.wait_for(lambda: (self.folder / name) if (self.folder / name).exists() else None, name)

    def over_the_view(self) -> None:
        """Without a window manager the keyboard goes to where the mouse is."""
        person.move(300, 300)

    def ended(self, timeout: float = 30.0) -> int:
        """The exit code, once the program and its children are gone."""
        code = self.process.wait(timeout)
        left = [pid for pid in self.children.values() if Path(f"/proc/{pid}").exists()]
        assert not left, f"left behind: {left} of {self.children}"
        return code


def _children(pid: int) -> dict[int, str]:
    """Child processes by the module that they run."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(re.search(r"PPid:\s+(\d+)", (entry / "status").read_text()).group(1))
            if parent == pid:
                words = (entry / "cmdline").read_text().split("\0")
                if "-m" in words:  # ffmpeg is a child as well
                    found[int(entry.name)] = words[words.index("-m") + 1].rpartition(".")[2]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def control_positions(*tags: str, scroll: int = 0) -> dict[str, tuple[int, int, int, int]]:
    """Where the program's panel has its controls: the panel stands in the same place when the test opens it alone."""
    panel = ChildProcess("sap_viewer.desktop.panel")
    try:
        arrived: list[Any] = []

        def look_for(kind: type) -> Any:
            def look() -> Any:
                arrived.extend(panel.receive())
                return next((message for message in arrived if isinstance(message, kind)), None)

            message = person.wait_for(look, kind.__name__)
            arrived.remove(message)
            return message

        _, place = arrange(look_for(PanelReady).screen)
        panel.send(PlacePanel(*place, scroll=scroll))
        panel.send(PAUSED)
        look_for(StateShown)
        positions = {}
        for tag in tags:
            panel.send(Locate(tag))
            where = look_for(Located)
            positions[tag] = (place.x + where.x, place.y + where.y, where.width, where.height)
        return positions
    finally:
        panel.close()


@pytest.fixture
def start(display: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Program]]:
    programs = []

    def start_program(*arguments: str, **limits: str) -> Program:
        programs.append(Program(tmp_path, *arguments, **limits))
        return programs[-1]

    yield start_program
    for program in programs:
        program.process.kill()
        program.process.wait()


@pytest.mark.parametrize("display", ["1280x800", "1920x1080"], indirect=True)
def test_a_session_from_start_to_close(start: Callable[..., Program]) -> None:
    controls = control_positions("sigma")
    program = start(str(SPOT), *LONG)
    program.wait_until(lambda status: status["step"] > 3)

    program.over_the_view()
    person.press_key("space")
    paused = program.wait_until(lambda status: status["status"] == "paused")
    time.sleep(0.5)
    assert program.status()["step"] == paused["step"]

    person.press_key("s")
    program.wait_until(lambda status: status["step"] == paused["step"] + 1)

    x, y, width, height = controls["sigma"]
    person.drag((x + 0.3 * width, y + height / 2), (x + 0.8 * width, y + height / 2))
    asked = program.wait_until(lambda status: status["requested"]["sigma"] is not None)
    assert asked["in_force"]["sigma"] == 2.0
    assert asked["step"] == paused["step"] + 1

    program.over_the_view()
    person.press_key("space")
    acted = program.wait_until(lambda status: status["in_force"]["sigma"] == status["requested"]["sigma"])
    assert acted["in_force"]["sigma"] > 4
    assert acted["step"] > paused["step"] + 1
    assert acted["run"] == paused["run"]

    person.press_key("e")
    mesh = trimesh.load(program.wait_for_file("spot_scan_mesh.ply"), process=False)
    assert mesh.is_watertight

    person.press_key("v")
    begun = program.status()["step"]
    program.wait_until(lambda status: status["step"] > begun + 20)
    time.sleep(3.0)  # a step may take less than a frame
    person.press_key("v")
    video = program.wait_for_file("spot_scan.mp4")
    assert len(imageio.imread(video)) > 5

    person.press_key("space")
    program.wait_until(lambda status: status["status"] == "paused")
    person.press_key("v")  # over the first video: a resting view can be filmed too, while it is turned
    person.drag((300, 300), (500, 320))
    person.press_key("v")
    time.sleep(2.0)
    assert len(imageio.imread(video)) > 2

    (program.folder / "spot_scan_mesh.ply").unlink()
    person.press_key("e")  # what is in a file is no loss
    program.wait_for_file("spot_scan_mesh.ply")
    person.press_key("r")
    program.wait_until(lambda status: status["run"] == paused["run"] + 1)

    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0


def test_a_run_is_steered_by_keys_and_settings_are_undone(start: Callable[..., Program]) -> None:
    controls = control_positions("sigma", "flip", "run")
    program = start(str(SPOT), "--resolution", "32", "--steps", "60", "--points", "3000", "--paused")
    program.wait_until(lambda status: status["status"] == "paused")
    view = person.find_window("^sap-viewer$")
    time.sleep(1.0)  # until the panel knows the run as well
    x, y, width, height = controls["sigma"]
    person.drag((x + 0.3 * width, y + height / 2), (x + 0.8 * width, y + height / 2))
    set_to = program.wait_until(lambda status: status["requested"]["sigma"] is not None)["requested"]["sigma"]
    time.sleep(1.0)  # until the last move of the drag has arrived
    set_to = program.status()["requested"]["sigma"]
    program.over_the_view()
    person.press_key("ctrl+z")
    program.wait_until(lambda status: status["requested"]["sigma"] is None)
    person.press_key("ctrl+shift+z")
    program.wait_until(lambda status: status["requested"]["sigma"] == set_to)

    x, y, width, height = controls["flip"]
    person.click(x + width / 2, y + height / 2)
    program.wait_until(lambda status: status["marks"][-1:] == [[0, "flipped"]])
    program.over_the_view()
    for key, done in (("f", "flipped"), ("n", "re-oriented"), ("d", "resampled")):
        person.press_key(key)
        program.wait_until(lambda status, done=done: status["marks"][-1] == [0, done])
    person.press_key("space")
    program.wait_until(lambda status: status["status"] == "finished")
    x, y, width, height = controls["run"]
    person.click(x + width / 2, y + height / 2)  # on past the end
    program.wait_until(lambda status: status["step"] > 65)
    program.over_the_view()
    person.press_key("space")
    rests = program.wait_until(lambda status: status["status"] == "finished")
    person.press_key("e")
    mesh = program.wait_for_file("spot_scan_mesh.ply")
    person.close_window(view)
    assert program.ended() == 0

    changes = f"--at 0 flip --at 0 flip --at 0 reorient --at 0 resample --at 60 until={rests['step']}"
    assert rests["command"].endswith(changes)
    _, *words = shlex.split(rests["command"])
    again = program.folder / "again.ply"
    done = run_headless(*words, "--headless", "--mesh", again)
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(again, mesh, shallow=False)


def test_a_run_is_looked_back_at_and_branched_from(start: Callable[..., Program]) -> None:
    controls = control_positions("timeline", "branch", "run")
    program = start(str(SPOT), *LONG)
    x, y, width, height = controls["timeline"]
    program.wait_until(lambda status: status["step"] > 60)
    person.move(x + width / 4, y + height / 2)
    person.press_button()
    for turn in range(200):  # while the engine runs on
        person.move(x + width * (0.2 + 0.003 * turn), y + height / 2)
    person.move(x + width / 4, y + height / 2)
    time.sleep(1.0)
    person.release_button()
    program.over_the_view()
    early = program.wait_until(lambda status: status["viewed"] is not None)
    assert 0 < early["viewed"] < early["step"] / 2  # the last move counts

    os.kill(program.children["engine_process"], signal.SIGKILL)
    program.wait_until(lambda status: status["status"] == "failed")
    person.press_key("Left")
    back = program.wait_until(lambda status: status["viewed"] < early["viewed"])
    person.press_key("Right")
    program.wait_until(lambda status: status["viewed"] > back["viewed"])
    person.press_key("g")  # held, to compare it with what comes
    with_ghost = program.wait_until(lambda status: status["held"] is not None)
    assert with_ghost["held"] == with_ghost["viewed"]
    x, y, width, height = controls["run"]  # where "restart" stands
    person.click(x + width / 2, y + height / 2)
    again = program.wait_until(lambda status: status["status"] == "running")
    assert again["viewed"] is not None

    x, y, width, height = controls["branch"]
    time.sleep(1.0)  # until the panel knows as well
    person.click(x + width / 2, y + height / 2)
    time.sleep(1.0)
    person.press_key("Return")  # if it asks
    branched = program.wait_until(lambda status: status["viewed"] is None and status["step"] < again["step"])
    assert [again["viewed"], "continued"] in branched["marks"]
    assert f"--at {again['viewed']} branch" in branched["command"]
    person.press_key("g")
    program.wait_until(lambda status: status["held"] is None)
    assert branched["run"] == again["run"]
    program.children["restarted"] = next(
        pid for pid, name in _children(program.process.pid).items() if name == "engine_process"
    )
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0


def test_closing_the_panel_ends_the_program(start: Callable[..., Program]) -> None:
    program = start(str(SPOT), *LONG)
    program.wait_until(lambda status: status["step"] > 1)
    person.close_window(person.find_window("^sap-viewer panel$"))
    assert program.ended() == 0


def test_a_panel_that_dies_ends_the_program_with_a_word(start: Callable[..., Program]) -> None:
    program = start(str(SPOT), *LONG)
    program.wait_until(lambda status: status["step"] > 1)
    os.kill(program.children["panel"], signal.SIGKILL)
    assert program.ended() == 1
    assert "panel ended" in program.process.stderr.read()


def test_ctrl_c_finishes_the_recording_and_delivers(start: Callable[..., Program]) -> None:
    program = start(str(SPOT), *LONG, "--mesh", "wanted.obj", "--video", "wanted.mp4")
    program.wait_until(lambda status: status["step"] > 20)
    program.process.send_signal(signal.SIGINT)
    assert program.ended() == 130
    assert trimesh.load(program.folder / "wanted.obj", process=False).is_watertight
    assert len(imageio.imread(program.folder / "wanted.mp4")) > 2
    assert sorted(path.name for path in program.folder.iterdir()) == ["status.json", "wanted.mp4", "wanted.obj"]


def test_a_closed_run_is_resumed_in_new_windows(start: Callable[..., Program]) -> None:
    program = start(str(SPOT), *LONG, "--checkpoint", "run.npz")
    program.wait_until(lambda status: status["step"] > 20)
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0
    kept = read_checkpoint(program.folder / "run.npz").step
    assert kept > 20
    (program.folder / "status.json").unlink()

    program = start(str(SPOT), "--resume", "run.npz")
    again = program.wait_until(lambda status: status["step"] > 0)
    assert again["step"] >= kept
    assert f"continued from step {kept:,} of 100,000" in again["message"]
    program.wait_until(lambda status: status["step"] > kept + 5)
    program.process.send_signal(signal.SIGINT)
    assert program.ended() == 130


def test_a_reset_after_the_end_leaves_what_was_delivered(start: Callable[..., Program]) -> None:
    program = start(str(SPOT), "--resolution", "32", "--steps", "30", "--points", "3000", "--mesh", "wanted.ply")
    program.wait_until(lambda status: status["status"] == "finished")
    delivered = program.wait_for_file("wanted.ply").read_bytes()
    program.over_the_view()
    person.press_key("r")
    program.wait_until(lambda status: status["step"] == 0)
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0
    assert (program.folder / "wanted.ply").read_bytes() == delivered


def test_it_asks_before_work_is_lost_and_remembers_how_it_was_left(start: Callable[..., Program]) -> None:
    controls = control_positions("show_normals")
    program = start(str(SPOT), *LONG)
    began = program.wait_until(lambda status: status["step"] > 0)
    x, y, _, height = controls["show_normals"]
    person.click(x + 10, y + height / 2)
    worked_until = time.monotonic() + TRIVIAL_S + 2
    program.over_the_view()
    program.wait_until(lambda status: time.monotonic() > worked_until)
    for answer in ("Escape", "Return"):
        person.press_key("r")
        asked = program.status()["step"]
        kept = program.wait_until(lambda status, asked=asked: status["step"] > asked + 10)
        assert kept["run"] == began["run"]
        person.press_key(answer)
    program.wait_until(lambda status: status["run"] == began["run"] + 1)
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0
    left, _ = recall(remembered_path())
    assert left.view == ViewOptions(show_normals=False)
    assert left.recent == (str(SPOT),)

    program = start()
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0
    assert recall(remembered_path())[0].view == left.view  # as it found it


def test_everything_is_exported_and_recorded_from_the_panel(start: Callable[..., Program]) -> None:
    buttons = ("mesh", "cloud", "field", "picture", "camera", "checkpoint", "video")
    end = 100_000  # of the sections
    others = ("see_from", "resume", "record_past")
    controls = control_positions(*(f"export_{name}" for name in buttons), *others, scroll=end)
    remember(Remembered(panel_scroll=end), remembered_path())
    record = ("--video-size", "640", "360", "--video-camera", "turntable", "--video-turn", "1", "--video-title")
    program = start(str(SPOT), *LONG, *record, "--fps", "10")

    def press(control: str) -> None:
        x, y, width, height = controls[control]
        assert width > 0
        person.click(x + width / 2, y + height / 2)

    program.wait_until(lambda status: status["step"] > 3)
    press("export_video")
    press("export_mesh")  # complete although the run goes on
    program.wait_for_file("spot_scan_mesh.ply")
    begun = program.status()["step"]
    program.wait_until(lambda status: status["step"] > begun + 20)
    person.wait_for(lambda: recorded(program.folder) or None, "some of the video")
    press("export_video")
    video = imageio.imread(program.wait_for_file("spot_scan.mp4"))
    assert video.shape[1:] == (360, 640, 3)
    assert len(video) > 21  # of which 20 are the title
    program.over_the_view()
    person.press_key("space")
    paused = program.wait_until(lambda status: status["status"] == "paused")
    for name in ("cloud", "field", "picture", "camera", "checkpoint"):
        press(f"export_{name}")
    for name in ("mesh.ply", "points.ply"):
        assert len(trimesh.load(program.wait_for_file(f"spot_scan_{name}"), process=False).vertices) > 1_000
    assert b'WholeExtent="0 31 0 31 0 31"' in program.wait_for_file("spot_scan_field.vti").read_bytes()[:300]
    with Image.open(program.wait_for_file("spot_scan.png")) as picture:
        assert picture.width > 800
    camera = read_camera(program.wait_for_file("spot_scan_camera.json")).turned(40.0, around=(0.0, 1.0, 0.0))
    write_camera(camera, program.folder / "spot_scan_camera.json")
    assert read_checkpoint(program.wait_for_file("spot_scan_run.npz")).step == paused["step"]
    (program.folder / "spot_scan.mp4").unlink()
    press("record_past")
    past = imageio.imread(program.wait_for_file("spot_scan.mp4"))
    assert len(past) >= 60  # with the title, six seconds at ten frames a second
    press("see_from")
    press("resume")
    again = program.wait_until(lambda status: status["run"] > paused["run"])
    assert f"continued from step {paused['step']:,} of 100,000" in again["message"]
    (program.folder / "spot_scan_camera.json").unlink()
    press("export_camera")
    again_seen = read_camera(program.wait_for_file("spot_scan_camera.json"))
    assert again_seen.position == pytest.approx(camera.position)
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0
    repeated = shlex.split(program.status()["command"])
    assert repeated[:2] == ["sap-viewer", str(SPOT)]
    assert set(LONG) < set(repeated)


def recorded(folder: Path) -> bool:
    """Whether ffmpeg has begun to write a video."""
    return any(path.stat().st_size > 0 for path in folder.glob(".*.mp4"))


@pytest.mark.parametrize("display", ["1600x1500"], indirect=True)  # so that no control is scrolled out of sight
def test_the_mesh_is_coloured_and_a_slice_set_moving_while_the_run_rests(start: Callable[..., Program]) -> None:
    controls = control_positions("color_by", "slice_z_sweep")
    program = start(str(SPOT), *LONG, "--color-by", "plain", "--show", "slice-z")
    began = program.wait_until(lambda status: status["step"] > 5)

    def click(tag: str, below: float = 0.0) -> None:
        x, y, width, height = controls[tag]
        person.click(x + width / 2, y + height / 2 + below)

    def seen() -> Any:
        return np.array(person.screenshot())[40:1400, 40:1100].astype(int)

    def red() -> int:
        return int((np.abs(seen() - (205, 30, 20)).max(-1) < 3).sum())

    def resting() -> Any:
        before = seen()
        time.sleep(0.7)
        return before if (seen() == before).all() else None

    assert red() == 0
    click("color_by")
    time.sleep(0.5)
    click("color_by", below=70)  # the third of the list
    person.wait_for(lambda: red() or None, "the legend of distances")
    program.over_the_view()
    person.press_key("space")
    paused = program.wait_until(lambda status: status["status"] == "paused")
    still = person.wait_for(resting, "a picture that stays")
    click("slice_z_sweep")
    # An opaque mesh in colours leaves the zero line of a slice alone, some thousand pixels.
    person.wait_for(lambda: (np.abs(seen() - still).max(-1) > 20).sum() > 500 or None, "a slice that moves")
    click("slice_z_sweep")
    person.wait_for(resting, "a slice that has stopped")
    assert program.status()["step"] == paused["step"] > began["step"]
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0
    left, _ = recall(remembered_path())
    assert 0.05 < left.view.slice_z_at != 0.5
    assert left.view == ViewOptions(color_by="distance", slice_z_at=left.view.slice_z_at)


def test_a_module_in_the_users_folder_is_not_run(start: Callable[..., Program], tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('not the random of Python')")
    program = start(str(SPOT), *LONG)
    program.wait_until(lambda status: status["step"] > 1)
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0


@pytest.mark.parametrize("display", ["1600x1900"], indirect=True)  # so that no control is scrolled out of sight
def test_a_killed_engine_leaves_mesh_and_prediction_and_restarts(start: Callable[..., Program]) -> None:
    controls = control_positions("run", "prediction.compare", "prediction.continue")
    program = start(str(SPOT), *LONG)
    program.wait_until(lambda status: status["step"] > 5)

    def click(tag: str) -> None:
        x, y, width, height = controls[tag]
        person.click(x + width / 2, y + height / 2)

    def press(key: str) -> None:
        time.sleep(1.5)  # until both windows know
        program.over_the_view()
        person.press_key(key)

    press("p")
    asked = program.wait_until(lambda status: status["prediction"] is not None)
    assert (asked["status"], asked["run"]) == ("running", 1)
    assert f"{asked['prediction']['faces']:,} faces" in asked["message"]
    os.kill(program.children["engine_process"], signal.SIGKILL)
    dead = program.wait_until(lambda status: status["status"] == "failed")
    assert "killed by signal 9" in dead["message"]
    assert program.process.poll() is None

    program.over_the_view()
    person.press_key("e")
    assert trimesh.load(program.wait_for_file("spot_scan_mesh.ply"), process=False).is_watertight

    click("prediction.continue")  # faint
    click("prediction.compare")
    program.wait_until(lambda status: status["held"] == "prediction")
    press("g")
    program.wait_until(lambda status: status["held"] is None)
    click("run")  # where "restart" stands while the engine is dead
    again = program.wait_until(lambda status: status["step"] > dead["step"])
    assert (again["status"], again["prediction"], again["run"]) == ("running", None, dead["run"])
    press("p")
    program.wait_until(lambda status: status["prediction"] is not None)
    time.sleep(1.5)
    click("prediction.continue")
    press("Return")  # if it asks
    continued = program.wait_until(lambda status: status["run"] > again["run"] and status["step"] > 0)
    assert "--init learned" in continued["command"]
    assert continued["status"] == "running"
    assert continued["prediction"]["faces"] == asked["prediction"]["faces"]
    program.children["restarted"] = next(
        pid for pid, name in _children(program.process.pid).items() if name == "engine_process"
    )
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0


def test_a_full_disk_stops_the_writing_and_not_the_run(start: Callable[..., Program]) -> None:
    program = start(str(SPOT), *LONG, "--mesh", "wanted.ply", largest_file_kib="8")
    program.wait_until(lambda status: status["step"] > 3)
    program.over_the_view()
    person.press_key("v")
    person.press_key("e")
    begun = program.status()["step"]
    program.wait_until(lambda status: status["step"] > begun + 20)
    assert program.status()["status"] == "running"
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 1
    assert "cannot write wanted.ply: " in program.process.stderr.read()
    assert [path.name for path in program.folder.iterdir()] == ["status.json"]


def test_it_opens_empty_and_takes_a_dropped_file(start: Callable[..., Program], tmp_path: Path) -> None:
    broken = tmp_path / "broken.ply"
    broken.write_text("this is no scan\n")
    program = start(*LONG)
    view = person.find_window("^sap-viewer$")
    drop_files(view, broken)
    refused = program.wait_until(lambda status: "broken.ply" in status["message"])
    assert "broken.ply is damaged" in refused["message"]
    assert refused["status"] == "empty"

    drop_files(view, SPOT, ROOT / "tests" / "data" / "spot_reference.ply")  # the first is the scan
    program.wait_until(lambda status: status["step"] > 3)
    program.over_the_view()
    person.press_key("Return")  # and the other its reference
    compared = program.wait_until(lambda status: status["comparison"] and status["comparison"]["step"])["comparison"]
    assert compared["reference"] == "spot_reference.ply"
    assert compared["chamfer_l1"] < 0.02
    assert program.status()["name"] == "spot_scan"
    assert "broken.ply" not in program.status()["message"]

    drop_files(view, broken)
    kept = program.wait_until(lambda status: "broken.ply" in status["message"])
    assert kept["name"] == "spot_scan"
    assert kept["status"] == "running"

    engine = program.children["engine_process"]
    os.kill(engine, signal.SIGSTOP)  # what a long step does to a scan that waits for it
    drop_files(view, SPOT)
    time.sleep(1.0)
    program.over_the_view()
    person.press_key("Return")  # if it asks
    for key in ("space", "r", "f"):  # of the run that is on its way out
        person.press_key(key)
    os.kill(engine, signal.SIGCONT)
    again = program.wait_until(lambda status: status["run"] > kept["run"] and status["step"] > 3)
    assert (again["run"], again["status"], again["marks"]) == (kept["run"] + 1, "running", [])
    person.close_window(view)
    assert program.ended() == 0


def test_many_moves_of_a_slider_end_at_the_last_and_a_panel_that_stands_still_stops_nothing(
    start: Callable[..., Program],
) -> None:
    controls = control_positions("sigma")
    program = start(str(SPOT), *LONG)
    program.wait_until(lambda status: status["step"] > 3)
    x, y, width, height = controls["sigma"]
    middle = y + height / 2
    person.move(x + 0.5 * width, middle)
    person.press_button()
    person.shake((x + 0.2 * width, middle), (x + 0.6 * width, middle), times=100)
    person.move(x + 2 * width, middle)
    time.sleep(0.5)  # ImGui passes over a move that comes in one frame with the release
    person.release_button()
    highest = next(control.span.high for control in controls_of(Parameters) if control.name == "sigma" and control.span)
    acted = program.wait_until(lambda status: (status["in_force"] or {}).get("sigma") == highest)
    later = program.wait_until(lambda status: status["step"] > acted["step"] + 20)
    assert later["requested"]["sigma"] == later["in_force"]["sigma"] == highest  # none came after the last

    panel = program.children["panel"]
    os.kill(panel, signal.SIGSTOP)  # what minimising does to its loop
    still = program.status()["step"]
    program.wait_until(lambda status: status["step"] > still + 20)
    os.kill(panel, signal.SIGCONT)
    person.drag((x + 0.5 * width, middle), (x + 0.2 * width, middle))
    program.wait_until(lambda status: status["requested"]["sigma"] < highest)
    person.close_window(person.find_window("^sap-viewer$"))
    assert program.ended() == 0


def test_show_opens_the_viewer_from_a_script_without_a_main_guard(display: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np, sap_viewer\n"
        "points = np.random.default_rng(0).normal(size=(3000, 3))\n"
        "points /= np.linalg.norm(points, axis=1, keepdims=True)\n"
        f"sap_viewer.show(points, name='ball', reference={str(ROOT / 'tests/data/spot_reference.ply')!r}, "
        "view=sap_viewer.ViewOptions(color_by='normal'), resolution=32, steps=100_000)\n"
        "print('the script goes on')\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    view = person.find_window("^sap-viewer$")
    person.find_window("^sap-viewer panel$")
    person.close_window(view)
    said, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")
    assert said == "the script goes on\n"


def test_without_a_display_it_names_the_way_out(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", "from sap_viewer.cli import main; main()", str(SPOT)],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--headless" in done.stderr
    assert "Traceback" not in done.stderr

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

import sap_viewer
from sap_core.changes import Change
from sap_core.config import PRESETS, Settings
from sap_core.crop import Box, Crop, Sphere
from sap_core.validate.error import InputError
from sap_viewer import cli
from sap_viewer.controls import controls_of
from sap_viewer.exit_codes import BAD_INPUT
from sap_viewer.options import Options
from sap_viewer.output.recording import Recording
from sap_viewer.output.remembered import Remembered, recall, remember, remembered_path
from sap_viewer.scene.view_options import ViewOptions

README = (Path(__file__).parents[1] / "README.md").read_text()


def parsed(words: str, monkeypatch: pytest.MonkeyPatch) -> Options:
    """The options that the program runs with."""
    ran: list[Options] = []
    monkeypatch.setattr("sys.argv", ["sap-viewer", *words.split()])
    monkeypatch.setattr(cli, "run", lambda options: ran.append(options) or 0)
    with pytest.raises(SystemExit):
        cli.main()
    return ran[0]


def test_the_readme_names_every_option() -> None:
    documented = (control for kind in (Settings, Options, Recording, ViewOptions) for control in controls_of(kind))
    names = [
        control.name for control in documented if control.kind is not bool or not hasattr(ViewOptions, control.name)
    ]
    for name in set(names) - {"scan", "version"}:
        assert f"--{name.replace('_', '-')}" in README, name


@pytest.mark.parametrize("preset", PRESETS)
def test_the_readme_states_the_steps_of_the_presets(preset: str) -> None:
    steps = sum(level.steps for level in PRESETS[preset].levels)
    assert re.search(rf"\| .*\b{steps}\b", README)


@pytest.mark.parametrize(
    ("scan", "up", "axis"),
    [
        ("rock.las", "auto", "z"),
        ("rock.LAZ", "auto", "z"),
        ("hall.e57", "auto", "z"),
        ("cow.ply", "auto", "y"),
        ("cow.ply", "x", "x"),
    ],
)
def test_up_follows_the_kind_of_scan(scan: str, up: str, axis: str) -> None:
    assert Options(up=up).up_axis(Path(scan)) == axis


def test_every_control_has_a_hint_that_ends_as_a_sentence() -> None:
    for documented in (Settings, Options):
        for control in controls_of(documented):
            assert control.hint.endswith("."), control


def test_crops_keep_what_is_inside_and_cuts_what_is_outside() -> None:
    options = Options(
        crop_box=((0, 0, 0, 1, 2, 3),),
        crop_sphere=((1, 2, 3, 4),),
        cut_box=((4, 4, 4, 5, 5, 5),),
        cut_sphere=((0, 0, 0, 2),),
    )
    assert set(options.crops) == {
        Crop(Box((0, 0, 0), (1, 2, 3)), "inside"),
        Crop(Sphere((1, 2, 3), 4), "inside"),
        Crop(Box((4, 4, 4), (5, 5, 5)), "outside"),
        Crop(Sphere((0, 0, 0), 2), "outside"),
    }
    assert Options().crops == ()


@pytest.mark.parametrize(
    ("words", "preset"),
    [
        ("cow.ply", "best"),
        ("cow.ply --preset fast", "fast"),
        ("cow.ply --preset balanced --sigma 3", "balanced"),
        ("cow.ply --headless --mesh cow.obj", "balanced"),
        ("cow.ply --resume run.npz", "balanced"),
        ("cow.ply --reset-settings", "balanced"),
    ],
)
def test_the_preset_chosen_last_stands_for_one_that_is_not_given(
    words: str, preset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(Remembered(preset="best"), remembered_path())
    options = parsed(words, monkeypatch)
    assert options.settings.preset == preset
    assert options.scan == Path("cow.ply")


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("cow.ply", ViewOptions(mesh_color="sky", show_mesh=False)),
        (
            "cow.ply --show mesh mesh-edges --hide normals",
            ViewOptions(mesh_color="sky", mesh_edges=True, show_normals=False),
        ),
        ("cow.ply --mesh-color grey", ViewOptions(mesh_color="grey", show_mesh=False)),
        (
            "cow.ply --resume run.npz --mesh-opacity 0.5",
            ViewOptions(mesh_color="sky", mesh_opacity=0.5, show_mesh=False),
        ),
        ("cow.ply --headless --video cow.mp4 --hide points", ViewOptions(show_points=False)),
    ],
)
def test_what_is_drawn_is_what_the_windows_drew_last_unless_the_command_line_says_otherwise(
    words: str, drawn: ViewOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(Remembered(view=ViewOptions(mesh_color="sky", show_mesh=False)), remembered_path())
    assert parsed(words, monkeypatch).drawn == drawn


def test_a_look_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"mesh_opacity must be a number from 0.05 to 1, got 7"):
        cli.check_options(Options(view=ViewOptions(mesh_opacity=7)))


def test_reset_settings_forgets_how_the_windows_were_left(capsys: pytest.CaptureFixture[str]) -> None:
    remember(Remembered(preset="best"), remembered_path())
    assert cli.run(Options(reset_settings=True, headless=True)) == 2  # there is no scan
    assert recall(remembered_path()) == (Remembered(), "")
    assert "--headless needs a scan" in capsys.readouterr().err


def test_headless_writes_no_settings(tmp_path: Path) -> None:
    assert cli.run(Options(scan=tmp_path / "gone.ply", headless=True, mesh=tmp_path / "mesh.ply")) == 2
    assert not remembered_path().parent.exists()


def test_changes_come_in_the_order_of_their_steps_and_within_the_run() -> None:
    options = Options(at=((20, "flip"), (12, "lr=0.002")))
    assert options.changes == (Change(12, "lr", 0.002), Change(20, "flip"))
    for settings, step, sentence in (
        (Settings(), 39, "--at 39 flip: the run ends at step 38"),
        (Settings(preset="fast"), 11, "--at 11 flip: the run ends at step 10"),
        (Settings(steps=100), 101, "--at 101 flip: the run ends at step 100"),
    ):
        with pytest.raises(InputError, match=sentence):
            _ = Options(settings=settings, at=((step, "flip"),)).changes
    with pytest.raises(InputError, match=r"--at 3 lr=9\.0: lr must be a number from"):
        _ = replace(options, at=((3, "lr=9"),)).changes
    assert replace(options, at=((99, "flip"),), resume=Path("run.npz")).changes  # the checkpoint says how long it is


def test_changes_are_of_the_run_of_a_scan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "EngineSession", Mock)
    assert cli.run(Options(at=((3, "flip"),))) == BAD_INPUT
    assert "sap-viewer: --at changes the run of a scan on its way: " in capsys.readouterr().err


@pytest.mark.parametrize("call", [sap_viewer.show, sap_viewer.render])
def test_changes_are_checked_before_python_opens_anything(call: Callable[..., None], tmp_path: Path) -> None:
    output = {"picture": tmp_path / "end.png"} if call is sap_viewer.render else {}
    with pytest.raises(InputError, match="--at 11 flip: the run ends at step 10"):
        call(np.eye(3), at=[(11, "flip")], preset="fast", **output)

"""The command line of a run, read back by the real parser."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_core.changes import Change
from sap_core.config import Settings
from sap_core.crop import Box, Crop, Sphere
from sap_core.geometry import PointCloud
from sap_viewer import cli
from sap_viewer.command_line import command_line, in_words, repeating
from sap_viewer.commands import Load, SetReference
from sap_viewer.options import Options
from sap_viewer.output.recording import Recording
from sap_viewer.snapshot import Snapshot


def parsed(line: str, monkeypatch: pytest.MonkeyPatch) -> Options:
    program, *words = shlex.split(line)
    assert program == "sap-viewer"
    ran: list[Options] = []
    monkeypatch.setattr("sys.argv", [program, *words])
    monkeypatch.setattr(cli, "run", lambda options: ran.append(options) or 0)
    with pytest.raises(SystemExit):
        cli.main()
    return ran[0]


@pytest.mark.parametrize(
    "options",
    [
        Options(),
        Options(scan=Path("my scans/it's a cow.ply"), headless=True, mesh=Path("-out.obj")),
        Options(scan=Path("-cow.ply"), settings=Settings(preset="best", lr=1e-5, sigma=2.5, seed=2**32 - 1, flip=True)),
        Options(settings=Settings(resolution=64, steps=12, points=2_000, resample_every=0, trim=0.1 + 0.2)),
        Options(settings=Settings(init="sphere", trim="auto", components="largest", device="cuda:0")),
        Options(
            crop_box=((-1e-7, -0.1, 5411950.123456789, 1.0, 2.0, 1e22), (0.0, 0.0, 0.0, 1.0, 1.0, 1.0)),
            cut_sphere=((-447000.25, 0.0, -1 / 3, 1e-12),),
        ),
        Options(
            video=Path("run.gif"),
            recording=Recording("turntable", 4.5, video_steps=3, fps=24, video_size=(1920, 1080), video_title=True),
            camera=Path("camera.json"),
        ),
        Options(recording=Recording(video_seconds=0.25, video_layers=("mesh", "slice-x"))),
    ],
)
def test_the_parser_gives_the_options_back(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsed(command_line(options), monkeypatch) == replace(
        options, mesh=Path("./-out.obj") if options.mesh else None
    )


def test_it_says_no_more_than_it_has_to() -> None:
    assert command_line(Options(scan=Path("cow.ply"))) == "sap-viewer cow.ply --preset balanced"


def test_a_live_run_is_repeated_with_what_it_came_to(monkeypatch: pytest.MonkeyPatch) -> None:
    crops = (Crop(Box((0, 0, 0), (1, 2, 3))), Crop(Sphere((1, 2, 3), 4), "outside"), Crop(Box((0, 0, 0), (1, 1, 1))))
    loaded = Load(
        Path("other.xyz"),
        Settings(preset="fast", sigma=3.0, lr=0.01, resolution=96),
        "other",
        reference=SetReference(Path("truth.ply"), "truth.ply"),
    )
    changes = (Change(0, "sigma"), Change(7, "lr", 1e-5), Change(7, "flip"), Change(9, "resample_every", 0))
    given = Options(scan=Path("cow.ply"), paused=True, at=((3, "flip"),))
    line = command_line(repeating(given, loaded, Snapshot(changes=changes, crops=crops)))
    again = parsed(line, monkeypatch)
    assert again.scan == Path("other.xyz")
    assert again.settings == loaded.settings
    assert again.changes == changes
    assert set(again.crops) == set(crops)
    assert again.reference == Path("truth.ply")
    assert not again.paused


def test_a_run_of_an_array_names_no_scan() -> None:
    loaded = Load(PointCloud(np.eye(3)), Settings(), "points")
    assert command_line(repeating(Options(), loaded, Snapshot())) == "sap-viewer --preset balanced"


def test_settings_in_words() -> None:
    assert in_words(Settings()) == "preset balanced"
    assert in_words(Settings(preset="best", sigma=2.5, resample_every=0)) == "preset best, sigma 2.5, resample every 0"
    assert in_words(Settings(flip=True, seed=3)) == "preset balanced, flip, seed 3"

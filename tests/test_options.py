import re
from pathlib import Path

import pytest

from sap_core.config import PRESETS, Settings
from sap_core.crop import Box, Crop, Sphere
from sap_viewer.controls import controls_of
from sap_viewer.options import Options

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_readme_names_every_option() -> None:
    names = [control.name for documented in (Settings, Options) for control in controls_of(documented)]
    for name in set(names) - {"scan", "version"}:
        assert f"--{name.replace('_', '-')}" in README, name


@pytest.mark.parametrize("preset", PRESETS)
def test_the_readme_states_the_steps_of_the_presets(preset: str) -> None:
    steps = sum(level.steps for level in PRESETS[preset].levels)
    assert re.search(rf"\| .*\b{steps}\b", README)


@pytest.mark.parametrize(
    ("scan", "up", "axis"),
    [("rock.las", "auto", "z"), ("rock.LAZ", "auto", "z"), ("cow.ply", "auto", "y"), ("cow.ply", "x", "x")],
)
def test_up_follows_the_kind_of_scan(scan: str, up: str, axis: str) -> None:
    assert Options(up=up).up_axis(Path(scan)) == axis


def test_every_control_has_a_hint_that_ends_as_a_sentence() -> None:
    for documented in (Settings, Options):
        for control in controls_of(documented):
            assert control.hint.endswith("."), control


def test_crops_keep_what_is_inside_and_cuts_what_is_outside() -> None:
    options = Options(
        crop_box=(0, 0, 0, 1, 2, 3), crop_sphere=(1, 2, 3, 4), cut_box=(4, 4, 4, 5, 5, 5), cut_sphere=(0, 0, 0, 2)
    )
    assert set(options.crops) == {
        Crop(Box((0, 0, 0), (1, 2, 3)), "inside"),
        Crop(Sphere((1, 2, 3), 4), "inside"),
        Crop(Box((4, 4, 4), (5, 5, 5)), "outside"),
        Crop(Sphere((0, 0, 0), 2), "outside"),
    }
    assert Options().crops == ()

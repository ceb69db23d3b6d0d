import json
from dataclasses import replace
from pathlib import Path

import pytest

from sap_viewer.output.remembered import VERSION, Remembered, forget, recall, remember, remembered_path
from sap_viewer.scene.view_options import ViewOptions

LEFT = Remembered(
    view=ViewOptions(show_points=False, slice_x=True, slice_x_at=0.25),
    view_size=(800, 600),
    panel=(850, 20, 420, 700),
    panel_scroll=120,
    preset="best",
    recent=("/scans/a.ply",),
)


def test_what_was_left_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "windows.json"
    remember(LEFT, path)
    assert recall(path) == (LEFT, "")
    assert [entry.name for entry in path.parent.iterdir()] == ["windows.json"]
    forget(path)
    assert recall(path) == (Remembered(), "")
    forget(path)


def test_tests_keep_off_the_real_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert remembered_path().is_relative_to(tmp_path_factory.getbasetemp())


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ("", "damaged"),
        ("[1, 2]", "damaged"),
        ("{}", "damaged"),
        ('"version"', "damaged"),
        ("\x00\xff", "damaged"),
        (json.dumps({"version": 99}), "version 99"),
        (json.dumps({"version": VERSION, "view": 3}), "damaged"),
        (json.dumps({"version": VERSION, "view": {"show_mesh": "yes"}}), "damaged"),
        (json.dumps({"version": VERSION, "view": {"slice_x_at": 7.0}}), "slice_x_at must be"),
        (json.dumps({"version": VERSION, "view": {"slice_x_at": float("nan")}}), "slice_x_at must be"),
        (json.dumps({"version": VERSION, "panel": [1, 2]}), "damaged"),
        (json.dumps({"version": VERSION, "preset": "finest"}), "damaged"),
        (json.dumps({"version": VERSION, "recent": [1]}), "damaged"),
    ],
)
def test_a_file_that_is_no_good_is_ignored_with_a_sentence(contents: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "windows.json"
    path.write_text(contents)
    remembered, notice = recall(path)
    assert remembered == Remembered()
    assert str(path) in notice
    assert reason in notice


def test_fields_that_came_or_went_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.json"
    path.write_text(json.dumps({"version": VERSION, "view": {"show_mesh": False, "glow": 3}, "sound": "loud"}))
    assert recall(path) == (Remembered(view=ViewOptions(show_mesh=False)), "")


def test_a_folder_in_its_place_is_ignored_with_a_sentence(tmp_path: Path) -> None:
    remembered, notice = recall(tmp_path)
    assert remembered == Remembered()
    assert str(tmp_path) in notice


def test_the_latest_scans_come_first_and_once(tmp_path: Path) -> None:
    remembered = Remembered()
    for number in (*range(12), 5):
        remembered = remembered.opened(tmp_path / f"{number}.ply")
    assert [Path(path).stem for path in remembered.recent] == ["5", "11", "10", "9", "8", "7", "6", "4", "3", "2"]
    assert replace(remembered, recent=()) == Remembered()

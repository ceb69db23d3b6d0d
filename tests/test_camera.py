"""Cameras as values and as files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_core.frame import UnitFrame
from sap_core.validate.error import InputError
from sap_viewer.scene.camera import Camera, read_camera, write_camera
from sap_viewer.scene.scene import ViewFrame
from tests.scans import MAP_OFFSET, ball_mesh

CAMERA = Camera((1.0, 0.5, 1.6), (0.0, 0.1, 0.0), (0.0, 1.0, 0.0), 40.0)
FRAME = ViewFrame.of(UnitFrame.around(250 * ball_mesh().vertices + MAP_OFFSET).bounds)
GOOD = {"version": 1, "position": [1, 0.5, 1.6], "target": [0, 0.1, 0], "up": [0, 1, 0], "field_of_view": 40}


def test_a_turn_carries_it_around_its_target() -> None:
    quarter = CAMERA.turned(90, around=(0.0, 2.0, 0.0))
    assert np.allclose(quarter.position, (1.6, 0.5, -1.0))
    assert (quarter.target, quarter.field_of_view) == (CAMERA.target, CAMERA.field_of_view)
    whole = CAMERA
    for _ in range(7):
        whole = whole.turned(360 / 7, around=(0.3, -0.2, 1.0))
    assert np.allclose(whole.position, CAMERA.position)
    assert np.allclose(whole.up, CAMERA.up)
    sideways = CAMERA.turned(90, around=(0.0, 0.0, 1.0))
    assert np.allclose(sideways.up, (-1.0, 0.0, 0.0))


def test_it_moves_back_and_aside_until_it_sees_all() -> None:
    points = np.random.default_rng(0).uniform((-0.4, -0.4, -0.4), (1.6, 0.4, 0.4), (500, 3))
    for aspect in (0.5, 2.0):
        seeing = CAMERA.seeing(points, aspect=aspect)
        back = np.array(seeing.position) - np.array(seeing.target)
        before = np.array(CAMERA.position) - np.array(CAMERA.target)
        assert np.allclose(np.cross(back, before), 0)  # it looks the same way
        x, y, depth = np.array([seeing.right, *_up_and_ahead(seeing)]) @ (points - seeing.position).T
        shares = np.abs([x / depth / aspect, y / depth]) / np.tan(np.radians(seeing.field_of_view) / 2)
        assert depth.min() > 0
        assert 0.91 < shares.max() < 0.93  # no farther than it has to
        inner = points.mean(0) + 0.99 * (points - points.mean(0))
        assert seeing.seeing(inner, aspect=aspect) is seeing
    far = replace(CAMERA, position=(10.0, 5.0, 16.0))
    assert far.seeing(points, aspect=1.0) is far


def _up_and_ahead(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    ahead = np.array(camera.target) - np.array(camera.position)
    ahead /= np.linalg.norm(ahead)
    return np.cross(camera.right, ahead), ahead


def test_a_file_brings_it_back_in_the_coordinates_of_the_scan(tmp_path: Path) -> None:
    path = tmp_path / "camera.json"
    there = CAMERA.in_scan(FRAME)
    assert np.allclose(there.target, MAP_OFFSET, atol=0.2 * FRAME.edge)
    write_camera(there, path)
    again = read_camera(path)
    assert again == there
    assert np.allclose(again.in_view(FRAME).position, CAMERA.position)


def test_a_file_by_hand_may_have_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps(GOOD))
    assert read_camera(path) == CAMERA


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        ("", "is empty"),
        ("[1, 2]", "is no camera: it needs version, position"),
        ("[" * 100_000, "is no camera"),
        ("null", "is no camera"),
        (json.dumps({**GOOD, "position": [1, 2]}), "is no camera"),
        (json.dumps({**GOOD, "up": "y"}), "is no camera"),
        (json.dumps({**GOOD, "lens": 3}), "is no camera"),
        (json.dumps({name: value for name, value in GOOD.items() if name != "target"}), "is no camera"),
        (json.dumps({**GOOD, "version": 2}), "version 2, and this program reads 1"),
        (json.dumps({**GOOD, "position": [np.nan, 0, 0]}), "NaN or infinite"),
        (json.dumps({**GOOD, "field_of_view": 0}), "field_of_view must be a number from 1 to 150 degrees, got 0"),
        (json.dumps({**GOOD, "position": GOOD["target"]}), "sees nothing"),
        (json.dumps({**GOOD, "up": [1, 0.4, 1.6]}), "sees nothing"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, contents: str, sentence: str) -> None:
    path = tmp_path / "camera.json"
    path.write_text(contents)
    with pytest.raises(InputError, match=sentence) as caught:
        read_camera(path)
    assert "\n" not in str(caught.value)


def test_a_path_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"camera\.txt: its name must end in \.json"):
        write_camera(CAMERA, tmp_path / "camera.txt")
    with pytest.raises(InputError, match="gone"):
        read_camera(tmp_path / "gone.json")
    with pytest.raises(InputError):
        write_camera(replace(CAMERA), tmp_path / "nowhere" / "camera.json")

"""The camera of the live form as scans come and go, with a view that only takes notes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_core.config import Settings
from sap_core.crop import Crop, Sphere
from sap_viewer.desktop.camera_place import CameraPlace
from sap_viewer.options import Options
from sap_viewer.scene.camera import Camera, write_camera
from sap_viewer.scene.scene import ViewFrame
from sap_viewer.snapshot import Snapshot
from tests.snapshots import ball_snapshot
from tests.test_camera import CAMERA

SCAN = Path("ball.ply")
ALL = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
WITH_STRAYS = replace(ball_snapshot(scale=1.3), load=1, whole=ALL)
WITHOUT = replace(ball_snapshot(), load=2, run=2, whole=ALL)


class NotingView:
    def __init__(self) -> None:
        self.camera: Camera = CAMERA
        self.at_home = 0

    def home(self, up: str) -> None:
        self.at_home += 1


@pytest.fixture
def view() -> NotingView:
    return NotingView()


@pytest.fixture
def place(view: NotingView) -> CameraPlace:
    place = CameraPlace(view, Options(settings=Settings(), scan=SCAN))
    place.follow(WITH_STRAYS, scan=SCAN)
    return place


def test_the_camera_stays_where_a_scan_is_started_over_without_its_strays(place: CameraPlace, view: NotingView) -> None:
    assert view.at_home == 1
    before = view.camera.in_scan(ViewFrame.of(WITH_STRAYS.bounds))
    place.follow(WITHOUT, scan=SCAN)
    assert view.at_home == 1
    after = view.camera.in_scan(ViewFrame.of(WITHOUT.bounds))
    assert np.allclose((after.position, after.target), (before.position, before.target))


@pytest.mark.parametrize(
    "other", [{"whole": 2 * ALL}, {"name": "another"}, {"crops": (Crop(Sphere((0.0, 0.0, 0.0), 1.0)),)}]
)
def test_another_scan_or_part_is_seen_from_the_start(
    other: dict[str, object], place: CameraPlace, view: NotingView
) -> None:
    place.follow(replace(WITHOUT, **other), scan=SCAN)
    assert view.at_home == 2


def test_an_empty_view_has_no_camera_to_keep(place: CameraPlace, view: NotingView) -> None:
    place.follow(Snapshot(load=3), scan=None)
    assert view.at_home == 2


def test_the_camera_of_the_command_line_is_for_its_scan_alone(view: NotingView, tmp_path: Path) -> None:
    write_camera(CAMERA, tmp_path / "camera.json")
    place = CameraPlace(view, Options(settings=Settings(), scan=SCAN, camera=tmp_path / "camera.json"))
    place.follow(WITHOUT, scan=SCAN)
    assert np.allclose(view.camera.position, CAMERA.in_view(ViewFrame.of(WITHOUT.bounds)).position)
    view.camera = CAMERA
    place.follow(replace(WITH_STRAYS, name="another"), scan=Path("another.ply"))
    assert view.camera == CAMERA
    assert view.at_home == 2

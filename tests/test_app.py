"""The camera of the live form, with a window that only takes notes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_core.config import Settings
from sap_core.crop import Crop, Sphere
from sap_viewer.desktop.app import App
from sap_viewer.desktop.window_memory import WindowMemory
from sap_viewer.options import Options
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene, ViewFrame
from sap_viewer.snapshot import Snapshot
from tests.snapshots import ball_snapshot
from tests.test_camera import CAMERA
from tests.test_runs import NotingSession

ALL = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
WITH_STRAYS = replace(ball_snapshot(scale=1.3), load=1, whole=ALL)
WITHOUT = replace(ball_snapshot(), load=2, run=2, whole=ALL)


class NotingView:
    size = (800, 600)

    def __init__(self) -> None:
        self.camera: Camera = CAMERA
        self.at_home = 0

    def home(self, up: str) -> None:
        self.at_home += 1

    def update(self, scene: Scene) -> None: ...


@pytest.fixture
def view() -> NotingView:
    return NotingView()


@pytest.fixture
def app(view: NotingView) -> Iterator[App]:
    options = Options(settings=Settings(), scan=Path("ball.ply"))
    app = App(NotingSession(), view, None, options, WindowMemory())
    app._show(WITH_STRAYS)
    yield app
    app._past.close()
    app._ghost.close()


def test_the_camera_stays_where_a_scan_is_started_over_without_its_strays(app: App, view: NotingView) -> None:
    assert view.at_home == 1
    before = view.camera.in_scan(ViewFrame.of(WITH_STRAYS.bounds))
    app._show(WITHOUT)
    assert view.at_home == 1
    after = view.camera.in_scan(ViewFrame.of(WITHOUT.bounds))
    assert np.allclose((after.position, after.target), (before.position, before.target))


@pytest.mark.parametrize(
    "other", [{"whole": 2 * ALL}, {"name": "another"}, {"crops": (Crop(Sphere((0.0, 0.0, 0.0), 1.0)),)}]
)
def test_another_scan_or_part_is_seen_from_the_start(other: dict[str, object], app: App, view: NotingView) -> None:
    app._show(replace(WITHOUT, **other))
    assert view.at_home == 2


def test_an_empty_view_has_no_camera_to_keep(app: App, view: NotingView) -> None:
    app._show(Snapshot(load=3))
    assert view.at_home == 2

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from sap_core.geometry import Mesh
from sap_viewer.desktop.ghost import INTERVAL_S, Ghost
from sap_viewer.figures import figures_of
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.snapshot import Closeness, Comparison, Prediction, Snapshot
from tests.display_driver import wait_for
from tests.snapshots import ball_snapshot
from tests.test_camera import CAMERA

EARLY = replace(ball_snapshot(), step=3)
LATE = replace(ball_snapshot(), step=9, mesh=Mesh(1.1 * EARLY.mesh.vertices, EARLY.mesh.faces))


@dataclass
class Window:
    """The window's view, without one."""

    camera: Camera = CAMERA
    size = (800, 600)

    def image(self, *, camera: Camera | None = None, text: bool = False) -> np.ndarray:
        raise AssertionError("a ghost takes no picture")


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def ghost(window: Window) -> Iterator[Ghost]:
    ghost = Ghost(window)
    yield ghost
    ghost.close()


def taken(ghost: Ghost, snapshot: Snapshot, now: float) -> None:
    """Follow until the figures are there."""
    ghost.follow(snapshot, now=now)
    wait_for(lambda: True if ghost._pending.done() else None, "the figures")
    ghost.follow(snapshot, now=now)


def test_the_figures_of_a_mesh() -> None:
    near = Comparison("truth", np.array([1, 9]), np.array([0.2, 0.1]), np.array([0.5, 0.6]))
    mesh = Mesh(EARLY.mesh.vertices, EARLY.mesh.faces, distances=np.full(len(EARLY.mesh.vertices), 0.25))
    figures = figures_of(replace(EARLY, mesh=mesh, comparison=near))
    assert (figures.step, figures.faces, figures.distance) == (3, 320, 0.25)
    assert (figures.chamfer_l1, figures.f_score) == (0.1, 0.6)
    assert figures.area == pytest.approx(4 * np.pi, rel=0.03)
    assert figures.volume == pytest.approx(4 / 3 * np.pi, rel=0.05)
    assert figures_of(Snapshot()) is None


def test_a_mesh_is_held_while_the_run_goes_on(ghost: Ghost) -> None:
    ghost.hold(Snapshot())
    assert ghost.held is None
    ghost.hold(EARLY)
    taken(ghost, LATE, now=100.0)
    assert (ghost.held.step, ghost.present.step) == (3, 9)
    assert ghost.present.area == pytest.approx(1.21 * ghost.held.area)
    ghost.follow(replace(LATE, step=10), now=100.0 + INTERVAL_S / 2)
    assert ghost._pending is None
    taken(ghost, replace(LATE, step=11, run=2), now=102.0)  # another run of the scan, such as with another preset
    assert (ghost.held.step, ghost.present.step) == (3, 11)
    ghost.follow(replace(LATE, name="another scan"), now=104.0)
    assert ghost.held is None
    assert ghost.present is None


def test_a_prediction_is_held_with_its_own_figures(ghost: Ghost) -> None:
    seen = Mesh(2 * EARLY.mesh.vertices, EARLY.mesh.faces, distances=np.full(len(EARLY.mesh.vertices), 0.5))
    prediction = Prediction(seen, EARLY.cloud, 0.3, closeness=Closeness(0.01, 0.9, 0.95))
    ghost.hold_prediction(prediction, beside=LATE)
    assert (ghost.held.step, ghost.held.distance, ghost.held.chamfer_l1, ghost.held.f_score) == (
        "prediction",
        0.5,
        0.01,
        0.9,
    )
    assert ghost.held.area == pytest.approx(4 / 1.21 * ghost.present.area)
    assert ghost.present.step == 9
    drawn = ghost.in_scene(build_scene(LATE, ViewOptions()))
    assert drawn.ghost.mesh is seen
    assert drawn.caption[-1] == "ghost: prediction"
    ghost.place = "beside"
    assert (ghost.in_scene(drawn).ghost.vertices() @ CAMERA.right).min() > (drawn.mesh.vertices() @ CAMERA.right).max()
    ghost.follow(replace(LATE, name="another scan"), now=100.0)
    assert ghost.held is None


def test_it_is_drawn_over_the_mesh_or_beside_it(ghost: Ghost, window: Window) -> None:
    scene = build_scene(LATE, ViewOptions())
    assert ghost.in_scene(scene) is scene
    ghost.hold(EARLY)
    over = ghost.in_scene(scene)
    assert over.ghost.mesh is EARLY.mesh
    assert over.ghost.opacity < 1 == over.mesh.opacity
    assert over.caption[-1] == "ghost: step 3"
    assert [layer.plane for layer in over.slices] == [False]
    assert np.array_equal(over.ghost.vertices(), over.mesh.frame.to_view(EARLY.mesh.vertices))
    ghost.place = "beside"
    beside = ghost.in_scene(scene)
    assert beside.ghost.opacity == 1
    assert beside.slices == scene.slices
    moved = beside.ghost.vertices() - over.ghost.vertices()
    assert np.allclose(moved, moved[0], atol=1e-6)
    assert np.allclose(np.cross(moved[0], CAMERA.right), 0, atol=1e-6)
    assert (beside.ghost.vertices() @ CAMERA.right).min() > (beside.mesh.vertices() @ CAMERA.right).max()
    assert beside.mesh == scene.mesh


def test_what_stands_beside_comes_into_sight_and_the_camera_back_unless_it_was_moved(
    ghost: Ghost, window: Window
) -> None:
    scene = build_scene(EARLY, ViewOptions())
    ghost.place = "beside"
    assert window.camera == CAMERA  # none is held
    ghost.hold(EARLY)
    both = np.concatenate([layer.vertices() for layer in (scene.mesh, ghost.in_scene(scene).ghost)])
    seeing = window.camera
    assert seeing != CAMERA
    assert seeing.seeing(both.mean(0) + 0.99 * (both - both.mean(0)), aspect=800 / 600) is seeing
    ghost.place = "over"
    assert window.camera == CAMERA
    ghost.place = "beside"
    window.camera = turned = window.camera.turned(20.0, around=(0.0, 1.0, 0.0))
    ghost.let_go()
    assert window.camera == turned
    ghost.hold(EARLY)
    ghost.let_go()
    assert ghost.in_scene(scene) is scene

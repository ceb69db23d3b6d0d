"""The view: a scene, a camera, keys and pictures."""

import time
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path

import numpy as np
import polyscope as ps
from numpy.typing import NDArray

from sap_core.frame import HALF_EXTENT
from sap_viewer.scene.camera import Camera, Vector
from sap_viewer.scene.scene import Scene
from sap_viewer.view import Up
from sap_viewer.view.backend import resize, start
from sap_viewer.view.layers import SceneLayers
from sap_viewer.view.overlay import Overlay

# Seconds for a frame. Even one in which nothing moves costs the CPU, where it draws, what the engine could use.
_BUSY_FRAME, _IDLE_FRAME = 1 / 60, 1 / 20

_FIELD_OF_VIEW = 35.0  # degrees, vertical
# Where the camera starts: a three-quarter view from slightly above, the unit cube just about in the picture.
_HOME = {"x": (0.5, 1.0, 1.6), "y": (1.0, 0.5, 1.6), "z": (1.0, -1.6, 0.5)}


class View:
    """What ``open_view`` opens. Pictures and the window show the same scene from the same camera.

    The camera is the user's: it moves by ``home`` and by the mouse, and no update of the scene touches it.

    Attributes:
        on_key: called with the name of a key of ``overlay`` that was pressed in the window, such as "space" or "s".
        said_of_key: what to show of a key in the frame in which it is pressed, before anything comes of it; it must not
            fail, and nothing may be drawn from it.
        on_drop: called with the paths of the files that were dropped on the window together.
    """

    def __init__(self, *, windowed: bool, size: tuple[int, int], title: str, up: Up, scale: float) -> None:
        start(windowed=windowed, size=size, title=title, scale=scale)
        self.on_key: Callable[[str], None] = lambda key: None
        self.on_drop: Callable[[list[Path]], None] = lambda paths: None
        self.said_of_key: Callable[[str], str] = lambda key: ""
        self._layers = SceneLayers()
        self._overlay = Overlay(said_of_key=lambda key: self.said_of_key(key))
        self._dropped: list[str] = []
        self._last_frame = 0.0
        self._drawn_at = size, 1.0
        ps.set_user_callback(self._overlay.build)
        ps.set_files_dropped_callback(self._dropped.extend)
        self.home(up)

    def update(self, scene: Scene) -> None:
        """Show this scene from the next frame on. What did not change since the last one costs nothing."""
        self._layers.draw(scene)
        self._overlay.caption = scene.caption
        self._overlay.hint = scene.hint
        self._overlay.legend = scene.legend

    def tick(self) -> bool:
        """Draw one frame, when it is time for it, and answer the user.

        Returns:
            False when the user asked to close the window.
        """
        changed = ps.get_redraw_requested()
        due = self._last_frame + (_BUSY_FRAME if changed or self._overlay.in_use else _IDLE_FRAME)
        time.sleep(max(0.0, due - time.monotonic()))
        self._last_frame = time.monotonic()
        ps.frame_tick()
        for key in _drain(self._overlay.pressed):
            self.on_key(key)
        if self._dropped:
            self.on_drop(list(map(Path, _drain(self._dropped))))
        return not ps.window_requests_close()

    def ask(self, question: tuple[str, ...]) -> None:
        """Show these lines in the middle of the window from the next frame on; none ends it."""
        if question != self._overlay.question:
            self._overlay.question = question
            ps.request_redraw()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the window in pixels."""
        width, height = ps.get_window_size()
        return int(width), int(height)

    def image(self, *, camera: Camera | None = None, text: bool = False) -> NDArray[np.uint8]:
        """The scene with its legend, (H, W, 3).

        Args:
            camera: in the view frame, to see it from; the view keeps its own.
            text: with all other text over it, too.
        """
        if camera is not None:
            own = self.camera
            self.camera = camera
            try:
                return self.image(text=text)
            finally:
                self.camera = own
        with self._overlay.picturing(text=text) as legible:
            pixels = ps.screenshot_to_buffer(transparent_bg=False, include_UI=legible)
        return np.ascontiguousarray(pixels[:, :, :3])

    def resize(self, size: tuple[int, int], *, scale: float = 1.0) -> None:
        """Draw pictures of this width and height from now on, with text so many times as large; only off-screen."""
        if (size, scale) != self._drawn_at:
            resize(size, scale=scale)
            self._drawn_at = size, scale

    @property
    def camera(self) -> Camera:
        """From where the scene is seen, view frame."""
        matrix = ps.get_camera_view_matrix()
        rotation, moved = matrix[:3, :3], matrix[:3, 3]
        position = -rotation.T @ moved
        target = tuple(map(float, ps.get_view_center()))
        return Camera(_vector(position), _vector(target), _vector(rotation[1]), ps.get_vertical_fov_degrees())

    @camera.setter
    def camera(self, camera: Camera) -> None:
        ps.set_vertical_fov_degrees(camera.field_of_view)
        ps.set_view_center_raw(camera.target)
        ps.look_at_dir(camera.position, camera.target, camera.up)
        ps.request_redraw()

    def home(self, up: Up) -> None:
        """Bring the camera to where it starts, with this axis pointing up.

        Where the view is narrow it stands farther away, so that no scan is cut off at the sides.
        """
        ps.set_up_dir(f"{up}_up")
        ps.set_vertical_fov_degrees(_FIELD_OF_VIEW)
        ps.set_view_center_raw((0.0, 0.0, 0.0))
        width, height = self.size
        ps.look_at(_home(up, aspect=width / height), (0.0, 0.0, 0.0))


def _home(up: Up, *, aspect: float) -> Vector:
    """Where the camera starts, from where the cube that the scan fills is not cut off at the sides."""
    eye = np.array(_HOME[up])
    distance = np.linalg.norm(eye)
    back = eye / distance
    right = np.cross(np.eye(3)["xyz".index(up)], back)
    corners = HALF_EXTENT * np.array(list(product((-1, 1), repeat=3)))
    across = np.abs(corners @ right) / np.linalg.norm(right)
    slope = aspect * np.tan(np.radians(_FIELD_OF_VIEW) / 2)
    return _vector(back * max(distance, (across / slope + corners @ back).max()))


def _vector(values: Iterable[float]) -> Vector:
    x, y, z = map(float, values)
    return x, y, z


def _drain(items: list[str]) -> list[str]:
    taken = items.copy()
    items.clear()
    return taken

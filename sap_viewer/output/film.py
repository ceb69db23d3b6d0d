"""Scenes to a video file, drawn off-screen: what the headless form and the studio of the windows share."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sap_viewer.output.export import Written
from sap_viewer.output.recorder import Recorder, RecordingError
from sap_viewer.output.title import SECONDS, title_card
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene

if TYPE_CHECKING:  # at run time this would load Polyscope
    from sap_viewer.view.window import View

DEFAULT_SIZE = (1280, 720)


class Film:
    """A video in the making, of scenes as an off-screen view draws them."""

    def __init__(self, view: "View", path: Path, *, fps: int, size: tuple[int, int] | None = None) -> None:
        """
        Args:
            size: width and height of the video; unless given, DEFAULT_SIZE.

        Raises:
            RecordingError: the suffix of the path is none of a video.
        """
        self._view = view
        self._camera: Camera | None = None
        self._size = size or DEFAULT_SIZE
        self._fps = fps
        self.recorder = Recorder(self._picture, path, fps=fps)

    def title(self, name: str, lines: tuple[str, ...]) -> None:
        """Show a still with this text for a moment.

        Raises:
            RecordingError: the encoder does not start or has failed.
        """
        card = title_card(name, lines, self._size)
        for _ in range(round(SECONDS * self._fps)):
            self.recorder.add(card)

    def shoot(self, scene: Scene, camera: Camera | None = None) -> None:
        """Add a frame of this scene, seen from a camera in the view frame or from that of the view.

        Raises:
            RecordingError: the encoder does not start or has failed.
        """
        scale = max(1.0, self._size[1] / DEFAULT_SIZE[1])  # of the legend
        self._view.resize(self._size, scale=scale)  # a picture of another size may have been taken
        self._view.update(scene)
        self._camera = camera
        self.recorder.capture()

    def _picture(self) -> NDArray[np.uint8]:
        return self._view.image(camera=self._camera)


def close(recorder: Recorder) -> Written:
    """Finish a recording, and put into words what came of it."""
    try:
        recorder.close()
    except RecordingError as error:
        return Written(recorder.path, str(error), succeeded=False)
    return Written(recorder.path, f"wrote {recorder.path}, {recorder.frames} frames", succeeded=True)

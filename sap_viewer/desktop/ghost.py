"""A mesh that is held while the run goes on, to be compared with what becomes of it."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from sap_core.geometry import FloatArray, Mesh
from sap_viewer.desktop.filming import Stage
from sap_viewer.figures import Figures, Step, figures_of, figures_of_prediction
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene, ViewFrame, with_ghost
from sap_viewer.scene.view_options import GhostPlace
from sap_viewer.snapshot import Prediction, Snapshot

INTERVAL_S = 1.0  # between two looks at the figures of a running run
_APART = 1.15  # between two meshes that stand beside each other, in widths of the held one
_MOVED = 1e-3  # by which the user has moved a camera, view frame


class Ghost:
    """Holds a mesh, and has the figures of both taken in a thread.

    Beside the other, the held mesh stands to the right of it as the stage saw it when it was put there, and in sight:
    the camera moves back for it, and comes forth again afterwards, unless the user has moved it.

    Attributes:
        held: its figures; None while none is held.
        present: the figures of the mesh beside it.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[Figures | None] | None = None
        self._mesh: Mesh | None = None
        self._frame: ViewFrame | None = None  # of the scan that it was held beside, and
        self._scan = ""  # that scan's name
        self._taken: Snapshot | None = None
        self._due = 0.0
        self._place: GhostPlace = "over"
        self._moved: FloatArray | None = None  # (3,) view frame, where it is beside
        self._cameras: tuple[Camera, Camera] | None = None  # from which the stage was moved, and to which
        self.held: Figures | None = None
        self.present: Figures | None = None

    def hold(self, shown: Snapshot) -> None:
        """Hold the mesh shown, if there is one."""
        if shown.mesh is not None and len(shown.mesh.faces):
            self._hold(shown.mesh, shown)
            self.held = self.present

    def hold_prediction(self, prediction: Prediction, *, beside: Snapshot) -> None:
        """Hold the mesh that a network sees, to be compared with the one shown."""
        self._hold(prediction.mesh, beside)
        self.held = figures_of_prediction(prediction)

    def let_go(self) -> None:
        """Hold none."""
        self._mesh = self.held = self.present = self._taken = None
        self._put()

    @property
    def place(self) -> GhostPlace:
        """Where the held mesh is drawn, or the next one will be."""
        return self._place

    @place.setter
    def place(self, place: GhostPlace) -> None:
        self._place = place
        self._put()

    def follow(self, shown: Snapshot, *, now: float) -> None:
        """Once a frame: take the figures of the mesh shown now and then; another scan ends the comparison."""
        if self._mesh is None:
            return
        if shown.name != self._scan and shown.mesh is not None:
            self.let_go()
            return
        if self._pending is not None and self._pending.done():
            self.present, self._pending = self._pending.result(), None
        if self._pending is None and shown is not self._taken and now >= self._due:
            self._taken, self._due = shown, now + INTERVAL_S
            self._pending = self._worker.submit(figures_of, shown)

    def in_scene(self, scene: Scene) -> Scene:
        """The scene with the held mesh."""
        if self._mesh is None or self.held is None:
            return scene
        drawn = with_ghost(scene, self._mesh, self._moved)
        return replace(drawn, caption=(*scene.caption, f"ghost: {_words(self.held.step)}"))

    def _hold(self, mesh: Mesh, beside: Snapshot) -> None:
        self._mesh, self._scan = mesh, beside.name
        self._frame = None if beside.bounds is None else ViewFrame.of(beside.bounds)
        self.present = figures_of(beside)
        self._put()

    def _put(self) -> None:
        if self._cameras is not None and _near(self._cameras[1], self._stage.camera):
            self._stage.camera = self._cameras[0]
        self._moved = self._cameras = None
        if self._place == "over" or self._mesh is None or self._frame is None:
            return
        camera = self._stage.camera
        vertices = self._frame.to_view(self._mesh.vertices)
        self._moved = camera.right * _APART * np.ptp(vertices @ camera.right)
        width, height = self._stage.size
        seeing = camera.seeing(np.concatenate((vertices, vertices + self._moved)), aspect=width / height)
        if seeing is not camera:
            self._stage.camera = seeing
            self._cameras = camera, seeing

    def close(self) -> None:
        """Wait for the thread."""
        self._worker.shutdown()


def _near(one: Camera, other: Camera) -> bool:
    """Whether they see the same, but for the renderer's rounding."""
    return np.allclose((one.position, one.target, one.up), (other.position, other.target, other.up), atol=_MOVED)


def _words(step: Step) -> str:
    return step if isinstance(step, str) else f"step {step:,}"

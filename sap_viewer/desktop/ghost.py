"""A mesh that is held while the run goes on, to be compared with what becomes of it."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from sap_viewer.figures import Figures, figures_of
from sap_viewer.scene import Scene, with_ghost
from sap_viewer.snapshot import Snapshot
from sap_viewer.view_options import GhostPlace

INTERVAL_S = 1.0  # between two looks at the figures of a running run


class Ghost:
    """Holds a mesh, and has the figures of both taken in a thread.

    Attributes:
        place: where the held mesh is drawn.
        held: its figures; None while none is held.
        present: the figures of the mesh beside it.
    """

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._pending: Future[Figures | None] | None = None
        self._snapshot: Snapshot | None = None
        self._taken: Snapshot | None = None
        self._due = 0.0
        self.place: GhostPlace = "over"
        self.held: Figures | None = None
        self.present: Figures | None = None

    def hold(self, shown: Snapshot) -> None:
        """Hold the mesh shown, if there is one."""
        if shown.mesh is not None and len(shown.mesh.faces):
            self._snapshot = shown
            self.held = self.present = figures_of(shown)

    def let_go(self) -> None:
        """Hold none."""
        self._snapshot = self.held = self.present = self._taken = None

    def follow(self, shown: Snapshot, *, now: float) -> None:
        """Once a frame: take the figures of the mesh shown now and then; another scan ends the comparison."""
        if self._snapshot is None:
            return
        if shown.name != self._snapshot.name and shown.mesh is not None:
            self.let_go()
            return
        if self._pending is not None and self._pending.done():
            self.present, self._pending = self._pending.result(), None
        if self._pending is None and shown is not self._taken and now >= self._due:
            self._taken, self._due = shown, now + INTERVAL_S
            self._pending = self._worker.submit(figures_of, shown)

    def in_scene(self, scene: Scene) -> Scene:
        """The scene with the held mesh."""
        if self._snapshot is None or self._snapshot.mesh is None or self.held is None:
            return scene
        drawn = with_ghost(scene, self._snapshot.mesh, self.place)
        return replace(drawn, caption=(*scene.caption, f"ghost: step {self.held.step:,}"))

    def close(self) -> None:
        """Wait for the thread."""
        self._worker.shutdown()

"""Pictures and videos of any size, drawn by a process of its own while the window keeps its size and its pace."""

from dataclasses import dataclass
from pathlib import Path

from sap_viewer.moment import Moment
from sap_viewer.output.export import Written
from sap_viewer.process import ChildProcess
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import Scene
from sap_viewer.scene.view_options import ViewOptions

# --- to the studio ---


@dataclass(frozen=True)
class Recalled:
    """An earlier state, drawn with these options; the studio unpacks it."""

    moment: Moment
    options: ViewOptions


@dataclass(frozen=True)
class Draw:
    """What is seen from now on, until the next one."""

    subject: Scene | Recalled


@dataclass(frozen=True)
class TakePicture:
    """Write a picture of the scene; the answer is a ``Written``."""

    path: Path
    camera: Camera  # view frame
    size: tuple[int, int]  # width, height
    scale: float = 1.0  # of the text
    text: bool = False  # whether there is any


@dataclass(frozen=True)
class StartFilm:
    """Begin a video."""

    path: Path
    fps: int
    size: tuple[int, int]
    title: tuple[str, tuple[str, ...]] | None = None  # name and lines of a still


@dataclass(frozen=True)
class Shoot:
    """Add a frame of the scene; the answer is a ``Filmed``."""

    camera: Camera  # view frame


@dataclass(frozen=True)
class FinishFilm:
    """End the video; the answer is a ``Written``. A film that fails before answers with it, too."""


# --- from the studio ---


@dataclass(frozen=True)
class Filmed:
    """How long and how large the video is by now."""

    frames: int
    bytes: int


Order = Draw | TakePicture | StartFilm | Shoot | FinishFilm


class Studio:
    """The process, started when it is first needed. Scenes are sent only when they change."""

    def __init__(self) -> None:
        self._child: ChildProcess | None = None
        self._drawn: Scene | Recalled | None = None

    @property
    def alive(self) -> bool:
        """Whether answers may still come."""
        return self._child is not None and self._child.alive

    def take(self, scene: Scene, picture: TakePicture) -> None:
        """Have a picture of a scene written."""
        self._open()
        self._draw(scene)
        self._send(picture)

    def start(self, film: StartFilm) -> None:
        """Begin a video."""
        self._open()
        self._send(film)

    def shoot(self, subject: Scene | Recalled, camera: Camera) -> None:
        """Add a frame to the video that was begun."""
        self._draw(subject)
        self._send(Shoot(camera))

    def finish(self) -> None:
        """End the video that was begun."""
        self._send(FinishFilm())

    def receive(self) -> list[Written | Filmed]:
        """All answers that have arrived."""
        return self._child.receive() if self._child else []

    def close(self) -> None:
        """End the process; a video that is not finished leaves no file."""
        if self._child is not None:
            self._child.close()
        self._child, self._drawn = None, None

    def _open(self) -> None:
        """Start the process, if there is none; a video that an earlier one had begun is lost with it."""
        if not self.alive:
            self.close()
            self._child = ChildProcess("sap_viewer.output.studio_process")

    def _draw(self, subject: Scene | Recalled) -> None:
        if subject != self._drawn:
            self._send(Draw(subject))
            self._drawn = subject

    def _send(self, order: Order) -> None:
        if self._child is not None:
            self._child.send(order)

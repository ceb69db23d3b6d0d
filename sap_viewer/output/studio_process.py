"""The studio's process: ``python -m sap_viewer.output.studio_process FD``, started by ``studio.Studio``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sap_viewer.channel import Channel
from sap_viewer.output.export import Written, write_picture, written
from sap_viewer.output.film import Film, close
from sap_viewer.output.recorder import RecordingError
from sap_viewer.output.studio import Draw, Filmed, FinishFilm, Order, Recalled, Shoot, StartFilm, TakePicture
from sap_viewer.process import channel_to_parent
from sap_viewer.publishing import completed
from sap_viewer.scene.scene import Scene, build_scene
from sap_viewer.snapshot import Snapshot
from sap_viewer.view import RendererError, open_view

if TYPE_CHECKING:
    from sap_viewer.view.window import View

_NICENESS = 5  # the windows go first


class StudioProcess:
    """Draws what it is told to; whatever fails is answered with a sentence."""

    def __init__(self, view: "View", channel: Channel) -> None:
        self._view = view
        self._channel = channel
        self._scene = Scene()
        self._film: Film | None = None
        self._path = Path()  # of the film

    def serve(self) -> None:
        """Carry out orders until the parent hangs up.

        Raises:
            EOFError, ConnectionError: it did.
        """
        while True:
            order: Order = self._channel.receive()
            match order:
                case Draw(subject):
                    self._scene = subject if isinstance(subject, Scene) else _recalled(subject)
                case TakePicture():
                    self._channel.send(self._take(order))
                case _:
                    self._go_on(order)

    def abandon(self) -> None:
        """End a video that nobody waits for."""
        if self._film is not None:
            self._film.recorder.abort()

    def _take(self, order: TakePicture) -> Written:
        self._view.resize(order.size, scale=order.scale)
        self._view.update(self._scene)
        pixels = self._view.image(camera=order.camera, text=order.text)
        width, height = order.size
        sentence = f"wrote {order.path}, {width} x {height} pixels"
        return written(lambda: write_picture(pixels, order.path), order.path, sentence)

    def _go_on(self, order: StartFilm | Shoot | FinishFilm) -> None:
        try:
            match order:
                case StartFilm(path, fps, size, title):
                    self._path = path
                    self._film = Film(self._view, path, fps=fps, size=size)
                    if title is not None:
                        self._film.title(*title)
                case Shoot(camera) if self._film is not None:
                    self._film.shoot(self._scene, camera)
                    self._channel.send(Filmed(self._film.recorder.frames, self._film.recorder.bytes))
                case FinishFilm() if self._film is not None:
                    film, self._film = self._film, None
                    self._channel.send(close(film.recorder))
        except RecordingError as error:
            self._film = None
            self._channel.send(Written(self._path, str(error), succeeded=False))


def _recalled(subject: Recalled) -> Scene:
    """With the values that its mesh is coloured by."""
    return build_scene(completed(subject.moment.snapshot(), Snapshot()), subject.options)


def main() -> None:
    """Serve the main process until it hangs up; where nothing can be drawn, answer that."""
    channel = channel_to_parent()
    try:
        studio = StudioProcess(open_view(windowed=False), channel)
    except RendererError as error:
        channel.send(Written(Path(), str(error), succeeded=False))
        return
    try:
        studio.serve()
    except (EOFError, ConnectionError):
        studio.abandon()


if __name__ == "__main__":
    os.nice(_NICENESS)
    main()

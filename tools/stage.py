"""The real program on a virtual screen of its own, used with mouse and keys and photographed."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PIL import Image

from benchmarks.program import Program, controls, running
from sap_viewer.desktop.layout import Rectangle, arrange
from sap_viewer.output.remembered import Remembered, remember
from tests import display_driver as person

ASSETS = Path(__file__).parents[1] / "assets"
TALL = 2080  # pixels, in which the panel shows everything
VIEW = (800, 640)
CONTROLS = (
    *("browse", "show_help", "run", "step", "flip", "messages", "loss", "timeline", "branch", "back_to_now"),
    *("preset", "resolution", "sigma", "resample_every", "show_scan", "show_points", "show_normals", "show_mesh"),
    *("mesh_edges", "color_by", "slice_z", "predict", "prediction.compare", "prediction.continue"),
    *("ghost.hold", "ghost.beside", "crop.shape", "crop.shown", "crop.keep"),
    *("scan.path", "reference.path", "copy_command", "video.path", "export_video", "video_title"),
)
_SETTLING_S = 2.0  # until what was done is drawn


class Stage:
    """The running program, its windows, and the person before them."""

    def __init__(self, program: Program, places: dict[str, Rectangle], view: Rectangle, panel: Rectangle) -> None:
        self._program = program
        self._places = places
        self._view, self._panel = view, panel

    def wait(self, reached: Callable[[dict[str, Any]], bool]) -> None:
        """Until the status file says so and it is drawn."""
        self._program.wait_for(reached)
        self.settle()

    def settle(self) -> None:
        """Let go of the controls, and wait until what was done is drawn."""
        person.move(2, 2)
        time.sleep(_SETTLING_S)

    def click(self, tag: str) -> None:
        """Click on the left of a control of the panel, where a checkbox is."""
        x, y, width, height = self._places[tag]
        person.move(x, y)  # where the mouse enters a window at the pixel where it left, GLFW hears of no move
        time.sleep(0.2)
        person.click(x + min(width / 2, 10), y + height / 2)
        self.settle()

    def rest_on(self, tag: str, share: float) -> None:
        """Hold the mouse over this share of a control's width, until its tooltip is shown."""
        x, y, width, height = self._places[tag]
        person.move(x + share * width, y + height / 2)
        time.sleep(_SETTLING_S)

    def slide(self, tag: str, start: float, end: float) -> None:
        """Drag a slider from one share of its width to another."""
        x, y, width, height = self._places[tag]
        person.drag((x + start * width, y + height / 2), (x + end * width, y + height / 2))
        self.settle()

    def press(self, key: str) -> None:
        """Press a key over the 3D window."""
        person.move(self._view.x + 30, self._view.y + self._view.height / 2)
        person.press_key(key)
        self.settle()

    def turn(self, right: int, down: int = 0) -> None:
        """Drag the scene by so many pixels."""
        x, y = self._view.x + (self._view.width - right) / 2, self._view.y + (self._view.height - down) / 2
        person.move(x, y)
        person.press_button()
        for share in (0.0, 0.5, 1.0):  # a frame may take long while the engine runs
            time.sleep(_SETTLING_S / 4)
            person.move(x + share * right, y + share * down)
        time.sleep(_SETTLING_S / 4)
        person.release_button()
        self.settle()

    def step_back(self, clicks: int) -> None:
        """See the scene from so many clicks of the wheel farther away, or nearer."""
        person.move(self._view.x + self._view.width / 2, self._view.y + self._view.height / 2)
        person.scroll_down(clicks)
        self.settle()

    def windows(self) -> Image.Image:
        """Both windows, without the rest of the screen."""
        view, panel = self._view, self._panel
        bottom = max(view.y + view.height, panel.y + panel.height)
        return self._photographed(view.x, view.y, panel.x + panel.width, bottom)

    def view(self, margin: tuple[int, int] = (0, 0)) -> Image.Image:
        """The 3D window, without so many pixels at its sides, and above and below."""
        x, y, width, height = self._view
        across, along = margin
        return self._photographed(x + across, y + along, x + width - across, y + height - along)

    def panel(self, first: str, last: str, *, above: int = 28, below: int = 8) -> Image.Image:
        """The panel from one control to another, with the room above and below."""
        top, end = self._places[first], self._places[last]
        left = self._panel.x
        return self._photographed(left, top.y - above, left + self._panel.width, end.y + end.height + below)

    def _photographed(self, left: int, top: int, right: int, bottom: int) -> Image.Image:
        return person.screenshot().convert("RGB").crop((left, top, right, bottom))


@contextmanager
def on_stage(
    scan: str, *options: str, screen: tuple[int, int] = (VIEW[0] + 460, TALL), view: tuple[int, int] = VIEW
) -> Iterator[Stage]:
    """Start a screen and the program on it, in a folder with copies of the scans of assets/.

    Args:
        scan: name of the file.
        options: of the command line.
        screen: width and height in pixels.
        view: of the 3D window.
    """
    with tempfile.TemporaryDirectory() as scratch, person.virtual_screen("{}x{}".format(*screen)) as display:
        folder, configuration = Path(scratch) / "scans", Path(scratch)
        shutil.copytree(ASSETS, folder)
        remember(Remembered(view_size=view), configuration / "sap-viewer" / "windows.json")
        with patch.dict("os.environ", DISPLAY=display):
            places = {tag: Rectangle(*place) for tag, place in controls(*CONTROLS).items()}
            with running(scan, *options, folder=folder, configuration=configuration) as program:
                program.wait_for(lambda status: status["step"] >= 0)
                yield Stage(program, places, *arrange(screen, view_size=view))

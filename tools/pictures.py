"""The pictures of README.md and docs/guide.md: the program's own windows on scans from assets/, on a virtual screen.

    python -m tools.pictures            # all of them, some minutes
    python -m tools.pictures windows    # one session, by the name of its function below

Each session starts the program once and uses it as the guide says.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from PIL import Image

from sap_core import PointCloud, read_cloud, write_cloud
from tools.stage import ASSETS, Stage, on_stage

IMAGES = Path(__file__).parents[1] / "docs" / "images"
GUIDE = IMAGES / "guide"
TRUTH = Path(__file__).parents[1] / "tests" / "data" / "spot_reference.ply"
COLORS = 256  # of a palette, with which a file is a third as large
PAPER = (23, 26, 31)  # as the panel's
GAP = 8  # pixels between pictures that share a file


def windows() -> None:
    """The README's: both windows at the end of a run."""
    with on_stage("spot_scan.ply", screen=(1600, 1000), view=(1140, 948)) as stage:
        stage.wait(lambda status: status["step"] > 0)
        stage.turn(740)
        stage.wait(lambda status: status["status"] == "finished")
        _save(stage.windows(), IMAGES / "windows.png")


def steering() -> None:
    """A run that is paused, changed, compared with, looked back at and cropped."""
    with on_stage("spot_scan.ply", "--resolution", "96", "--steps", "40", "--paused") as stage:
        stage.wait(lambda status: status["status"] == "paused")
        stage.press("o")
        _save(stage.panel("browse", "branch", above=10), GUIDE / "open.png")
        stage.press("Escape")
        stage.press("F1")
        _save(stage.panel("browse", "resample_every", above=10), GUIDE / "help.png")
        stage.press("Escape")
        _face_us(stage)
        stage.press("space")
        stage.wait(lambda status: status["step"] >= 14)
        stage.press("space")
        stage.slide("sigma", 0.2, 0.75)
        _save(stage.panel("preset", "resample_every"), GUIDE / "settings.png")
        stage.click("show_points")
        stage.click("show_normals")
        stage.press("g")
        stage.press("space")
        stage.wait(lambda status: status["status"] == "finished")
        stage.click("slice_z")
        stage.click("ghost.beside")
        _save(_row(_smaller(stage.view(), 0.7), stage.panel("ghost.hold", "scan.path", below=0)), GUIDE / "ghost.png")
        stage.click("slice_z")
        stage.press("g")
        stage.slide("timeline", 0.95, 0.3)
        _save(_row(_smaller(stage.view(), 0.7), stage.panel("loss", "branch")), GUIDE / "timeline.png")
        stage.press("End")
        stage.click("crop.shown")
        _save(_row(_smaller(stage.view(), 0.7), stage.panel("crop.shape", "crop.keep", below=85)), GUIDE / "crop.png")
        stage.click("crop.shown")
        _save(stage.panel("scan.path", "video_title"), GUIDE / "files.png")


def layers() -> None:
    """What can be drawn, one at a time; the slice shows through the mesh."""
    nothing = ("scan", "points", "normals", "mesh", "slice-z")
    with on_stage("spot_scan.ply", "--preset", "fast", "--hide", *nothing) as stage:
        stage.wait(lambda status: status["status"] == "finished")
        _face_us(stage)
        seen = []
        for before, then in (
            (("show_scan",), ("show_scan",)),
            (("show_points", "show_normals"), ("show_points", "show_normals")),
            (("show_mesh",), ()),
            (("slice_z",), ()),
        ):
            for switch in before:
                stage.click(switch)
            seen.append(_smaller(stage.view(), 0.6))
            for switch in then:
                stage.click(switch)
        _save(_column(_row(*seen[:2]), _row(*seen[2:])), GUIDE / "layers.png")


def colors() -> None:
    """A mesh coloured by what is known of it; the scan has a hole on either side."""
    seen = {}
    for by in ("scan", "distance", "normal", "curvature"):
        hidden = ("--hide", "points", "normals", "slice-z")
        holes = [("--cut-sphere", x, "-0.02", "0.045", "0.03") for x in ("-0.054", "0.054")]
        with on_stage("spot_scan.ply", "--preset", "fast", "--color-by", by, *holes[0], *holes[1], *hidden) as stage:
            stage.wait(lambda status: status["status"] == "finished")
            _face_us(stage)
            seen[by] = stage.view()
    _save(seen["distance"], GUIDE / "distance.png")
    _save(_row(*(_smaller(seen[by], 0.5) for by in ("scan", "normal", "curvature"))), GUIDE / "colors.png")


def prediction() -> None:
    """A scan full of stray points: what a run makes of it, what a network sees, and what a run makes of that."""
    rng = np.random.default_rng(0)
    cow = read_cloud(ASSETS / "spot_scan.ply").cloud.points
    low, high = cow.min(0) - 0.01, cow.max(0) + 0.01
    littered = np.concatenate([rng.permutation(cow)[:3_000], rng.uniform(low, high, (1_500, 3))])
    with tempfile.TemporaryDirectory() as folder:
        scan = Path(folder) / "strays.ply"
        write_cloud(PointCloud(littered), scan)
        seen = ("--show", "scan", "--hide", "points", "normals", "slice-z")
        with on_stage(str(scan), "--reference", str(TRUTH), *seen) as stage:
            stage.wait(lambda status: status["status"] == "finished")
            _face_us(stage)
            stage.click("predict")
            stage.wait(lambda status: status["prediction"] is not None)
            stage.click("prediction.compare")
            stage.click("ghost.beside")
            alone, figures = stage.view(), stage.panel("predict", "scan.path", below=0)
            stage.click("prediction.continue")
            stage.press("Return")  # if it asks
            stage.wait(lambda status: status["run"] == 2 and status["status"] == "finished")
            continued = _row(_smaller(stage.view(), 0.7), stage.panel("predict", "scan.path", below=0))
    _save(_column(_row(_smaller(alone, 0.7), figures), continued), GUIDE / "prediction.png")


def video() -> None:
    """Frames of a turntable, as the command line makes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cow.mp4"
        how = "--preset fast --hide slice-z --video-camera turntable --video-turn 0.5 --video-size 480 480 --fps 24"
        program = Path(sys.executable).with_name("sap-viewer")
        scan = ASSETS / "spot_scan.ply"
        subprocess.run([program, scan, "--headless", "--video", path, *how.split()], check=True)
        frames = [Image.fromarray(frame) for frame in imageio.imread(path)]
    chosen = [frames[round(share * (len(frames) - 1))] for share in (0.0, 0.33, 0.67, 1.0)]
    _save(_row(*(_smaller(frame, 0.6) for frame in chosen)), GUIDE / "video.png")


SESSIONS: dict[str, Callable[[], None]] = {
    session.__name__: session for session in (windows, steering, layers, colors, prediction, video)
}


def _face_us(stage: Stage) -> None:
    """The cow of the scan looks away at first."""
    stage.turn(500)


def _smaller(picture: Image.Image, scale: float) -> Image.Image:
    width, height = picture.size
    return picture.resize((round(scale * width), round(scale * height)), Image.Resampling.LANCZOS)


def _row(*pictures: Image.Image) -> Image.Image:
    """Beside one another, their upper edges level."""
    lefts = [sum(before.width + GAP for before in pictures[:place]) for place in range(len(pictures))]
    row = Image.new("RGB", (lefts[-1] + pictures[-1].width, max(picture.height for picture in pictures)), PAPER)
    for left, picture in zip(lefts, pictures, strict=True):
        row.paste(picture, (left, 0))
    return row


def _column(*pictures: Image.Image) -> Image.Image:
    """Below one another."""
    turned = (picture.transpose(Image.Transpose.TRANSPOSE) for picture in pictures)
    return _row(*turned).transpose(Image.Transpose.TRANSPOSE)


def _save(picture: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    palette = picture.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE, kmeans=2)
    picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    print(f"{path.name}: {picture.width} x {picture.height}, {path.stat().st_size // 1000} KB")


if __name__ == "__main__":
    for name in sys.argv[1:] or SESSIONS:
        SESSIONS[name]()

"""The settings of a reconstruction: what each one means, its range and its default stand here, once.

The command line, the panel and the documentation read the descriptions from the annotations.
Nothing here imports torch, so front ends can use it before torch has loaded.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from typing_extensions import Doc

PresetName = Literal["fast", "balanced", "best", "published"]
Start = Literal["orientation", "sphere"]
Init = Literal["auto", "sphere", "normals", "orientation", "learned"]
DeviceName = Annotated[
    str, Doc("Device of the computation: 'auto' (the first accelerator found, else the CPU), cpu, cuda, mps, ...")
]
Trim = float | Literal["auto", "off"]  # a number of spacings of the scan's points
Components = Literal["scanned", "largest", "all"]


@dataclass(frozen=True)
class Span:
    """The values that a number may take: the range of its slider and of its validation."""

    low: float
    high: float
    unit: str = ""
    choices: tuple[int, ...] = ()
    logarithmic: bool = False


@dataclass(frozen=True)
class Parameters:
    """What may change between any two steps of a run. None follows the preset's schedule."""

    resolution: Annotated[
        int | None,
        Doc(
            "Grid nodes along each axis. A run works up from coarse grids to this one; "
            "changed during a run, it holds from the next step on."
        ),
        Span(16, 2048, unit="nodes", choices=(32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)),
    ] = None
    sigma: Annotated[
        float | None,
        Doc(
            "Smoothing of the indicator field: a Gaussian of sigma/pi grid cells. "
            "Unless set, it follows the noise of the scan: 2 where it is clean, more where it is noisy."
        ),
        Span(0.5, 10.0),
    ] = None
    lr: Annotated[
        float | None,
        Doc("Learning rate of Adam, for the logits of the points and for their normals alike."),
        Span(1e-5, 1e-1, unit="per step", logarithmic=True),
    ] = None
    points: Annotated[
        int | None,
        Doc("Number of oriented points that carry the surface."),
        Span(1_000, 2_000_000, unit="points", logarithmic=True),
    ] = None
    resample_every: Annotated[
        int | None,
        Doc(
            "Steps between two resamplings: the oriented points are drawn afresh from the mesh, without its stray "
            "pieces. 0 never resamples."
        ),
        Span(0, 1_000, unit="steps"),
    ] = None


@dataclass(frozen=True)
class Settings(Parameters):
    """Everything that decides how a scan is reconstructed. None takes the preset's value."""

    preset: Annotated[
        PresetName,
        Doc(
            "Quality of the run: 'fast', 'balanced' or 'best'. 'published' is the paper's recipe, which takes many "
            "minutes."
        ),
    ] = "balanced"
    steps: Annotated[
        int | None,
        Doc(
            "Length of the run; the levels of the preset share the steps in proportion. Unless set, a run also ends "
            "when its loss has settled."
        ),
        Span(1, 100_000, unit="steps"),
    ] = None
    init: Annotated[
        Init,
        Doc(
            "Where the oriented points start: from the scan's own normals, from normals solved for from its points "
            "alone ('orientation'), from what a trained network makes of the scan ('learned': for scans full of stray "
            "points, which are left out, or of noise; where normals solved for make a surface that is nearer, from "
            "these), or from a sphere. 'auto' takes the scan's normals if they can be trusted, else solves for them; "
            "it asks the network too where there are many strays or much noise. With 'published' it is the sphere."
        ),
    ] = "auto"
    weights: Annotated[
        str | None,
        Doc(
            "File of the network that the start 'learned' and a prediction ask, instead of the one that comes with the "
            "program: .safetensors of sap-train, or a published checkpoint of Shape As Points (.pt, .pth)."
        ),
    ] = None
    flip: Annotated[
        bool,
        Doc("Turn the normals of the start inside out, for a surface whose inside and outside are mixed up otherwise."),
    ] = False
    trim: Annotated[
        Trim,
        Doc(
            "Cut off what lies farther from the scan than so many times the spacing of its points. 'auto' finds a "
            "distance that spares gaps between points; 'off' leaves the surface closed."
        ),
        Span(0.1, 1_000.0, unit="spacings"),
    ] = "off"
    components: Annotated[
        Components,
        Doc(
            "Which connected parts of the surface to keep. 'scanned' leaves out bits around next to no points of the "
            "scan, which fine grids leave beside the surface; 'largest' keeps one part alone."
        ),
    ] = "scanned"
    device: DeviceName = "auto"
    seed: Annotated[
        int, Doc("Seed of every random choice; equal seeds give equal results on the CPU."), Span(0, 2**32 - 1)
    ] = 0


@dataclass(frozen=True)
class InForce:
    """The values that one step uses, after the schedule and the user's changes are joined."""

    resolution: int
    sigma: float
    lr: float
    points: int
    resample_every: int


@dataclass(frozen=True)
class Level:
    """One stage of a coarse-to-fine schedule."""

    resolution: int
    steps: int
    sigma: float
    lr: float
    points: int = 20_000
    refines: bool = False  # by ``refinement``: without Adam, each point standing for a sample


@dataclass(frozen=True)
class Preset:
    """A schedule with its defaults; ``schedule.py`` turns it into values for a step."""

    levels: tuple[Level, ...]
    start: Start = "orientation"  # of a scan without trustworthy normals
    samples: int | None = 50_000  # of the scan that the loss measures, at most; None for every point
    settled: float = 0.0  # a run ends early when the loss falls by less than this share in ten steps
    refined_to: int = 0  # resolution up to which the detail of a scan is brought out, where it has any
    as_published: bool = False  # the layer and the loss of the paper
    points_growth: int = 0  # points added at each resampling
    resample_every: int = 0
    component_share: float = 0.0  # a component with a smaller share of the largest one's vertices is not resampled
    lr_halved_every: int = 1_000_000
    lr_floor: float = 0.0


PRESETS: dict[PresetName, Preset] = {
    "fast": Preset(levels=(Level(128, 10, 2.0, 3e-3),)),
    "balanced": Preset(
        levels=(Level(128, 12, 2.0, 3e-3), Level(192, 20, 2.5, 3e-3)),
        lr_halved_every=12,
        lr_floor=7.5e-4,
        settled=0.01,
        refined_to=512,
    ),
    "best": Preset(
        levels=(Level(128, 12, 2.0, 3e-3), Level(192, 20, 2.5, 3e-3), Level(256, 40, 3.0, 3e-3, 60_000)),
        lr_halved_every=12,
        lr_floor=7.5e-4,
        samples=150_000,
        settled=0.01,
        refined_to=2048,
    ),
    # Peng et al. 2021, supplementary: learning rate 2e-3 * 0.7^level.
    "published": Preset(
        levels=(
            Level(32, 1000, 2.0, 2.0e-3),
            Level(64, 1000, 2.0, 1.4e-3),
            Level(128, 1000, 2.0, 0.98e-3),
            Level(256, 200, 3.0, 0.686e-3),
        ),
        start="sphere",
        samples=None,
        as_published=True,
        points_growth=2_000,
        resample_every=200,
        component_share=1.0,
        lr_halved_every=700,
        lr_floor=1e-3,
    ),
}

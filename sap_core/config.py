"""The settings of a reconstruction: what each one means, its range and its default stand here, once.

The command line, the panel and the documentation read the descriptions from the annotations.
Nothing here imports torch, so front ends can use it before torch has loaded.
"""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from typing_extensions import Doc

PresetName = Literal["published", "quick"]
Init = Literal["auto", "sphere", "normals", "orientation"]


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
        Span(16, 512, unit="nodes", choices=(32, 64, 96, 128, 192, 256)),
    ] = None
    sigma: Annotated[
        float | None,
        Doc(
            "Smoothing of the indicator field: a Gaussian of sigma/pi grid cells. "
            "2 suits clean scans, 4 to 5 noisy ones."
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
        Span(1_000, 200_000, unit="points", logarithmic=True),
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
        Doc("Schedule of the run: 'quick' takes under a minute, 'published' is the paper's recipe."),
    ] = "quick"
    steps: Annotated[
        int | None,
        Doc("Length of the run; the levels of the preset share the steps in proportion."),
        Span(1, 100_000, unit="steps"),
    ] = None
    init: Annotated[
        Init,
        Doc(
            "Where the oriented points start: from the scan's own normals, from normals solved for from its points "
            "alone ('orientation'), or from a sphere. 'auto' takes the scan's normals if it has any, else the sphere."
        ),
    ] = "auto"
    device: Annotated[
        str, Doc("Device of the computation: 'auto' (the first accelerator found, else the CPU), cpu, cuda, mps, ...")
    ] = "auto"
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


@dataclass(frozen=True)
class Preset:
    """A schedule with its defaults; ``schedule.py`` turns it into values for a step."""

    levels: tuple[Level, ...]
    points: int
    points_growth: int  # points added at each resampling
    resample_every: int
    component_share: float  # a component with a smaller share of the largest one's vertices is not resampled
    resample_tolerance: float  # a resampling that raises the loss by a larger factor is taken back
    lr_halved_every: int
    lr_floor: float


PRESETS: dict[PresetName, Preset] = {
    # Peng et al. 2021, supplementary: learning rate 2e-3 * 0.7^level.
    "published": Preset(
        levels=(
            Level(32, 1000, 2.0, 2.0e-3),
            Level(64, 1000, 2.0, 1.4e-3),
            Level(128, 1000, 2.0, 0.98e-3),
            Level(256, 200, 3.0, 0.686e-3),
        ),
        points=20_000,
        points_growth=2_000,
        resample_every=200,
        component_share=1.0,
        resample_tolerance=math.inf,
        lr_halved_every=700,
        lr_floor=1e-3,
    ),
    # Higher rates than published find the topology in fewer steps; at 128^3 only the fit is left to improve.
    "quick": Preset(
        levels=(
            Level(32, 200, 2.0, 8e-3),
            Level(64, 300, 2.0, 5e-3),
            Level(128, 60, 2.0, 1e-3),
        ),
        points=20_000,
        points_growth=2_000,
        resample_every=100,
        component_share=0.1,  # a thin part that has come off for a while must not be lost
        resample_tolerance=1.2,  # a sheet seen from one side falls to pieces when its points are drawn afresh
        lr_halved_every=700,
        lr_floor=1e-3,
    ),
}

"""The settings of a training run: what each one means, its range and its default stand here, once."""

from dataclasses import dataclass
from typing import Annotated, Literal

from typing_extensions import Doc

from sap_core.config import Span


@dataclass(frozen=True)
class Corruption:
    """How a scan is made of a model, anew each time that it is seen. Lengths are in the unit cube."""

    points: Annotated[int, Doc("Points of a scan at most."), Span(100, 100_000, unit="points")] = 3_000
    fewest_points: Annotated[
        int,
        Doc("Points of a scan at least. A scan of fewer than the most is filled up by repeating some of them."),
        Span(10, 100_000, unit="points"),
    ] = 1_000
    noise: Annotated[
        float,
        Doc("Largest standard deviation of the noise; each scan has one of its own, from 0 up to this."),
        Span(0.0, 0.2),
    ] = 0.03
    outliers: Annotated[
        float,
        Doc("Largest share of points spread over the whole box of the model; half of the scans have none."),
        Span(0.0, 0.9),
    ] = 0.6
    occlusion: Annotated[
        float,
        Doc("Share of the scans of which only what is seen from some places is left."),
        Span(0.0, 1.0),
    ] = 0.2
    views: Annotated[int, Doc("Places at most from which such a scan is seen."), Span(1, 20, unit="places")] = 6


@dataclass(frozen=True)
class Training(Corruption):
    """Everything that decides what a network learns. The defaults are the published ones where there are any."""

    features: Annotated[
        Literal["grid", "planes"], Doc("Where the network averages features: on a 3D grid, or on three planes.")
    ] = "grid"
    cells: Annotated[int, Doc("Cells along each axis of that grid or plane."), Span(8, 256, unit="cells")] = 32
    offsets: Annotated[int, Doc("Oriented points for each input point."), Span(1, 16, unit="points")] = 7
    width: Annotated[int, Doc("Features of a point and of a cell; a multiple of 8."), Span(8, 256)] = 32
    levels: Annotated[int, Doc("Levels of the U-Net."), Span(1, 6, unit="levels")] = 3
    reach: Annotated[
        float, Doc("Scale of the offsets, in the unit cube. Larger ones are learnt faster."), Span(1e-5, 1.0)
    ] = 1e-3
    level: Annotated[
        Literal["points", "weights"],
        Doc("The field is 0 on average over the points as published, or over them by the lengths of their normals."),
    ] = "points"
    resolution: Annotated[
        int, Doc("Grid nodes along each axis of the Poisson solver and of the true fields."), Span(16, 512, "nodes")
    ] = 128
    sigma: Annotated[float, Doc("Smoothing of the field: a Gaussian of sigma/pi grid cells."), Span(0.5, 10.0)] = 2.0
    steps: Annotated[int, Doc("Steps in all."), Span(1, 10_000_000, unit="steps")] = 300_000
    batch: Annotated[int, Doc("Scans in a step, over all processes together."), Span(1, 4_096, unit="scans")] = 32
    lr: Annotated[float, Doc("Learning rate of Adam."), Span(1e-6, 1e-1)] = 5e-4
    decay: Annotated[
        Literal["none", "cosine"], Doc("Keep the learning rate, or let it fall to 0 along half a cosine.")
    ] = "none"
    precision: Annotated[
        Literal["float32", "bfloat16"],
        Doc("Precision of the network's matrix products; the Poisson layer is always computed in float32."),
    ] = "float32"
    compile: Annotated[bool, Doc("Compile the network (torch.compile; it needs a C++ compiler).")] = False
    validate_every: Annotated[
        int, Doc("Steps between two measurements on the validation models."), Span(1, 1_000_000, unit="steps")
    ] = 1_000
    save_every: Annotated[
        int, Doc("Steps between two checkpoints, from which the run can be resumed."), Span(1, 1_000_000, unit="steps")
    ] = 200
    seed: Annotated[int, Doc("Seed of the weights, of the order and of all corruption."), Span(0, 2**32 - 1)] = 0

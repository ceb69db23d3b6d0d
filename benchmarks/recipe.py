"""The published recipe up to 128^3: the naive step throughout, or the product's, whose mathematics is the same.

The second form takes minutes less. Its quality is that of the recipe; its time is what the naive step would have
taken, from the fastest of the naive steps timed along the way: other work on the machine then does not count against
the recipe.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from benchmarks.naive import (
    LEVELS,
    POINTS,
    POINTS_GROWTH,
    RESAMPLE_EVERY,
    Level,
    NaiveOptimisation,
    learning_rate,
)
from benchmarks.stopwatch import Stopwatch
from sap_core import Reconstruction, Settings
from sap_core.frame import UnitFrame
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.mesh.sampling import main_components, sample_surface, sphere

_TIMED_STEPS = 12  # at each of three places of a level, as the cost grows with the surface

Form = Literal["naive", "product"]


class RecipeRun(NamedTuple):
    """How a recipe ended.

    Attributes:
        seconds: wall time with the naive step.
        time_from: "naive run", or "naive steps" where the time is extrapolated from some steps.
    """

    mesh: Mesh
    seconds: float
    time_from: str


def run_recipe(cloud: PointCloud, form: Form, *, levels: Sequence[Level] = LEVELS) -> RecipeRun:
    """Run the recipe on a scan, from the sphere.

    Args:
        cloud: (N, 3) points in any frame.
        form: which step goes through the schedule: the "naive" or the "product"'s.
        levels: of the schedule; shorter ones than published are for trying out.
    """
    return _run_naive(cloud, levels) if form == "naive" else _run_product(cloud, levels)


def _run_naive(cloud: PointCloud, levels: Sequence[Level]) -> RecipeRun:
    clock = Stopwatch()
    with clock:
        rng = np.random.default_rng(0)
        frame = UnitFrame.around(cloud.points)
        target = _float32(frame.to_unit(cloud.points))
        oriented = sphere(POINTS, radius=0.2, center=np.full(3, 0.5), rng=rng)
        count = POINTS
        for level in levels:
            for first in range(0, level.steps, RESAMPLE_EVERY):
                optimisation = _optimisation(oriented, target, level)
                for step in range(first, min(first + RESAMPLE_EVERY, level.steps)):
                    optimisation.lr = learning_rate(level, step)
                    optimisation.step()
                count += POINTS_GROWTH
                surface = Mesh(optimisation.vertices.detach().numpy(), optimisation.faces)
                oriented = sample_surface(main_components(surface), count, rng=rng)
        with torch.no_grad():
            optimisation.loss()
    mesh = Mesh(frame.to_scan(optimisation.vertices.numpy()), optimisation.faces)
    return RecipeRun(mesh, clock.seconds, "naive run")


def _run_product(cloud: PointCloud, levels: Sequence[Level]) -> RecipeRun:
    """Resampling is left out of the time, in favour of the recipe."""
    total = sum(level.steps for level in levels)
    resolution = levels[-1].resolution
    reconstruction = Reconstruction(
        cloud, Settings(preset="published", init="sphere", resolution=resolution, steps=total)
    )
    seconds = 0.0
    for level in levels:
        laps: list[float] = []
        for step in range(level.steps):
            if step in (0, level.steps // 2, level.steps - 1):
                laps += _naive_laps(reconstruction, cloud, level)
            reconstruction.step()
        seconds += level.steps * min(laps)
    return RecipeRun(reconstruction.mesh(), seconds, "naive steps")


def _naive_laps(reconstruction: Reconstruction, cloud: PointCloud, level: Level) -> list[float]:
    """Seconds of some naive steps from the present state of the product."""
    frame, oriented = reconstruction.frame, reconstruction.oriented_points()
    in_unit_frame = PointCloud(frame.to_unit(oriented.points), oriented.normals)
    optimisation = _optimisation(in_unit_frame, _float32(frame.to_unit(cloud.points)), level)
    optimisation.step()  # the first one also gets memory from the system
    laps = []
    clock = Stopwatch()
    for _ in range(_TIMED_STEPS):
        with clock:
            optimisation.step()
        laps.append(clock.lap)
    return laps


def _optimisation(oriented: PointCloud, target: Tensor, level: Level) -> NaiveOptimisation:
    points, normals = _float32(oriented.points), _float32(oriented.normals)
    return NaiveOptimisation(points, normals, target, resolution=level.resolution, lr=level.lr)


def _float32(array: FloatArray | None) -> Tensor:
    return torch.tensor(array, dtype=torch.float32)

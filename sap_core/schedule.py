"""From a step's number to the values it uses: resolution, sigma, learning rate, points, resampling. Pure functions."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from sap_core.config import PRESETS, InForce, Level, Parameters, Preset, Settings
from sap_core.resolutions import relative_cost

_CELLS_BETWEEN_POINTS = 2.0
_FINER = (256, 512, 1024)  # resolutions of the levels that refine
_FINEST = (256, 384, 512, 768, 1024, 1536, 2048)  # of the last of them
_CELLS = 1.8  # between points, at most
_SHARPER = 6.0  # times, by which each of them smooths over less at most
_ABOUT = 1.25  # a grid will do that represents a smoothing so many times as wide
_SHARPEST = 2.0  # sigma; a grid does not represent less smoothing well
_CORRECTIONS, _LAST_CORRECTIONS = 2, 4  # steps of each of them, and of the last
_MOST_POINTS = 2_000_000


class Sampling(NamedTuple):
    """How well a scan samples its surface.

    Attributes:
        spacing: typical distance between neighbouring points, unit frame.
        noise: standard deviation of the points from the surface, unit frame.
        points: how many the scan has.
    """

    spacing: float
    noise: float
    points: int = 0

    @property
    def area(self) -> float:
        """Of the surface that was scanned, unit frame."""
        return self.points * self.spacing**2

    def of(self, count: int) -> float:
        """The spacing of so many of the points, drawn evenly."""
        return self.spacing * math.sqrt(max(self.points, count) / count)

    def sigma(self, resolution: int) -> float:
        """The smoothing that suits the noise, in sigma of a grid; 0 for a clean scan."""
        return math.pi * resolution * self.smoothing

    @property
    def smoothing(self) -> float:
        """The width of the Gaussian that suits the noise, unit frame; 0 for a clean scan.

        A Gaussian of width h takes the mean of about (h / spacing)^2 points, which leaves an error of
        noise * spacing / h, and rounds off a surface by an amount that grows as h^2. The two are in balance where h^3
        is in proportion to noise * spacing; the factor is measured (docs/design.md).
        """
        return 0.4 * (self.noise * self.spacing) ** (1 / 3)


DENSE_AND_CLEAN = Sampling(spacing=0.0, noise=0.0)


@dataclass(frozen=True)
class Schedule:
    """The levels of one run, from coarse to fine.

    Attributes:
        preset: that they come from.
        levels: at least one.
        area: of the surface, unit frame.
    """

    preset: Preset
    levels: tuple[Level, ...]
    area: float = 1.0

    @classmethod
    def of(cls, settings: Settings, *, sampling: Sampling = DENSE_AND_CLEAN) -> "Schedule":
        """The preset's levels, ending at the resolution and after the steps that the settings ask for.

        Args:
            settings: of the run.
            sampling: of the scan, to which all presets but the published one adapt.
        """
        preset = PRESETS[settings.preset]
        levels, asked = preset.levels, settings.resolution
        refines = preset.refined_to > 0 and (asked is None or asked > levels[-1].resolution)
        if asked is not None and not refines:
            levels = _ending_at(levels, asked)
        elif asked is None and not preset.as_published:
            levels = _no_finer_than_the_points(levels, sampling.spacing)
        if not preset.as_published:
            levels = tuple(replace(level, sigma=max(level.sigma, sampling.sigma(level.resolution))) for level in levels)
        if refines:
            levels = (*levels, *_refining(levels[-1], sampling, up_to=asked or preset.refined_to, asked=asked))
            levels = levels if asked is None else _ending_at(levels, asked)
        if settings.steps is not None:
            levels = _sharing(levels, settings.steps)
        return cls(preset, levels, sampling.area or 1.0)

    @property
    def total_steps(self) -> int:
        return sum(level.steps for level in self.levels)

    @property
    def finest(self) -> int:
        """The highest resolution of all levels."""
        return max(level.resolution for level in self.levels)

    @property
    def most_points(self) -> int:
        """The largest number of oriented points of all levels."""
        return max(level.points for level in self.levels)

    def at(self, step: int, user: Parameters, *, resamplings: int = 0) -> InForce:
        """The values of a step (from 0), after ``resamplings`` earlier ones; past the end those of the last step.

        What the user set goes before what the schedule says.
        """
        level, step_in_level = self._locate(step)
        halvings = step_in_level // self.preset.lr_halved_every
        lr = max(level.lr * 0.5**halvings, min(level.lr, self.preset.lr_floor))
        return InForce(
            resolution=level.resolution if user.resolution is None else user.resolution,
            sigma=level.sigma if user.sigma is None else user.sigma,
            lr=lr if user.lr is None else user.lr,
            points=level.points + self.preset.points_growth * resamplings if user.points is None else user.points,
            resample_every=self.preset.resample_every if user.resample_every is None else user.resample_every,
        )

    def level_at(self, step: int) -> Level:
        """The level that a step (from 0) belongs to; past the end the last one."""
        return self.levels[self.number_at(step)]

    def begins_level(self, step: int) -> bool:
        """Whether a step (from 0) is the first of a level."""
        return step in accumulate((level.steps for level in self.levels[:-1]), initial=0)

    def ends_level(self, step: int) -> bool:
        """Whether a step (from 0) is the last of a level."""
        return step + 1 in accumulate(level.steps for level in self.levels)

    @property
    def last_descending(self) -> int:
        """Which of the levels is the last that descends the loss, from 0."""
        return max(number for number, level in enumerate(self.levels) if not level.refines)

    def number_at(self, step: int) -> int:
        """Which of the levels a step (from 0) belongs to, from 0; past the end the last one."""
        ends = accumulate(level.steps for level in self.levels)
        return next((number for number, end in enumerate(ends) if step < end), len(self.levels) - 1)

    def over_at(self, step: int) -> "Schedule":
        """The same schedule, over after so many steps in all."""
        return replace(self, levels=_cut(self.levels, step))

    def next_level_at(self, step: int) -> "Schedule":
        """The same schedule, its level over after so many steps in all, and the next one following."""
        cut = _cut(self.levels, step)
        return replace(self, levels=(*cut, *self.levels[len(cut) :]))

    def as_it_was_at(self, step: int, *, planned: "Schedule") -> "Schedule":
        """The schedule before what came at a step was known: a level that was cut there lasts as long as planned."""
        ends = accumulate(level.steps for level in self.levels)
        pairs = zip(self.levels, planned.levels, ends, strict=False)
        known = sum(end < step or (end == step and level == whole) for level, whole, end in pairs)
        return replace(self, levels=(*self.levels[:known], *planned.levels[known:]))

    def lasting(self, level_steps: Sequence[int]) -> "Schedule":
        """The same schedule with so many steps of each level; those that have none fall away."""
        return replace(
            self,
            levels=tuple(replace(level, steps=steps) for level, steps in zip(self.levels, level_steps, strict=False)),
        )

    def until(self, steps: int) -> "Schedule":
        """The same schedule, the last level lengthened to end after so many steps in all; never shortened."""
        *others, last = self.levels
        more = max(0, steps - self.total_steps)
        return replace(self, levels=(*others, replace(last, steps=last.steps + more)))

    def progress(self, step: int) -> float:
        """Share of the run's estimated work that lies before a step, 0 to 1."""
        done = total = 0.0
        for level in self.levels:
            cost = relative_cost(level.resolution, self.area)
            total += level.steps * cost
            done += min(max(step, 0), level.steps) * cost
            step -= level.steps
        return done / total

    def _locate(self, step: int) -> tuple[Level, int]:
        for level in self.levels[:-1]:
            if step < level.steps:
                return level, step
            step -= level.steps
        last = self.levels[-1]
        return last, min(step, last.steps - 1)


def _cut(levels: tuple[Level, ...], steps: int) -> tuple[Level, ...]:
    """The levels until so many steps are done."""
    kept = []
    for level in levels:
        if steps <= 0:
            break
        kept.append(replace(level, steps=min(level.steps, steps)))
        steps -= level.steps
    return tuple(kept)


def _refining(last: Level, sampling: Sampling, *, up_to: int, asked: int | None) -> tuple[Level, ...]:
    """The levels that follow the last one and smooth over less and less, as far as the points of the scan allow.

    Args:
        last: that descends the loss.
        sampling: of the scan.
        up_to: the finest resolution.
        asked: for this resolution, which is then reached whatever the points allow.
    """
    if asked is None:
        fitting = [each for each in _FINEST if last.resolution < each <= up_to and each * sampling.spacing <= _CELLS]
        if not fitting:
            return ()
        up_to = fitting[-1]
    resolutions = [each for each in _FINER if last.resolution < each < up_to] + [up_to]
    points = min(_MOST_POINTS, sampling.points or _MOST_POINTS)
    levels: list[Level] = []
    width = last.sigma / (math.pi * last.resolution)
    while not levels or levels[-1].resolution < up_to or levels[-1].sigma > _SHARPEST:
        width /= _SHARPER
        resolution = next((each for each in resolutions if _SHARPEST / (math.pi * each) <= _ABOUT * width), up_to)
        sigma = max(_SHARPEST, math.pi * resolution * width)
        width = sigma / (math.pi * resolution)
        levels.append(Level(resolution, _CORRECTIONS, sigma, last.lr, points, refines=True))
    return (*levels[:-1], replace(levels[-1], steps=_LAST_CORRECTIONS))


def _no_finer_than_the_points(levels: tuple[Level, ...], spacing: float) -> tuple[Level, ...]:
    """The levels, with the grid of a coarser one in place of grids much finer than the spacing.

    There the vertices between points are drawn to the points, and the surface gets bumps.
    """
    fitting = [level for level in levels[1:] if level.resolution * spacing <= _CELLS_BETWEEN_POINTS]
    finest = fitting[-1] if fitting else levels[0]
    return tuple(
        level if level.resolution <= finest.resolution else replace(finest, steps=level.steps) for level in levels
    )


def _ending_at(levels: tuple[Level, ...], resolution: int) -> tuple[Level, ...]:
    """The levels below the resolution, then one at it with the values of the level it stands for."""
    coarser = tuple(level for level in levels if level.resolution < resolution)
    finest = next((level for level in levels if level.resolution >= resolution), levels[-1])
    return (*coarser, replace(finest, resolution=resolution))


def _sharing(levels: tuple[Level, ...], steps: int) -> tuple[Level, ...]:
    """The levels with their steps scaled to the given sum; levels left without a step fall away, but never the last."""
    total = sum(level.steps for level in levels)
    scaled, before, done = [], 0, 0
    for level in levels:
        before += level.steps
        end = steps * before // total
        if end > done:
            scaled.append(replace(level, steps=end - done))
        done = end
    return tuple(scaled)

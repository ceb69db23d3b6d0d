"""Results as plots."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from benchmarks.quality_rows import QualityRow, cases_in, leads, methods_in, presets_in
from benchmarks.scale import ScaleRow
from benchmarks.step_cost import StepRow
from benchmarks.tables import method_name


class Mark(NamedTuple):
    """How a method is drawn; colours of Okabe and Ito, which the colour-blind can tell apart."""

    color: str
    shape: str


_MARKS = {
    "floor": Mark("#999999", "|"),
    "recipe": Mark("#000000", "s"),
    "naive": Mark("#999999", "s"),
    "published": Mark("#000000", "s"),
    "fast": Mark("#56B4E9", "o"),
    "balanced": Mark("#0072B2", "o"),
    "best": Mark("#009E73", "D"),
    "poisson-8": Mark("#E69F00", "^"),
    "poisson-9": Mark("#D55E00", "v"),
}
_OTHER = Mark("#CC79A7", "P")


def plot_quality(rows: Sequence[QualityRow]) -> Figure:
    """Every method on every case: a line for each case, a panel for each measure; further left is better."""
    cases = cases_in(rows)
    figure, panels = plt.subplots(1, 3, figsize=(10, 1.5 + 0.28 * len(cases)), sharey=True)
    measures = {
        "Chamfer-L1, in thousandths of the longest edge": lambda row: 1e3 * row.chamfer_l1,
        "1 - F-score at 1 %": lambda row: 1 - row.f_score,
        "1 - normal consistency": lambda row: 1 - row.normal_consistency,
    }
    drawn = [row for row in rows if row.failure is None]
    for panel, (label, measure) in zip(panels, measures.items(), strict=True):
        for method in methods_in(rows):
            _dots(panel, method, {row.case: measure(row) for row in drawn if row.method == method}, cases)
        panel.set_xscale("symlog", linthresh=1e-3)  # an F-score can be 1
        _number_plainly(panel)
        panel.set_xlabel(label)
    _name_lines(panels[0], cases)
    _legend_below(figure, panels[0])
    return figure


def plot_time(rows: Sequence[QualityRow]) -> Figure:
    """How many times sooner than the recipe each preset is as near to the truth; open marks: within 15 % of that."""
    cases = cases_in(rows)
    figure, panel = plt.subplots(figsize=(7, 1.5 + 0.28 * len(cases)))
    for preset in presets_in(rows):
        for near, label in ((False, ""), (True, ", within 15 %")):
            found = leads(rows, preset, near=near).items()
            ratios = {case: lead.times_sooner for case, lead in found if lead is not None}
            _dots(panel, preset, ratios, cases, label=label, hollow=near)
    panel.set_xscale("log")
    _number_plainly(panel)
    panel.set_xlabel("times sooner than the recipe at the Chamfer-L1 that it ends with (no mark: never)")
    _name_lines(panel, cases)
    _legend_below(figure, panel)
    return figure


def plot_steps(rows: Sequence[StepRow]) -> Figure:
    """Median milliseconds of a step with quartiles, a panel for each resolution; the dark part is FFT."""
    resolutions = sorted({row.resolution for row in rows})
    methods = list(dict.fromkeys(row.method for row in rows))
    figure, panels = plt.subplots(
        1, len(resolutions), figsize=(3.2 * len(resolutions), 1 + 0.4 * len(methods)), sharey=True, squeeze=False
    )
    for panel, resolution in zip(panels[0], resolutions, strict=True):
        for row in rows:
            if row.resolution != resolution:
                continue
            line, middle = methods.index(row.method), 1e3 * row.seconds
            spread = [[middle - 1e3 * row.quartile_1], [1e3 * row.quartile_3 - middle]]
            color = _MARKS.get(row.method, _OTHER).color
            panel.barh(line, middle, color=color, alpha=0.35, xerr=spread, error_kw={"elinewidth": 1, "capsize": 2})
            panel.barh(line, row.fft_share * middle, color=color, alpha=0.65)
        panel.set_xlabel(f"ms a step at {resolution}³ (dark: FFT)")
        panel.grid(axis="y", visible=False)
    _name_lines(panels[0, 0], methods)
    return figure


def plot_scale(rows: Sequence[ScaleRow]) -> Figure:
    """Seconds of a run and of its parts against the number of points and against the resolution."""
    figure, panels = plt.subplots(1, 2, figsize=(8, 3.2))
    lines = {
        "seconds": ("whole run", "#0072B2", "o"),
        "seconds_to_start": ("until the first step", "#E69F00", "^"),
        "seconds_per_step": ("a step", "#009E73", "D"),
    }
    for panel, varied in zip(panels, ("points", "resolution"), strict=True):
        drawn = sorted((row for row in rows if row.varied == varied), key=lambda row: getattr(row, varied))
        across = [getattr(row, varied) for row in drawn]
        for part, (label, color, shape) in lines.items():
            panel.plot(across, [getattr(row, part) for row in drawn], color=color, marker=shape, label=label)
        panel.set_xscale("log", base=10 if varied == "points" else 2)
        panel.set_yscale("log")
        panel.set_ylabel("seconds")
        if varied == "resolution":
            panel.set_xticks(across, across)
    panels[0].set_xlabel("scan points")
    panels[1].set_xlabel("grid nodes along each axis")
    _legend_below(figure, panels[0])
    return figure


def _dots(
    panel: Axes, method: str, values: dict[str, float], lines: list[str], *, label: str = "", hollow: bool = False
) -> None:
    mark = _MARKS.get(method, _OTHER)
    panel.plot(
        list(values.values()),
        [lines.index(name) for name in values],
        linestyle="none",
        marker=mark.shape,
        color=mark.color,
        markersize=10 if mark.shape == "|" else 6,
        markerfacecolor="none" if hollow else mark.color,
        alpha=0.9,
        label=method_name(method) + label,
    )


def _number_plainly(panel: Axes) -> None:
    """Label a logarithmic axis 1, 2, 5, 10 instead of with powers."""
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.xaxis.set_major_formatter("{x:g}")
    panel.xaxis.set_minor_formatter(NullFormatter())


def _name_lines(panel: Axes, names: Sequence[str]) -> None:
    panel.set_yticks(range(len(names)), names)
    panel.set_ylim(len(names) - 0.5, -0.5)


def _legend_below(figure: Figure, panel: Axes) -> None:
    handles, labels = panel.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)

"""Plots and tables of the latest results, for docs/benchmarks.md, and the table of README.md.

    python -m benchmarks.plots

What has no results yet keeps its place in the page.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import tyro
from matplotlib.figure import Figure

from benchmarks import figures, tables
from benchmarks.detail_rows import DetailRow
from benchmarks.detail_tables import detail_tables, layer_table
from benchmarks.devices import DeviceRow
from benchmarks.feel_rows import FeelRow, SoakRow
from benchmarks.layer_cost import LayerRow
from benchmarks.learned import LearnedRow, learned_tables
from benchmarks.memory import MemoryRow
from benchmarks.one_pass import PassRow
from benchmarks.quality_rows import QualityRow
from benchmarks.real import RealRow
from benchmarks.results import FOLDER, Results, latest
from benchmarks.scale import ScaleRow
from benchmarks.step_cost import StepRow

_DOCS = Path(__file__).parents[1] / "docs"
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "sap-viewer",  # equal results give equal files
}


def main(*, folder: Path = FOLDER, docs: Path = _DOCS) -> None:
    """Draw the plots and fill in the tables.

    Args:
        folder: of the results.
        docs: folder with benchmarks.md and images/; README.md lies beside it.
    """
    pages: dict[Path, list[Section]] = {
        docs / "benchmarks.md": [
            Section("real", RealRow, "real", None, tables.real_table),
            Section("quality", QualityRow, "quality", figures.plot_quality, tables.quality_tables),
            Section("quality", QualityRow, "time-to-quality", figures.plot_time, tables.time_table),
            Section("detail", DetailRow, "detail", None, detail_tables),
            Section("layer_cost", LayerRow, "layer-cost", None, layer_table),
            Section("step_cost", StepRow, "step-cost", figures.plot_steps, tables.step_table),
            Section("memory", MemoryRow, "memory", None, tables.memory_table),
            Section("scale", ScaleRow, "scale", figures.plot_scale, tables.scale_tables),
            Section("devices", DeviceRow, "devices", None, tables.device_table),
            Section("learned", LearnedRow, "learned", None, learned_tables),
            Section("one_pass", PassRow, "one-pass", None, tables.pass_table),
            Section("feel", FeelRow, "feel", None, tables.feel_table),
            Section("soak", SoakRow, "soak", None, tables.soak_table),
        ],
        docs.parent / "README.md": [
            Section("real", RealRow, "real", None, tables.real_summary_table),
            Section("quality", QualityRow, "results", None, tables.summary_table),
        ],
    }
    for page, sections in pages.items():
        if page.exists():
            _fill_in(page, sections, folder=folder, images=docs / "images")


def _fill_in(page: Path, sections: Sequence["Section"], *, folder: Path, images: Path) -> None:
    text = page.read_text()
    for section in sections:
        try:
            found = Results(latest(section.benchmark, folder=folder), section.kind)
        except FileNotFoundError as missing:
            print(missing)
            continue
        rows = found.rows()
        content = f"{section.table(rows)}\n\n{tables.machine_line(found.machines())}"
        if section.plot is not None:
            image = images / f"{section.name}.svg"
            with plt.rc_context(_STYLE):
                figure = section.plot(rows)
                figure.savefig(image, metadata={"Date": None})
            plt.close(figure)
            content = f"![{section.name}](images/{image.name})\n\n{content}"
        text = tables.replace_section(text, section.name, content)
    page.write_text(text)


class Section(NamedTuple):
    """A place in the page, and what fills it."""

    benchmark: str
    kind: type[Any]
    name: str
    plot: Callable[[Sequence[Any]], Figure] | None
    table: Callable[[Sequence[Any]], str]


if __name__ == "__main__":
    tyro.cli(main)

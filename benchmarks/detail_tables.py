"""Results on fine detail as Markdown tables."""

from collections.abc import Callable, Iterable, Sequence

from benchmarks.detail_cases import CASES
from benchmarks.detail_methods import METHODS
from benchmarks.detail_rows import DetailRow
from benchmarks.layer_cost import LayerRow
from benchmarks.tables import crossed_table, markdown_table, number

_MEASURES: dict[str, Callable[[DetailRow], str]] = {
    "Chamfer-L1, in thousandths of the longest edge": lambda row: number(row.chamfer_l1, 1e3, 3),
    "F-score at 0.05 / 0.1 / 0.2 %": lambda row: _joined(
        number(score, 1, 3) for score in (row.f_score_5, row.f_score_10, row.f_score_20)
    ),
    "Normal consistency": lambda row: number(row.normal_consistency, 1, 4),
    "Seconds / of the processor": lambda row: _joined(
        number(seconds, 1, 0) for seconds in (row.seconds, row.cpu_seconds)
    ),
    "Peak memory, GB": lambda row: number(row.gigabytes, 1, 2),
    "Faces, in thousands / components / edges of one face": lambda row: _joined(
        (number(row.faces, 1e-3, 0), number(row.components, 1, 0), number(row.boundary_edges, 1, 0))
    ),
}


def detail_tables(rows: Sequence[DetailRow]) -> str:
    """A table for each measure: cases down, methods across, a hyphen where a method gave no mesh."""
    tables = [f"{title}:\n\n{_by_method(rows, measure)}" for title, measure in _MEASURES.items()]
    failures = [f"- {row.case}, {row.method}: {row.failure}" for row in rows if row.failure]
    return "\n\n".join([*tables, *(["Without a mesh:\n\n" + "\n".join(failures)] if failures else [])])


def layer_table(rows: Sequence[LayerRow]) -> str:
    """The cost of a step through each layer, and what comes of it."""
    head = ["resolution", "layer", "forward, s", "backward, s", "step, s", "peak, GB", "faces"]
    body = [
        [
            f"{row.resolution}³",
            row.layer,
            *(number(seconds, 1, 2) for seconds in (row.forward, row.backward, row.seconds)),
            number(row.gigabytes, 1, 2),
            "-" if row.faces is None else f"{row.faces:,}",
            number(row.boundary_edges, 1, 0),
            number(row.cells_off, 1, 4),
            number(row.cells_off_99, 1, 4),
        ]
        for row in sorted(rows, key=lambda row: row.resolution)
    ]
    return markdown_table([*head, "edges of one face", "cells off, mean", "99 %"], body)


def _by_method(rows: Sequence[DetailRow], measure: Callable[[DetailRow], str]) -> str:
    cells = {(row.case, row.method): measure(row) for row in rows}
    cases = dict.fromkeys(case.name for case in CASES if any(row.case == case.name for row in rows))
    methods = sorted({row.method for row in rows}, key=_order)
    return crossed_table("case", cases, methods, cells, title=str)


def _order(method: str) -> tuple[int, str]:
    """Those of ``METHODS`` in their order; a preset at another resolution stands behind the preset."""
    preset = method.partition("@")[0]
    return (METHODS.index(preset) if preset in METHODS else len(METHODS)), method


def _joined(texts: Iterable[str]) -> str:
    """Measures in one cell; a hyphen where there are none."""
    return " / ".join(texts).replace("- / ", "")

"""The counts of the run, what the mesh measures, and where it is not to be trusted."""

import dearpygui.dearpygui as dpg

from sap_core.mesh.agreement import Agreement
from sap_core.mesh.measures import Measures
from sap_viewer.controls import written
from sap_viewer.desktop.messages import PanelState
from sap_viewer.desktop.panel.theme import DIM, FAINT, TEXT, WARNING, Item, Theme
from sap_viewer.desktop.panel.widgets import columns, hint
from sap_viewer.output.measures_text import closeness, distance, extent, size, structure
from sap_viewer.snapshot import Closeness

ROW_HEIGHT = 36  # pixels, like the one below
MEASURE_WIDTH = 66
NONE = "\N{EN DASH}"
WHEN = "Measured whenever the run rests; faint while it goes on."
HINTS = {
    "Step": "Steps done, and steps of the schedule.",
    "Steps per second": "Over the last two seconds; 0 while the run rests.",
    "Resolution in force": "Nodes of the grid along each axis at the last step.",
    "Oriented points": "Points with normals that carry the surface.",
    "Vertices": "Of the mesh shown.",
    "Faces": "Triangles of the mesh shown.",
    "Scan": "Bounding box of the scan: lengths along x, y and z in its own units.",
    "Mesh": f"Bounding box of the mesh: lengths along x, y and z in units of the scan. {WHEN}",
    "Surface": "Parts that share no vertex; watertight where two faces meet at every edge. "
    f"Area and enclosed volume, in square and cubic units of the scan. {WHEN}",
    "To scan": "From the vertices of the mesh to the nearest points of the scan, in its units: the mean, what 95 % of "
    f"them keep to, and the largest. {WHEN}",
    "From scan": "From points of the scan to the surface, in its units: the mean, what 95 % of them keep to, and the "
    f"largest, which is far where part of the scan has no surface. {WHEN}",
    "Warnings": f"Where the mesh is not to be trusted, and what may help. {WHEN}",
    "Reference": "How near the mesh is to the reference of the files below, in its longest edges: mean distance, "
    f"the F-score at 1 %, and the mean cosine between normals. {WHEN}",
}


class NumbersSection:
    """Six figures in two rows, each under its name, then measures and warnings."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._figures: dict[str, Item] = {}
        rows = (("Step", "Steps per second", "Resolution in force"), ("Oriented points", "Vertices", "Faces"))
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchSame, no_pad_outerX=True):
            for _ in rows[0]:
                dpg.add_table_column()
            for names in rows:
                self._add_row(names)
        self._run = 0
        self._measures: Measures | None = None
        self._agreement: Agreement | None = None
        self._closeness: Closeness | None = None
        with dpg.group() as measures, columns(MEASURE_WIDTH, None):
            for name in ("Scan", "Mesh", "Surface", "To scan", "From scan", "Reference"):
                with dpg.table_row():
                    label: Item = dpg.add_text(name, color=DIM)
                    self._figures[name] = dpg.add_text(NONE)
                    for item in (label, self._figures[name]):
                        dpg.bind_item_font(item, theme.small)
                        hint(item, HINTS[name])
        dpg.bind_item_theme(measures, theme.tight)
        self._warnings: Item = dpg.add_text(wrap=0, show=False, tag="warnings")
        dpg.bind_item_font(self._warnings, theme.small)
        hint(self._warnings, HINTS["Warnings"])

    def _add_row(self, names: tuple[str, ...]) -> None:
        with dpg.table_row(height=ROW_HEIGHT):
            for name in names:
                with dpg.group() as cell:
                    dpg.bind_item_font(dpg.add_text(name, color=DIM), self._theme.small)
                    self._figures[name] = dpg.add_text(NONE)
                dpg.bind_item_theme(cell, self._theme.tight)
                hint(cell, HINTS[name])

    def update(self, state: PanelState) -> None:
        """Show the state's counts, and the latest measures of its run."""
        if state.measures is not None or state.run != self._run:
            self._measures = state.measures
        if state.agreement is not None or state.run != self._run:
            self._agreement = state.agreement
        self._run = state.run
        compared = state.comparison
        if compared is None or compared.at_rest is not None or not len(compared.steps):
            self._closeness = compared.at_rest if compared is not None else None
        measures = self._measures
        resolution = NONE if state.in_force is None else f"{state.in_force.resolution}\N{SUPERSCRIPT THREE}"
        figures = {
            "Step": f"{state.step:,} / {state.total_steps:,}",
            "Steps per second": f"{state.steps_per_second:.1f}",
            "Resolution in force": resolution,
            "Oriented points": written(state.points),
            "Vertices": written(state.vertices),
            "Faces": written(state.faces),
            "Scan": size(state.scan_box) if state.scan_box else NONE,
            "Mesh": size(measures.box) if measures else NONE,
            "Surface": f"{structure(measures)}, {extent(measures)}" if measures else NONE,
            "To scan": distance(measures.distance) if measures and measures.distance else NONE,
            "From scan": distance(self._agreement.from_scan) if self._agreement else NONE,
            "Reference": closeness(self._closeness) if self._closeness else NONE,
        }
        for name, figure in figures.items():
            dpg.set_value(self._figures[name], figure)
        for name in ("Mesh", "Surface", "To scan"):
            dpg.configure_item(self._figures[name], color=FAINT if state.measures is None else TEXT)
        dpg.configure_item(self._figures["From scan"], color=FAINT if state.agreement is None else TEXT)
        warnings = self._agreement.warnings if self._agreement else ()
        dpg.set_value(self._warnings, "\n".join(warnings))
        dpg.configure_item(self._warnings, show=bool(warnings), color=WARNING if state.agreement else FAINT)
        at_rest = compared is not None and compared.at_rest is not None
        dpg.configure_item(self._figures["Reference"], color=TEXT if at_rest else FAINT)

"""The counts of the run."""

import dearpygui.dearpygui as dpg

from sap_viewer.controls import written
from sap_viewer.desktop.messages import PanelState
from sap_viewer.desktop.panel.theme import DIM, Item, Theme

ROW_HEIGHT = 42  # pixels
NONE = "\N{EN DASH}"


class NumbersSection:
    """Six figures in two rows, each under its name."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._figures: dict[str, Item] = {}
        rows = (("Step", "Steps per second", "Resolution in force"), ("Oriented points", "Vertices", "Faces"))
        with dpg.table(header_row=False, policy=dpg.mvTable_SizingStretchSame, no_pad_outerX=True):
            for _ in rows[0]:
                dpg.add_table_column()
            for names in rows:
                self._add_row(names)

    def _add_row(self, names: tuple[str, ...]) -> None:
        with dpg.table_row(height=ROW_HEIGHT):
            for name in names:
                with dpg.group() as cell:
                    dpg.bind_item_font(dpg.add_text(name, color=DIM), self._theme.small)
                    self._figures[name] = dpg.add_text(NONE)
                dpg.bind_item_theme(cell, self._theme.tight)

    def update(self, state: PanelState) -> None:
        """Show the state's counts."""
        resolution = NONE if state.in_force is None else f"{state.in_force.resolution}\N{SUPERSCRIPT THREE}"
        figures = {
            "Step": f"{state.step:,} / {state.total_steps:,}",
            "Steps per second": f"{state.steps_per_second:.1f}",
            "Resolution in force": resolution,
            "Oriented points": written(state.points),
            "Vertices": written(state.vertices),
            "Faces": written(state.faces),
        }
        for name, figure in figures.items():
            dpg.set_value(self._figures[name], figure)

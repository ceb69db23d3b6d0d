"""A mesh that is held, beside the present one: where it is drawn, and the figures of both."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.messages import Action, HoldGhost, LetGhostGo, PanelState, PlaceGhost
from sap_viewer.desktop.panel.theme import DIM, Item, Theme
from sap_viewer.desktop.panel.widgets import button, columns, enable, gap, heading, hint
from sap_viewer.figures import Figures
from sap_viewer.output.measures_text import length

NONE = "\N{EN DASH}"
ROWS: dict[str, Callable[[Figures], str]] = {
    "Step": lambda of: of.step if isinstance(of.step, str) else f"{of.step:,}",
    "Faces": lambda of: f"{of.faces:,}",
    "Area": lambda of: length(of.area),
    "Volume": lambda of: NONE if of.volume is None else length(of.volume),
    "Distance to scan": lambda of: NONE if of.distance is None else length(of.distance),
    "Chamfer-L1": lambda of: NONE if of.chamfer_l1 is None else f"{of.chamfer_l1:.3g}",
    "F-score at 1 %": lambda of: NONE if of.f_score is None else f"{of.f_score:.4f}",
}


class CompareSection:
    """The buttons, and a table that is there while a mesh is held."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._held = self._holdable = False
        gap()
        heading("Compare", theme)
        with dpg.group(horizontal=True):
            self._hold = button(
                "Hold this mesh",
                tag="ghost.hold",
                width=142,
                tip="Keep the mesh shown as a ghost, to compare it with what becomes of it or with another preset. "
                "Key: g, which also lets it go.",
                press=lambda: send(HoldGhost()),
            )
            self._let_go = button(
                "Let go", tag="ghost.let_go", width=86, tip="End the comparison. Key: g.", press=self.let_go
            )
            self._beside: Item = dpg.add_checkbox(
                label="beside",
                tag="ghost.beside",
                callback=lambda _, beside: send(PlaceGhost("beside" if beside else "over")),
            )
            hint(self._beside, "Draw the ghost to the right of the mesh as it is seen now, or translucent over it.")
        with dpg.group(show=False) as self._table, columns(142, None, None):
            with dpg.table_row():
                for name in ("", "held", "shown"):
                    dpg.bind_item_font(dpg.add_text(name, color=DIM), theme.small)
            self._cells = {name: _row(name, theme) for name in ROWS}
        dpg.bind_item_theme(self._table, theme.tight)

    def toggle(self) -> None:
        """Hold the mesh shown, or let go of the one that is held."""
        if self._held:
            self.let_go()
        elif self._holdable:
            self._send(HoldGhost())

    def let_go(self) -> None:
        """Hold none."""
        self._send(LetGhostGo())

    def update(self, state: PanelState) -> None:
        """Show the figures of both."""
        self._held, self._holdable = state.held is not None, state.faces > 0
        enable(self._hold, self._holdable)
        enable(self._let_go, self._held)
        enable(self._beside, self._held)
        dpg.set_value(self._beside, state.ghost_place == "beside")
        dpg.configure_item(self._table, show=self._held)
        for name, cells in self._cells.items():
            for cell, figures in zip(cells, (state.held, state.beside_held), strict=True):
                dpg.set_value(cell, NONE if figures is None else ROWS[name](figures))


def _row(name: str, theme: Theme) -> tuple[Item, Item]:
    with dpg.table_row():
        label, held, shown = dpg.add_text(name, color=DIM), dpg.add_text(NONE), dpg.add_text(NONE)
        for item in (label, held, shown):
            dpg.bind_item_font(item, theme.small)
    return held, shown

"""Which controls of the view share a row of the panel. Logic without DearPyGui."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import get_args

from sap_viewer.controls import Control
from sap_viewer.scene.view_options import Ink


@dataclass
class Row:
    """A layer's controls, each in its column; a row without a switch is always on.

    Attributes:
        name: of the control that begins the row.
        word: which layer it is about.
        color: of the layer.
        look: its size, its place or another choice.
        last: its opacity, or whether it moves.
    """

    name: str
    word: str
    switch: Control | None = field(default=None)
    color: Control | None = field(default=None)
    look: Control | None = field(default=None)
    last: Control | None = field(default=None)


COLUMNS = tuple(column.name for column in fields(Row) if column.name not in ("name", "word"))


def rows_of(controls: Iterable[Control]) -> list[Row]:
    """A switch begins a row; what follows joins it while it is about the same layer and its column is free."""
    rows: list[Row] = []
    for control in controls:
        column = _column(control)
        word = control.name.removeprefix("show_").split("_")[0].removesuffix("s")
        joins = rows and column != "switch" and rows[-1].word == word and getattr(rows[-1], column) is None
        if not joins:
            rows.append(Row(control.name, word))
        setattr(rows[-1], column, control)
    return rows


def _column(control: Control) -> str:
    if control.name.endswith(("_opacity", "_sweep")):
        return "last"
    if control.kind is bool:
        return "switch"
    if control.words == get_args(Ink):
        return "color"
    return "look"

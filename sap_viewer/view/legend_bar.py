"""A legend in the lower left corner of the window."""

from functools import cache

import polyscope as ps
import polyscope.imgui as imgui

from sap_viewer.scene.colormaps import MapName, color_table
from sap_viewer.scene.legend import Legend

_BAR = (0.9, 10.0)  # width and height in heights of a line of text
_SHARE = 0.4  # of the window's height, at most
_INK = (0.15, 0.17, 0.20, 1.0)
_PAPER = (1.0, 1.0, 1.0, 0.72)
_GAP = 0.4


def draw_legend(legend: Legend, *, margin: float) -> None:
    """Draw it on the background of this frame, under all windows."""
    line = imgui.GetFontSize()
    gap, width = _GAP * line, _BAR[0] * line
    height = min(_BAR[1] * line, _SHARE * ps.get_window_size()[1])
    texts = (*legend.title, *(tick.text for tick in legend.ticks))
    widest = max(imgui.CalcTextSize(text)[0] for text in texts)
    beside = max(imgui.CalcTextSize(tick.text)[0] for tick in legend.ticks)
    size = max(widest, width + gap + beside) + 2 * gap, (len(legend.title) + 0.5) * line + height + 3 * gap
    left, bottom = margin, ps.get_window_size()[1] - margin
    top = bottom - size[1]
    sheet = imgui.GetBackgroundDrawList()
    ink = imgui.GetColorU32(_INK)
    sheet.AddRectFilled((left, top), (left + size[0], bottom), imgui.GetColorU32(_PAPER))
    for number, text in enumerate(legend.title):
        sheet.AddText((left + gap, top + gap + number * line), ink, text)
    left, foot = left + gap, bottom - gap - line / 4
    colors = _colors(legend.map)
    share = height / len(colors)
    for row, color in enumerate(colors):
        sheet.AddRectFilled((left, foot - (row + 1) * share), (left + width, foot - row * share), color)
    for tick in legend.ticks:
        y = foot - tick.place * height
        sheet.AddLine((left + width, y), (left + width + gap / 2, y), ink)
        sheet.AddText((left + width + gap, y - line / 2), ink, tick.text)


@cache
def _colors(name: MapName) -> list[int]:
    return [imgui.GetColorU32((red / 255, green / 255, blue / 255, 1.0)) for red, green, blue in color_table(name)[::4]]

"""How the panel looks: its colours, fonts and spacing."""

from pathlib import Path
from typing import cast

import dearpygui.dearpygui as dpg

Color = tuple[int, int, int]
Item = int | str  # DearPyGui names its items by number or by tag

BACKGROUND = (23, 26, 31)
SURFACE = (37, 42, 50)
RAISED = (48, 55, 65)
PRESSED = (60, 68, 80)
LIT = (76, 86, 100)
LINE = (46, 52, 61)
TEXT = (225, 229, 234)
DIM = (139, 149, 162)
FAINT = (92, 100, 112)
ACCENT = (70, 156, 214)
ACCENT_HOVERED = (88, 172, 228)
ACCENT_PRESSED = (58, 136, 190)
GOOD = (98, 196, 138)
WARNING = (236, 178, 84)
BAD = (238, 104, 100)
CHAMFER = (230, 159, 0)  # of curves, told apart from ACCENT and from each other without red and green
F_SCORE = (204, 121, 167)

FONTS = Path(__file__).parent / "fonts"
_SHARES = (dpg.mvStyleVar_SelectableTextAlign,)  # of an item's room, unlike lengths
LINE_HEIGHT = 17  # of the text font, pixels


class Theme:
    """The fonts and themes of the panel, made once in DearPyGui's context; the plain ones apply everywhere."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        with dpg.font_registry():
            self.text: Item = dpg.add_font(str(FONTS / "Roboto-Regular.ttf"), round(LINE_HEIGHT * scale))
            self.small: Item = dpg.add_font(str(FONTS / "Roboto-Regular.ttf"), round(15 * scale))
            self.heading: Item = dpg.add_font(str(FONTS / "Roboto-Medium.ttf"), round(15 * scale))
            self.title: Item = dpg.add_font(str(FONTS / "Roboto-Medium.ttf"), round(22 * scale))
        dpg.bind_font(self.text)
        dpg.bind_theme(_plain_theme(scale))
        self.primary: Item = _button_theme(ACCENT, ACCENT_HOVERED, ACCENT_PRESSED, text=(255, 255, 255))
        self.recording: Item = _button_theme((176, 62, 60), (196, 76, 72), (150, 50, 50), text=(255, 255, 255))
        self.tight: Item = _tight_theme(scale)
        self.dialog: Item = _dialog_theme()
        self.series: Item = _series_theme(ACCENT, weight=1.6)
        self.chamfer: Item = _series_theme(CHAMFER, weight=1.4)
        self.f_score: Item = _series_theme(F_SCORE, weight=1.4)
        self.viewed: Item = _series_theme(ACCENT_HOVERED, weight=2.0)
        self.marks: Item = _series_theme(FAINT, weight=1.0)


def _plain_theme(scale: float) -> Item:
    colors = {
        dpg.mvThemeCol_WindowBg: BACKGROUND,
        dpg.mvThemeCol_ChildBg: BACKGROUND,
        dpg.mvThemeCol_PopupBg: RAISED,
        dpg.mvThemeCol_Border: LINE,
        dpg.mvThemeCol_TitleBg: PRESSED,
        dpg.mvThemeCol_TitleBgActive: PRESSED,
        dpg.mvThemeCol_TableHeaderBg: RAISED,
        dpg.mvThemeCol_Text: TEXT,
        dpg.mvThemeCol_TextDisabled: FAINT,
        dpg.mvThemeCol_FrameBg: SURFACE,
        dpg.mvThemeCol_FrameBgHovered: RAISED,
        dpg.mvThemeCol_FrameBgActive: RAISED,
        dpg.mvThemeCol_Button: RAISED,
        dpg.mvThemeCol_ButtonHovered: PRESSED,
        dpg.mvThemeCol_ButtonActive: ACCENT_PRESSED,
        dpg.mvThemeCol_Header: RAISED,
        dpg.mvThemeCol_HeaderHovered: PRESSED,
        dpg.mvThemeCol_HeaderActive: ACCENT_PRESSED,
        dpg.mvThemeCol_CheckMark: ACCENT,
        dpg.mvThemeCol_SliderGrab: ACCENT,
        dpg.mvThemeCol_SliderGrabActive: ACCENT_HOVERED,
        dpg.mvThemeCol_PlotHistogram: ACCENT,
        dpg.mvThemeCol_ScrollbarBg: BACKGROUND,
        dpg.mvThemeCol_ScrollbarGrab: RAISED,
        dpg.mvThemeCol_ScrollbarGrabHovered: PRESSED,
        dpg.mvThemeCol_ScrollbarGrabActive: PRESSED,
        dpg.mvThemeCol_Separator: LINE,
        dpg.mvThemeCol_TextSelectedBg: ACCENT_PRESSED,
    }
    styles = {
        dpg.mvStyleVar_WindowPadding: (14, 12),
        dpg.mvStyleVar_FramePadding: (8, 3),
        dpg.mvStyleVar_ItemSpacing: (8, 4),
        dpg.mvStyleVar_CellPadding: (4, 1),
        dpg.mvStyleVar_FrameRounding: (4,),
        dpg.mvStyleVar_GrabRounding: (3,),
        dpg.mvStyleVar_PopupRounding: (4,),
        dpg.mvStyleVar_ScrollbarRounding: (4,),
        dpg.mvStyleVar_ScrollbarSize: (10,),
        dpg.mvStyleVar_GrabMinSize: (8,),
        dpg.mvStyleVar_SelectableTextAlign: (0, 0.5),
        dpg.mvStyleVar_WindowBorderSize: (0,),
        dpg.mvStyleVar_ChildBorderSize: (0,),
        dpg.mvStyleVar_PopupBorderSize: (0,),
    }
    plot_colors: dict[int, tuple[int, ...]] = {
        dpg.mvPlotCol_PlotBg: SURFACE,
        dpg.mvPlotCol_FrameBg: BACKGROUND,
        dpg.mvPlotCol_PlotBorder: LINE,
        dpg.mvPlotCol_AxisGrid: (*PRESSED, 120),
        dpg.mvPlotCol_AxisText: DIM,
        dpg.mvPlotCol_InlayText: DIM,
    }
    with dpg.theme() as theme:
        with dpg.theme_component(dpg.mvAll):
            for target, color in colors.items():
                dpg.add_theme_color(target, color)
            for target, values in styles.items():
                factor = 1.0 if target in _SHARES else scale
                dpg.add_theme_style(target, *(factor * value for value in values))
            for target, plot_color in plot_colors.items():
                dpg.add_theme_color(target, plot_color, category=dpg.mvThemeCat_Plots)
            dpg.add_theme_style(dpg.mvPlotStyleVar_PlotPadding, 0, 4, category=dpg.mvThemeCat_Plots)
            dpg.add_theme_style(dpg.mvPlotStyleVar_AnnotationPadding, 2, 0, category=dpg.mvThemeCat_Plots)
            dpg.add_theme_style(dpg.mvPlotStyleVar_LabelPadding, 4, 4, category=dpg.mvThemeCat_Plots)
        for widget in (
            *(dpg.mvButton, dpg.mvSliderFloat, dpg.mvSliderInt, dpg.mvCombo, dpg.mvCheckbox, dpg.mvSelectable),
            *(dpg.mvInputText, dpg.mvInputDouble),
        ):
            with dpg.theme_component(widget, enabled_state=False):
                dpg.add_theme_color(dpg.mvThemeCol_Text, FAINT)
                dpg.add_theme_color(dpg.mvThemeCol_SliderGrab, PRESSED)
                dpg.add_theme_color(dpg.mvThemeCol_CheckMark, FAINT)
                for target in (dpg.mvThemeCol_Button, dpg.mvThemeCol_ButtonHovered, dpg.mvThemeCol_ButtonActive):
                    dpg.add_theme_color(target, SURFACE)
                for target in (dpg.mvThemeCol_FrameBgHovered, dpg.mvThemeCol_FrameBgActive):
                    dpg.add_theme_color(target, SURFACE)
    return cast(Item, theme)


def _button_theme(plain: Color, hovered: Color, pressed: Color, *, text: Color) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvButton):
        dpg.add_theme_color(dpg.mvThemeCol_Button, plain)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, hovered)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonActive, pressed)
        dpg.add_theme_color(dpg.mvThemeCol_Text, text)
    return cast(Item, theme)


def _tight_theme(scale: float) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_style(dpg.mvStyleVar_ItemSpacing, 8 * scale, 1 * scale)
        dpg.add_theme_style(dpg.mvStyleVar_FramePadding, 8 * scale, 0)
    return cast(Item, theme)


def _dialog_theme() -> Item:
    """Buttons that stand out from a dialog, which is raised itself."""
    with dpg.theme() as theme, dpg.theme_component(dpg.mvButton):
        dpg.add_theme_color(dpg.mvThemeCol_Button, PRESSED)
        dpg.add_theme_color(dpg.mvThemeCol_ButtonHovered, LIT)
    return cast(Item, theme)


def _series_theme(color: Color, *, weight: float) -> Item:
    with dpg.theme() as theme, dpg.theme_component(dpg.mvAll):
        dpg.add_theme_color(dpg.mvPlotCol_Line, color, category=dpg.mvThemeCat_Plots)
        dpg.add_theme_style(dpg.mvPlotStyleVar_LineWeight, weight, category=dpg.mvThemeCat_Plots)
    return cast(Item, theme)

"""The panel's window: its sections, from top to bottom."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.messages import Action, Located, PanelState, PlacePanel
from sap_viewer.desktop.panel.crop import CropSection
from sap_viewer.desktop.panel.files import FilesSection
from sap_viewer.desktop.panel.keys import Key, Keys
from sap_viewer.desktop.panel.loss_plot import LossPlot
from sap_viewer.desktop.panel.numbers import NumbersSection
from sap_viewer.desktop.panel.settings import SettingsSection
from sap_viewer.desktop.panel.status import StatusSection
from sap_viewer.desktop.panel.theme import BACKGROUND, Theme
from sap_viewer.desktop.panel.transport import TransportSection
from sap_viewer.desktop.panel.view import ViewSection

TITLE = "sap-viewer panel"


class Panel:
    """The window and its sections. DearPyGui's context must be open; user actions go to ``send``."""

    def __init__(self, place: PlacePanel, send: Callable[[Action], None]) -> None:
        dpg.configure_app(manual_callback_management=True)
        dpg.create_viewport(
            title=TITLE,
            x_pos=place.x,
            y_pos=place.y,
            width=place.width,
            height=place.height,
            min_width=380,
            min_height=400,
            clear_color=(*BACKGROUND, 255),
        )
        dpg.setup_dearpygui()
        theme = Theme()
        with dpg.window(no_scrollbar=True) as window:
            status = StatusSection(theme)
            transport = TransportSection(theme, send)
            dpg.add_spacer(height=1)
            dpg.add_separator()
            with dpg.child_window(width=-1, height=-1):
                numbers = NumbersSection(theme)
                self._loss = LossPlot(theme)
                settings = SettingsSection(theme, send)
                view = ViewSection(theme, send)
                crop = CropSection(theme, send)
                self._files = FilesSection(theme, send)
                Keys(
                    theme,
                    (
                        Key(dpg.mvKey_Spacebar, "space", "run/pause", transport.run_or_pause),
                        Key(dpg.mvKey_S, "s", "step", transport.step),
                        Key(dpg.mvKey_R, "r", "reset", transport.reset),
                        Key(dpg.mvKey_E, "e", "export", self._files.export_mesh),
                        Key(dpg.mvKey_V, "v", "record", self._files.record_or_stop),
                    ),
                    typing=lambda: self._files.editing,
                )
        self._sections = (status, transport, numbers, self._loss, settings, view, crop, self._files)
        self._mouse = dpg.get_mouse_pos(local=False)
        dpg.set_primary_window(window, True)
        dpg.show_viewport()
        dpg.render_dearpygui_frame()  # texts can be measured from here on

    def update(self, state: PanelState) -> None:
        """Show this state."""
        for section in self._sections:
            section.update(state)

    def draw(self) -> bool:
        """Act on what the user did since the last frame and draw the next; whether there was anything to act on."""
        self._loss.read_out()
        dpg.render_dearpygui_frame()
        jobs = dpg.get_callback_queue()
        dpg.run_callbacks(jobs)
        mouse, self._mouse = self._mouse, dpg.get_mouse_pos(local=False)
        return bool(jobs) or mouse != self._mouse or self._files.editing

    def locate(self, tag: str) -> Located:
        """Where the control is in the window."""
        if not dpg.does_item_exist(tag) or not dpg.is_item_shown(tag):
            return Located(tag, 0, 0, 0, 0)
        x, y, width, height = map(int, (*dpg.get_item_rect_min(tag), *dpg.get_item_rect_size(tag)))
        return Located(tag, x, y, width, height)

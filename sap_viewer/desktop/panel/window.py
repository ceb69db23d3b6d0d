"""The panel's window: its sections, from top to bottom."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.desktop.greeting import PlacePanel
from sap_viewer.desktop.messages import Action, Located, OpenScan, PanelMoved, PanelState, ShowDialog
from sap_viewer.desktop.panel.compare import CompareSection
from sap_viewer.desktop.panel.crop import CropSection
from sap_viewer.desktop.panel.dialogs import Dialogs
from sap_viewer.desktop.panel.file_dialog import REFERENCE, SCAN, FileDialog
from sap_viewer.desktop.panel.files import FilesSection
from sap_viewer.desktop.panel.help_page import HelpPage
from sap_viewer.desktop.panel.keys import Keys
from sap_viewer.desktop.panel.loss_plot import LossPlot
from sap_viewer.desktop.panel.numbers import NumbersSection
from sap_viewer.desktop.panel.predict import PredictSection
from sap_viewer.desktop.panel.question_dialog import QuestionDialog
from sap_viewer.desktop.panel.scaling import Scaling
from sap_viewer.desktop.panel.settings import SettingsSection
from sap_viewer.desktop.panel.status import StatusSection
from sap_viewer.desktop.panel.theme import BACKGROUND, Item, Theme
from sap_viewer.desktop.panel.timeline import TimelineSection
from sap_viewer.desktop.panel.toolbar import Toolbar
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
            min_width=round(380 * place.scale),
            min_height=round(400 * place.scale),
            clear_color=(*BACKGROUND, 255),
        )
        dpg.setup_dearpygui()
        theme = Theme(place.scale)
        self._scaling, self._scale = Scaling(place.scale), place.scale
        self._send = send
        self._dialogs = Dialogs()
        self._open = FileDialog(theme, self._dialogs, SCAN, lambda path: send(OpenScan(path)))
        reference = FileDialog(theme, self._dialogs, REFERENCE, lambda path: self._files.refer_to(path))
        question = QuestionDialog(theme, self._dialogs, send)
        self._help = HelpPage(theme, self._dialogs)
        with dpg.window(no_scrollbar=True) as window:
            toolbar = Toolbar(open_scan=self._open.show, show_help=self._help.show, send=send)
            self._status = status = StatusSection(theme)
            transport = TransportSection(theme, self._ask)
            dpg.add_spacer(height=1)
            dpg.add_separator()
            with dpg.child_window(width=-1, height=-1) as self._body:
                numbers = NumbersSection(theme)
                self._loss = LossPlot(theme)
                timeline = TimelineSection(theme, send)
                settings = SettingsSection(theme, send)
                view = ViewSection(theme, send)
                predict = PredictSection(theme, self._ask)
                compare = CompareSection(theme, send)
                crop = CropSection(theme, send)
                self._files = FilesSection(theme, send, choose_reference=reference.show)
        presses = {
            "space": transport.run_or_pause,
            "s": transport.step,
            "r": transport.reset,
            "d": transport.resample,
            "n": transport.reorient,
            "f": transport.flip,
            "left": timeline.earlier,
            "right": timeline.later,
            "end": timeline.back_to_now,
            "b": timeline.branch,
            "p": predict.predict,
            "g": compare.toggle,
            "ctrl+z": transport.undo,
            "ctrl+shift+z": transport.redo,
            "e": self._files.export_mesh,
            "v": self._files.record_or_stop,
            "o": self._open.show,
            "F1": self._help.show,
        }
        self._keys = Keys(presses, dialog_open=lambda: self._dialogs.open is not None)
        self._sections = (
            toolbar,
            status,
            transport,
            numbers,
            self._loss,
            timeline,
            settings,
            view,
            predict,
            compare,
            crop,
            self._files,
            self._open,
            reference,
            question,
        )
        self._mouse = dpg.get_mouse_pos(local=False)
        self._scaling.apply()
        dpg.set_primary_window(window, True)
        dpg.show_viewport()
        dpg.render_dearpygui_frame()  # texts can be measured from here on
        dpg.set_y_scroll(self._body, place.scroll)
        self._place = self._place_now()

    def update(self, state: PanelState) -> None:
        """Show this state."""
        for section in self._sections:
            section.update(state)

    def draw(self) -> bool:
        """Act on what the user did since the last frame and draw the next; whether there was anything to act on."""
        self._scaling.apply()
        self._loss.read_out()
        dpg.render_dearpygui_frame()
        self._keys.look()
        jobs = dpg.get_callback_queue()
        dpg.run_callbacks(jobs)
        if jobs:
            dpg.render_dearpygui_frame()  # so that the answer is seen at once
        mouse, self._mouse = self._mouse, dpg.get_mouse_pos(local=False)
        self._tell_place()
        return bool(jobs) or mouse != self._mouse or self._files.editing or self._dialogs.open is not None

    def show(self, dialog: ShowDialog) -> None:
        """Open a dialog whose key was pressed in the other window."""
        (self._open.show if dialog.dialog == "open" else self._help.show)()

    def locate(self, tag: str, *, reveal: bool = False) -> Located:
        """Where the control is in the window; where it is to be revealed, the sections are scrolled to it first."""
        if not dpg.does_item_exist(tag) or not _is_shown(tag):
            return Located(tag, 0, 0, 0, 0)
        if reveal:
            self._scroll_to(tag)
        x, y, width, height = map(int, (*dpg.get_item_rect_min(tag), *dpg.get_item_rect_size(tag)))
        return Located(tag, x, y, width, height)

    def _ask(self, action: Action) -> None:
        self._send(action)
        self._status.acknowledge()

    def _scroll_to(self, tag: str) -> None:
        _, top = dpg.get_item_pos(self._body)
        bottom = top + dpg.get_item_rect_size(self._body)[1]
        _, above = dpg.get_item_rect_min(tag)
        _, below = dpg.get_item_rect_max(tag)
        if not _is_part_of(tag, self._body) or (top <= above and below <= bottom):
            return
        wanted = dpg.get_y_scroll(self._body) + (above + below - top - bottom) / 2
        dpg.set_y_scroll(self._body, max(0.0, wanted))  # what is negative would be the end
        for _ in range(2):  # one to scroll, and one that lays out what has come into sight
            dpg.render_dearpygui_frame()

    def _place_now(self) -> PlacePanel:
        x, y = map(int, dpg.get_viewport_pos())
        width, height = dpg.get_viewport_width(), dpg.get_viewport_height()
        return PlacePanel(x, y, width, height, int(dpg.get_y_scroll(self._body)), self._scale)

    def _tell_place(self) -> None:
        place = self._place_now()
        if place != self._place:
            self._place = place
            self._send(PanelMoved(place))


def _is_shown(item: Item | None) -> bool:
    """Whether the item and all that it is part of are shown."""
    return not item or (dpg.is_item_shown(item) and _is_shown(dpg.get_item_parent(item)))


def _is_part_of(item: Item | None, container: Item) -> bool:
    return bool(item) and (item == container or _is_part_of(dpg.get_item_parent(item), container))

"""What a network makes of the scan in one pass: asked for, compared with the mesh, and continued from."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from sap_viewer.commands import Predict
from sap_viewer.desktop.messages import Action, ContinueFromPrediction, HoldPrediction, PanelState
from sap_viewer.desktop.panel.theme import DIM, Item, Theme
from sap_viewer.desktop.panel.widgets import button, enable, gap, heading

UNASKED = "One pass of a network over the scan, beside the run."


class PredictSection:
    """Three buttons, and a line that tells what the network sees."""

    def __init__(self, theme: Theme, send: Callable[[Action], None]) -> None:
        self._send = send
        self._usable = False
        gap()
        heading("Prediction", theme)
        with dpg.group(horizontal=True):
            self._predict = button(
                "Predict",
                tag="predict",
                width=142,
                tip="Let a network see the scan once, which takes less than a second; the run goes on as it is. It was "
                "trained on noise and stray points. Without windows: sap-predict. Key: p.",
                press=self.predict,
            )
            self._compare = button(
                "Compare",
                tag="prediction.compare",
                width=86,
                tip="Hold the predicted mesh as a ghost over or beside the one shown, with the figures of both in the "
                "table below. Key to let it go: g.",
                press=lambda: send(HoldPrediction()),
            )
            self._continue = button(
                "Continue from it",
                tag="prediction.continue",
                tip="Start over from the network's surface, or where it is far from the scan, as without it; but "
                "without the points that it takes for stray ones, and with the settings as they are. Without windows: "
                '--init learned. "Start over" takes the start of the command line again.',
                press=lambda: send(ContinueFromPrediction()),
            )
        self._told: Item = dpg.add_text(UNASKED, color=DIM)
        dpg.bind_item_font(self._told, theme.small)

    def predict(self) -> None:
        """Ask the network."""
        if self._usable:
            self._send(Predict())

    def update(self, state: PanelState) -> None:
        """Offer what there is, and tell of it."""
        self._usable = state.steerable
        seen = bool(state.prediction)
        enable(self._predict, state.steerable)
        enable(self._compare, seen and state.faces > 0)
        enable(self._continue, seen and state.steerable)
        dpg.set_value(self._told, state.prediction[:1].upper() + state.prediction[1:] or UNASKED)

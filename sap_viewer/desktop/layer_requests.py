"""What the engine is asked for beside points and mesh: slices, and the values that colour a mesh."""

import math

from sap_viewer.commands import SetMeshValues, SetSlices
from sap_viewer.scene.coloring import values_wanted
from sap_viewer.scene.scene import slices_wanted
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.session import Session

_SLICES_INTERVAL_S = 1 / 15  # of a moving one; less would leave the engine no moment to measure a mesh at rest


class LayerRequests:
    """Asks when something else is needed than was asked for last; for a slice that moves, only when it is time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._slices, self._slices_asked_at = SetSlices(), -math.inf
        self._values = SetMeshValues()

    def ask(self, needed: ViewOptions, *, now: float) -> None:
        """Ask for what these options need drawn, if that is new; now is in seconds."""
        values, slices = values_wanted(needed), slices_wanted(needed)
        if values != self._values:
            self._values = values
            self._session.send(values)
        if slices != self._slices and now - self._slices_asked_at >= _SLICES_INTERVAL_S:
            self._slices, self._slices_asked_at = slices, now
            self._session.send(slices)

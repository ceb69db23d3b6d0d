"""What a network makes of the scan of a run in one pass: kept for as long as the run follows that scan."""

import time
from dataclasses import replace

from sap_core.checkpoint import Fingerprint
from sap_core.config import Settings
from sap_core.geometry import PointCloud
from sap_core.learned.prediction import predict
from sap_core.learned.weights import network_of
from sap_core.solver.isosurface import SurfaceVanished
from sap_core.validate.error import InputError
from sap_viewer.engine.judge import Judge
from sap_viewer.snapshot import Prediction


class Foresight:
    """Asks a network, and keeps its last answer.

    Attributes:
        prediction: the answer; None while there is none about the scan that is followed.
    """

    def __init__(self) -> None:
        self.prediction: Prediction | None = None
        self._seen: Fingerprint | None = None  # the scan that the answer is about

    def ask(self, scan: PointCloud, weights: str | None, *, settings: Settings, judge: Judge | None) -> None:
        """Have the network look at a scan as ``Settings.init`` 'learned' would.

        Args:
            scan: what of the scan is reconstructed, stray points and all.
            weights: of the network; None for the one that comes with the program.
            settings: of the run, for the device and the seed.
            judge: holds the reference that the answer is compared with, if there is one.

        Raises:
            InputError: the weights cannot be used, or the network finds no surface; the answer before stays.
        """
        began = time.monotonic()
        network = network_of(weights)
        try:
            found = predict(scan, network, device=settings.device, seed=settings.seed)
        except SurfaceVanished as error:
            raise InputError(
                f"{weights or 'the network'} finds no surface in the scan: crop it to one object"
            ) from error
        seconds = time.monotonic() - began
        self.prediction = Prediction(found.mesh, found.cloud, seconds, weights)
        self._seen = Fingerprint.of(scan.points)
        self.compare(judge)

    def follow(self, scan: Fingerprint) -> None:
        """Forget an answer about another scan than this, which is followed now."""
        if scan != self._seen:
            self.prediction = self._seen = None

    def compare(self, judge: Judge | None) -> None:
        """Measure the answer against the reference, or against none."""
        if self.prediction is None:
            return
        closeness = None if judge is None else judge.closeness(self.prediction.mesh)
        if closeness != self.prediction.closeness:  # what stays the same object is not sent again
            self.prediction = replace(self.prediction, closeness=closeness)

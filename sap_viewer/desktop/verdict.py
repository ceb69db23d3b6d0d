"""The engine's verdict on a scan, awaited before any window opens where memory may not suffice."""

import time

from sap_core.config import PRESETS, Settings
from sap_core.free_memory import available_memory
from sap_core.memory import Workload, predict
from sap_core.validate.error import InputError
from sap_viewer.session import Session

_LARGE_SURFACE = 10.0  # area in the unit frame: more than that of most scans
_MANY_POINTS = 1_000_000
_POLL_S = 0.01


def memory_is_in_doubt(settings: Settings) -> bool:
    """Whether a large scan might need more memory than the system has. The engine alone knows the scan's own need."""
    preset = PRESETS[settings.preset]
    workload = Workload(
        scan=_MANY_POINTS,
        samples=preset.samples or _MANY_POINTS,
        points=settings.points or max(level.points for level in preset.levels),
        area=_LARGE_SURFACE,
        published=preset.as_published,
        device="cpu",
    )
    finest = settings.resolution or max(level.resolution for level in preset.levels)
    return predict(finest, workload) > available_memory()


def await_load(session: Session) -> None:
    """Wait until the engine has taken the scan, or has ended.

    Raises:
        InputError: it has refused it.
    """
    while session.alive:
        snapshot = session.snapshot()
        if snapshot.run > 0:
            return
        if snapshot.message and snapshot.status != "busy":
            raise InputError(snapshot.message)
        time.sleep(_POLL_S)

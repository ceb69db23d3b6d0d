"""What the list of resolutions offers: each with its memory and time, and which of them the run cannot have."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sap_core.memory import GB, Budget, Workload, predict
from sap_core.validate.settings import FINEST_DENSE
from sap_viewer.pace import step_seconds

UNKNOWN = "\N{EN DASH}"


@dataclass(frozen=True)
class Offer:
    """A row of the list."""

    resolution: int
    memory: str
    time: str
    fits: bool


def offers(choices: Sequence[int], budget: Budget | None, unit_seconds: float | None) -> list[Offer]:
    """A row for each choice.

    Args:
        choices: resolutions.
        budget: of memory; None while no scan is loaded.
        unit_seconds: as in the snapshot; None before the first step.
    """
    area = 1.0 if budget is None else budget.workload.area
    return [
        Offer(
            choice,
            memory=UNKNOWN if budget is None else f"{predict(choice, budget.workload) / GB:.1f} GB",
            time=UNKNOWN if unit_seconds is None else seconds_text(step_seconds(choice, unit_seconds, area=area)),
            fits=budget is None or (_is_offered(choice, budget.workload) and budget.fits(choice)),
        )
        for choice in choices
    ]


def left_out(choices: Sequence[int], budget: Budget | None) -> str:
    """Why some are not offered; empty where all are."""
    if budget is None:
        return ""
    offered = [choice for choice in choices if _is_offered(choice, budget.workload)]
    if not all(map(budget.fits, offered)):
        free = math.floor(10 * budget.available / GB) / 10  # never said to be as much as what does not fit
        return f"Greyed: they need more than the {free:.1f} GB of memory that are free."
    return "" if len(offered) == len(choices) else f"Greyed: the preset published ends at {FINEST_DENSE} nodes."


def _is_offered(resolution: int, workload: Workload) -> bool:
    """Whether the layer of the run reaches it."""
    return resolution <= FINEST_DENSE or not workload.published


def seconds_text(seconds: float) -> str:
    """A duration with no more digits than an estimate has."""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"

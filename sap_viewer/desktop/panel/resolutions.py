"""What the list of resolutions offers: those for which there is memory, each with what it needs."""

from collections.abc import Sequence

from sap_core.memory import GB, Budget, predict


def offered(choices: Sequence[int], budget: Budget | None) -> list[str]:
    """The resolutions that fit, such as "256 (0.9 GB)"; while no scan is loaded all of them, without what they need."""
    if budget is None:
        return [str(choice) for choice in choices]
    return [_with_need(choice, budget) for choice in choices if budget.fits(choice)]


def left_out(choices: Sequence[int], budget: Budget | None) -> str:
    """Which resolutions are not offered, and why; empty where all are."""
    missing = [choice for choice in choices if budget is not None and not budget.fits(choice)]
    if budget is None or not missing:
        return ""
    needs = ", ".join(_with_need(choice, budget) for choice in missing)
    return f"Left out, since {budget.available / GB:.1f} GB of memory are free: {needs}"


def resolution_in(offer: str) -> int:
    """The resolution of what ``offered`` gave."""
    return int(offer.partition(" ")[0])


def _with_need(resolution: int, budget: Budget) -> str:
    return f"{resolution} ({predict(resolution, budget.workload) / GB:.1f} GB)"

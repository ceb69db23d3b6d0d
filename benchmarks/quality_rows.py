"""What a method achieves on a case, and how rows of it are looked up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from benchmarks.cases import CASES
from sap_core import Mesh, compare

METHODS = ("floor", "recipe", "fast", "balanced", "best", "poisson-8", "poisson-9")
NEAR = 1.15  # of the recipe's Chamfer-L1 counts as near it


@dataclass(frozen=True)
class QualityRow:
    """One method on one case.

    Attributes:
        method: "floor", "recipe", "poisson-DEPTH" or the name of a preset.
        points: of the scan.
        seconds: wall time from the scan in memory to the mesh.
        chamfer_l1, f_score, normal_consistency: as ``compare`` gives them.
        steps: that a preset took.
        seconds_to_recipe: wall time until Chamfer-L1 is that at the end of the recipe.
        seconds_to_near_recipe: the same for 1.15 times that.
        recipe_time_from: "naive run", or "naive steps" where the recipe's time is extrapolated from some steps.
        failure: why there is no mesh.
    """

    case: str
    method: str
    points: int
    seconds: float | None = None
    chamfer_l1: float | None = None
    f_score: float | None = None
    normal_consistency: float | None = None
    steps: int | None = None
    seconds_to_recipe: float | None = None
    seconds_to_near_recipe: float | None = None
    recipe_time_from: str | None = None
    failure: str | None = None

    def of(self, mesh: Mesh, reference: Mesh) -> "QualityRow":
        """The row with the measures of a mesh."""
        metrics = compare(mesh, reference)
        return replace(
            self,
            chamfer_l1=metrics.chamfer_l1,
            f_score=metrics.f_score,
            normal_consistency=metrics.normal_consistency,
        )


class Lead(NamedTuple):
    """When a preset is as near to the truth as the recipe is at its end."""

    seconds: float
    times_sooner: float


def leads(rows: Sequence[QualityRow], preset: str, *, near: bool) -> dict[str, Lead | None]:
    """For each case with both: the lead of the preset, or None where it never gets there.

    Args:
        near: whether ``NEAR`` times the recipe's Chamfer-L1 is enough.
    """
    found: dict[str, Lead | None] = {}
    for case in cases_in(rows):
        row, recipe = find(rows, case, preset), find(rows, case, "recipe")
        if row is not None and recipe is not None and recipe.seconds is not None:
            seconds = row.seconds_to_near_recipe if near else row.seconds_to_recipe
            found[case] = None if seconds is None else Lead(seconds, recipe.seconds / seconds)
    return found


def cases_in(rows: Iterable[QualityRow]) -> list[str]:
    """Names of the cases of the rows, in the order of ``CASES``."""
    found = {row.case for row in rows}
    return [case.name for case in CASES if case.name in found]


def methods_in(rows: Iterable[QualityRow]) -> list[str]:
    """Methods of the rows, in the order of ``METHODS``, then others."""
    found = dict.fromkeys(row.method for row in rows)
    return [*(name for name in METHODS if name in found), *(name for name in found if name not in METHODS)]


def presets_in(rows: Sequence[QualityRow]) -> list[str]:
    """Those of the methods that are presets: they take steps."""
    return [method for method in methods_in(rows) if any(row.method == method and row.steps for row in rows)]


def find(rows: Iterable[QualityRow], case: str, method: str) -> QualityRow | None:
    """The row of a case and a method."""
    return next((row for row in rows if (row.case, row.method) == (case, method)), None)

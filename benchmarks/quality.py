"""Quality and time of every method on every case, in one process.

    python -m benchmarks.quality [--small] [--cases animal plate] [--recipe naive] [--append]

The methods: the published recipe up to 128^3, the presets, screened Poisson, and the floor: the reference compared with
itself, which is what drawing samples costs. Reading files and the start of processes are not timed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import tyro

from benchmarks.cases import Scan, choose
from benchmarks.naive import LEVELS, Level
from benchmarks.own_process import ProcessFailed
from benchmarks.quality_rows import NEAR, QualityRow
from benchmarks.recipe import Form, run_recipe
from benchmarks.results import FOLDER, Results
from benchmarks.screened_poisson import run_screened_poisson
from benchmarks.timed_run import timed_run, warm_up
from sap_core import Diverged, Settings, SurfaceVanished
from sap_core.config import PresetName


def main(
    *,
    cases: tuple[str, ...] = (),
    small: bool = False,
    presets: tuple[PresetName, ...] = ("fast", "balanced", "best"),
    depths: tuple[int, ...] = (8, 9),
    recipe: Literal["naive", "product", "none"] = "product",
    recipe_steps: int = 1000,
    every: int = 5,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure quality and time.

    Args:
        cases: their names; all cases if none is given.
        small: take the few cases that show the most.
        presets: of the product.
        depths: of screened Poisson.
        recipe: which step goes through the published schedule; "product" times some naive steps instead of all.
        recipe_steps: at each of the recipe's levels; fewer than published are for trying out.
        every: steps between two looks at a preset's mesh.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    chosen = choose(cases, small=small)
    results = Results.of_run("quality", QualityRow, append=append, folder=folder)
    levels = tuple(level._replace(steps=recipe_steps) for level in LEVELS)
    methods: dict[str, Method] = {"floor": _floor}
    if recipe != "none":
        methods["recipe"] = partial(_recipe, form=recipe, levels=levels)
    methods |= {preset: partial(_preset, preset=preset, every=every) for preset in presets}
    methods |= {f"poisson-{depth}": partial(_screened_poisson, depth=depth) for depth in depths}
    warm_up()
    for case in chosen:
        done = {row.method: row for row in results.rows() if row.case == case.name}
        missing = [name for name in methods if name not in done]
        if not missing:
            continue
        scan = case.load()
        for name in missing:
            row = QualityRow(case.name, name, len(scan.cloud))
            target = done["recipe"].chamfer_l1 if "recipe" in done else None
            try:
                row = methods[name](row, scan, target)
            except (SurfaceVanished, Diverged, ProcessFailed) as error:
                row = replace(row, failure=str(error))
            results.add(row)
            done[name] = row


Method = Callable[[QualityRow, Scan, float | None], QualityRow]  # the row, the scan, the recipe's Chamfer-L1


def _floor(row: QualityRow, scan: Scan, _: float | None) -> QualityRow:
    return row.of(scan.reference, scan.reference)


def _recipe(row: QualityRow, scan: Scan, _: float | None, *, form: Form, levels: Sequence[Level]) -> QualityRow:
    run = run_recipe(scan.cloud, form, levels=levels)
    return replace(row.of(run.mesh, scan.reference), seconds=run.seconds, recipe_time_from=run.time_from)


def _preset(row: QualityRow, scan: Scan, target: float | None, *, preset: PresetName, every: int) -> QualityRow:
    targets = () if target is None else (target, NEAR * target)
    run = timed_run(scan.cloud, Settings(preset=preset), reference=scan.reference, targets=targets, every=every)
    row = replace(row.of(run.mesh, scan.reference), seconds=run.seconds, steps=run.steps)
    if targets:
        row = replace(row, seconds_to_recipe=run.reached[0], seconds_to_near_recipe=run.reached[1])
    return row


def _screened_poisson(row: QualityRow, scan: Scan, _: float | None, *, depth: int) -> QualityRow:
    run = run_screened_poisson(scan.cloud, depth=depth)
    return replace(row.of(run.mesh, scan.reference), seconds=run.cost.seconds)


if __name__ == "__main__":
    tyro.cli(main)

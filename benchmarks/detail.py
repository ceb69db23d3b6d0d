"""How much of fine detail is kept: scans of bodies whose surface is known exactly, up to five million points.

    python -m benchmarks.detail [--small] [--cases waves-1m-noisy] [--methods best balanced@512] [--append]

Every run has a process of its own; reading files and the start of processes are not timed.
"""

from dataclasses import replace
from pathlib import Path

import tyro

from benchmarks.detail_cases import choose
from benchmarks.detail_methods import METHODS, NotTried, method_of
from benchmarks.detail_rows import DetailRow
from benchmarks.own_process import ProcessFailed
from benchmarks.results import FOLDER, Results


def main(
    *,
    cases: tuple[str, ...] = (),
    small: bool = False,
    methods: tuple[str, ...] = METHODS,
    append: bool = False,
    folder: Path = FOLDER,
) -> None:
    """Measure what is kept of fine detail.

    Args:
        cases: their names; all cases if none is given.
        small: take the few cases for trying out.
        methods: their names; a preset may have a resolution, as in best@512.
        append: add to the latest file what it lacks.
        folder: of the results.
    """
    chosen = choose(cases, small=small)
    by_name = {name: method_of(name) for name in methods}
    results = Results.of_run("detail", DetailRow, append=append, folder=folder)
    for case in chosen:
        done = {row.method for row in results.rows() if row.case == case.name}
        missing = [name for name in methods if name not in done]
        if not missing:
            continue
        scan = case.load()
        for name in missing:
            row = DetailRow(case.name, name, len(scan.cloud))
            try:
                outcome = by_name[name](scan)
            except (ProcessFailed, NotTried) as error:
                results.add(replace(row, failure=str(error)))
                continue
            cost = {} if outcome.cost is None else outcome.cost._asdict()
            row = replace(row, resolution=outcome.resolution, normals_seconds=outcome.normals_seconds, **cost)
            results.add(row.of(outcome.mesh, scan.body))


if __name__ == "__main__":
    tyro.cli(main)

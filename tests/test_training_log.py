"""What a training run writes down: rows of a CSV file, and the same numbers for TensorBoard."""

import csv
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from sap_core.learned.training import Progress
from sap_viewer.training_log import EVERY, TrainingLog

MEASURED = {20: 0.5, 40: 0.25}


def logged(folder: Path, *, steps: range, began_after: int = 0) -> list[dict[str, str]]:
    log = TrainingLog(folder / "log.csv", step=began_after, batch=4, tensorboard=folder / "board")
    for step in steps:
        log.add(Progress(step, loss=1 / step, lr=1e-3, seconds=0.5, waited=0.1, validation=MEASURED.get(step)))
    log.close()
    with (folder / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_tensorboard_is_told_what_the_file_is_told(tmp_path: Path) -> None:
    rows = logged(tmp_path, steps=range(1, EVERY + 1))
    assert [int(row["step"]) for row in rows] == [*MEASURED, EVERY]
    board = EventAccumulator(str(tmp_path / "board")).Reload()
    for name in ("loss", "lr", "scans_per_second", "waited", "memory_gb", "validation"):
        told = {event.step: event.value for event in board.Scalars(name)}
        written = {int(row["step"]): float(row[name]) for row in rows if row[name]}
        assert told == pytest.approx(written, rel=1e-5)


def test_a_row_is_the_mean_of_the_steps_since_the_one_before(tmp_path: Path) -> None:
    first, second, _ = logged(tmp_path, steps=range(1, EVERY + 1))
    assert float(first["loss"]) == pytest.approx(sum(1 / step for step in range(1, 21)) / 20, rel=1e-5)
    assert float(second["loss"]) == pytest.approx(sum(1 / step for step in range(21, 41)) / 20, rel=1e-5)
    assert float(first["scans_per_second"]) == pytest.approx(8)
    assert float(first["waited"]) == pytest.approx(0.2)


def test_rows_of_steps_that_are_done_again_are_dropped(tmp_path: Path) -> None:
    logged(tmp_path, steps=range(1, 41))
    rows = logged(tmp_path, steps=range(21, 41), began_after=20)
    assert [row["step"] for row in rows] == ["20", "40"]

"""What a training run came to, step by step: as CSV, and for TensorBoard."""

import csv
import importlib
from pathlib import Path
from typing import Any, TextIO

import psutil

from sap_core.learned.training import Progress
from sap_core.validate.settings import missing_tensorboard

COLUMNS = ("step", "loss", "lr", "scans_per_second", "waited", "memory_gb", "validation")
EVERY = 50  # steps


class TrainingLog:
    """Writes a row for every so many steps, with the mean of what they came to.

    Args:
        path: of the CSV file. Where a run goes on, rows of steps that it does again are dropped.
        step: done before.
        batch: scans in a step.
        tensorboard: folder for TensorBoard, if it is wanted.

    Raises:
        InputError: TensorBoard is wanted and not installed.
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path, *, step: int, batch: int, tensorboard: Path | None) -> None:
        self._batch = batch
        self._since: list[Progress] = []
        rows = _rows(path, up_to=step) if step else []
        self._file: TextIO = path.open("w", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerows([COLUMNS, *rows])
        self._board = _board(tensorboard) if tensorboard else None

    def add(self, progress: Progress) -> None:
        """Take note of a step."""
        self._since.append(progress)
        if progress.validation is None and progress.step % EVERY:
            return
        steps, seconds = len(self._since), sum(each.seconds for each in self._since)
        row = {
            "step": progress.step,
            "loss": sum(each.loss for each in self._since) / steps,
            "lr": progress.lr,
            "scans_per_second": self._batch * steps / seconds,
            "waited": sum(each.waited for each in self._since) / seconds,
            "memory_gb": psutil.Process().memory_info().rss / 1e9,
            "validation": progress.validation,
        }
        self._csv.writerow(["" if value is None else f"{value:.6g}" for value in row.values()])
        self._file.flush()
        if self._board:
            for name in COLUMNS[1:]:
                if row[name] is not None:
                    self._board.add_scalar(name, row[name], progress.step)
        self._since = []

    def close(self) -> None:
        """End the files."""
        self._file.close()
        if self._board:
            self._board.close()


def _rows(path: Path, *, up_to: int) -> list[list[str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [row for row in list(csv.reader(file))[1:] if len(row) == len(COLUMNS) and float(row[0]) <= up_to]


def _board(folder: Path) -> Any:
    try:
        tensorboard = importlib.import_module("torch.utils.tensorboard")
    except ImportError as error:
        raise missing_tensorboard() from error
    return tensorboard.SummaryWriter(folder)

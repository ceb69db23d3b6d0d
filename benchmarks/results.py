"""Results as CSV: one file for each run, a row as soon as it is known, each with the machine and the commit."""

import csv
import os
import platform
import subprocess
import types
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import torch

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FOLDER = Path(__file__).parent / "results"

Row = TypeVar("Row", bound="DataclassInstance")


@dataclass(frozen=True)
class Machine:
    """Where and by which code a row was measured."""

    date: str
    commit: str  # ends in + where files differed from it
    platform: str
    processor: str
    cores: int
    python: str
    torch: str
    threads: int
    load: float  # average of the last minute: more than the threads means that others computed, too

    @classmethod
    def here(cls) -> "Machine":
        """This machine, now."""
        return cls(
            date=datetime.now().isoformat(timespec="seconds"),
            commit=_commit(),
            platform=platform.platform(),
            processor=_processor(),
            cores=os.cpu_count() or 1,
            python=platform.python_version(),
            torch=version("torch"),
            threads=torch.get_num_threads(),
            load=round(os.getloadavg()[0], 2),
        )


class Results(Generic[Row]):
    """The rows of one run, in a file.

    Args:
        path: of a CSV; if it exists, rows are added to it.
        kind: dataclass of a row, with fields of type str, int, float, or one of these or None.

    Raises:
        ValueError: the file has other columns.
    """

    def __init__(self, path: Path, kind: type[Row]) -> None:
        self.path = path
        self._kind = kind
        self._columns = [entry.name for part in (kind, Machine) for entry in fields(part)]
        if path.exists() and path.read_text().partition("\n")[0].split(",") != self._columns:
            raise ValueError(f"{path} has other columns than {', '.join(self._columns)}: start a new file")

    @classmethod
    def of_run(cls, benchmark: str, kind: type[Row], *, append: bool, folder: Path = FOLDER) -> "Results[Row]":
        """A new file in the folder, or with ``append`` the latest one of the benchmark.

        Raises:
            FileNotFoundError: there is none yet to append to.
        """
        if append:
            return cls(latest(benchmark, folder=folder), kind)
        folder.mkdir(exist_ok=True)
        machine = Machine.here()
        name = f"{benchmark}-{machine.date.replace(':', '')}-{machine.commit.rstrip('+')}.csv"
        return cls(folder / name, kind)

    def rows(self) -> list[Row]:
        """All rows so far."""
        return [_build(self._kind, row) for row in self._read()]

    def machines(self) -> list[Machine]:
        """Where each row was measured."""
        return [_build(Machine, row) for row in self._read()]

    def add(self, row: Row) -> None:
        """Write a row, and print it."""
        values = asdict(row)
        first = not self.path.exists()
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, self._columns, lineterminator="\n")
            if first:
                writer.writeheader()
            writer.writerow(values | asdict(Machine.here()))
        print("  ".join(f"{name} {_short(value)}" for name, value in values.items() if value is not None), flush=True)

    def _read(self) -> list[dict[str, str]]:
        if not self.path.exists():
            return []
        with self.path.open(newline="") as file:
            return list(csv.DictReader(file))


def latest(benchmark: str, *, folder: Path = FOLDER) -> Path:
    """The newest file of a benchmark in the folder.

    Raises:
        FileNotFoundError: there is none.
    """
    files = sorted(folder.glob(f"{benchmark}-*.csv"))  # a name begins with the date
    if not files:
        raise FileNotFoundError(f"no results of {benchmark} in {folder}: run python -m benchmarks.{benchmark}")
    return files[-1]


def _build(kind: type[Row], texts: dict[str, str]) -> Row:
    return kind(**{name: _parse(texts[name], hint) for name, hint in get_type_hints(kind).items()})


def _parse(text: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        if not text:
            return None
        hint = next(kind for kind in get_args(hint) if kind is not type(None))
    return hint(text)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _commit() -> str:
    def git(*arguments: str) -> str:
        root = Path(__file__).parents[1]
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()

    changed = git("status", "--porcelain", "sap_core", "benchmarks/*.py")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def _processor() -> str:
    """The model, where the system tells."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()

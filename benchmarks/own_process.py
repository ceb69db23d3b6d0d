"""A function in a process of its own, arrays in and arrays out.

For libraries whose threads and torch's would wait for one another, and for peak memory, which is that of a process.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from sap_core.memory import GB


class Cost(NamedTuple):
    """What a computation in a process took.

    Attributes:
        seconds: wall time without the start of the process and its files.
        cpu_seconds: of all its threads; what else the machine does lengthens these less.
        gigabytes: that the process held at most (1e9 bytes), libraries included.
    """

    seconds: float
    cpu_seconds: float
    gigabytes: float


class Answer(NamedTuple):
    """What a function returned, and what it took."""

    arrays: dict[str, NDArray[Any]]
    cost: Cost


class ProcessFailed(RuntimeError):
    """The process ended without an answer."""


class ProcessKilled(ProcessFailed):
    """The system ended the process, for want of memory or for a memory error of its own."""


def call_apart(module: str, **arguments: ArrayLike) -> Answer:
    """Call the function that a module of the benchmarks serves, with as many threads as torch has here.

    Raises:
        ProcessFailed: it ended without an answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "arguments.npz", Path(folder) / "answer.npz"
        _save(given, arguments)
        done = subprocess.run(
            [sys.executable, "-m", module, given, answer],
            env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
            cwd=Path(__file__).parents[1],
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no message"]
            kind = ProcessFailed if done.returncode > 0 else ProcessKilled
            raise kind(f"{module} ended with code {done.returncode}: {reason[0]}")
        with np.load(answer) as arrays:
            found = dict(arrays)
    seconds, cpu_seconds, peak = found.pop("cost").tolist()
    return Answer(found, Cost(seconds, cpu_seconds, peak / GB))


def serve(function: Callable[..., Mapping[str, ArrayLike]], *, prepare: Callable[[], object] = lambda: None) -> None:
    """Answer ``call_apart`` by a function; a module that is called ends in this.

    Args:
        function: gets the arguments by name, as arrays.
        prepare: what goes before it and is not timed.
    """
    given, answer = map(Path, sys.argv[1:])
    with np.load(given) as file:
        arguments = dict(file)
    prepare()
    started, cpu_started = time.perf_counter(), time.process_time()
    results = function(**arguments)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    _save(answer, {**results, "cost": (seconds, cpu_seconds, peak_bytes())})


def peak_bytes() -> int:
    """How much memory this process has held at most since it began to run its program."""
    status = Path("/proc/self/status")
    if status.exists():  # of getrusage Linux raises the value to that of the process which started this one
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return 1024 * int(lines["VmHWM"].split()[0])
    kibibytes = 1024 if sys.platform != "darwin" else 1  # macOS counts bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kibibytes


def _save(path: Path, arrays: Mapping[str, ArrayLike]) -> None:
    named: dict[str, Any] = {name: np.asarray(value) for name, value in arrays.items()}
    np.savez(path, **named)

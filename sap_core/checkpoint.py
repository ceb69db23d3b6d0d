"""A run on its way, as a file from which it can be resumed: an .npz of a header in JSON and three arrays, no pickle."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from sap_core.changes import Change
from sap_core.config import InForce, Parameters, Settings, Span
from sap_core.formats.parsing import parsing
from sap_core.geometry import Direction, FloatArray, ReadOnlyArrays
from sap_core.validate.checkpoints import another_scan, another_version, damaged_checkpoint, no_checkpoint
from sap_core.validate.error import InputError
from sap_core.validate.files import check_input, check_output
from sap_core.validate.settings import check_parameters, check_settings
from sap_core.whole_file import whole_file

CHECKPOINT_SUFFIXES = (".npz",)

_VERSION = 5  # of the file; whatever changes what a run does with it needs another one
_HEADER = "sap_checkpoint"  # the array that tells a checkpoint from other archives
_ARRAYS = ("variables", "first_moments", "second_moments")
_NEAREST = "nearest_"  # the beginning of the names that belong to those points
_ANY_COUNT = Span(0, 2**53)


@dataclass(frozen=True)
class Fingerprint:
    """By which a scan is known again.

    Attributes:
        points: how many.
        sha256: of their coordinates, in their order.
    """

    points: int
    sha256: str

    @classmethod
    def of(cls, points: FloatArray) -> "Fingerprint":
        """That of points (N, 3), scan frame."""
        return cls(len(points), hashlib.sha256(np.ascontiguousarray(points).data).hexdigest())


@dataclass(frozen=True, eq=False)
class OptimizerState(ReadOnlyArrays):
    """The oriented points as the optimiser holds them, and what Adam remembers; (2, N, 3) float32 each.

    Attributes:
        variables: the logits of the points in the unit cube, and the normals.
        first_moments: running mean of the gradients.
        second_moments: running mean of their squares.
        descents: steps that the moments come from.
    """

    variables: NDArray[np.float32]
    first_moments: NDArray[np.float32]
    second_moments: NDArray[np.float32]
    descents: Annotated[int, _ANY_COUNT]


@dataclass(frozen=True, eq=False)
class NearestState:
    """The surface of a refinement that lies nearest to the scan so far.

    Attributes:
        points: that make it.
        resolution, sigma: of the grid.
        deviation, last_deviation: of the scan from it and from the surface of the last step, unit frame.
    """

    points: OptimizerState
    resolution: int
    sigma: float
    deviation: float
    last_deviation: float


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that the rest of a run depends on, but the scan and what follows from scan and settings.

    Attributes:
        settings: of the run.
        scan: which it is of.
        notices: those of the reconstruction.
        step, resamplings: how many there have been.
        parameters: what the user holds fixed.
        in_force: what the last step used.
        losses: of the last steps with these values, by which it is seen whether the loss has settled.
        level_steps: of each level of the schedule, as far as it is known how long they last.
        refining: whether each point stands for a sample (``refinement``).
        nearest: what a refinement may go back to.
        generator: state of the random number generator, as numpy gives it.
        optimizer: the oriented points.
        facing: which way an open sheet looks, of length 1; None of a body.
        changes: what was done to the run up to its step, and what is due after it.
    """

    settings: Settings
    scan: Fingerprint
    notices: tuple[str, ...]
    step: Annotated[int, _ANY_COUNT]
    resamplings: Annotated[int, _ANY_COUNT]
    parameters: Parameters
    in_force: InForce
    losses: tuple[float, ...]
    level_steps: tuple[int, ...]
    refining: bool
    generator: dict[str, Any]
    optimizer: OptimizerState
    nearest: NearestState | None = None
    facing: Direction | None = None
    changes: tuple[Change, ...] = ()

    def check_scan(self, points: FloatArray) -> None:
        """Refuse points (N, 3) other than those that the run began with.

        Raises:
            InputError: they are others.
        """
        if Fingerprint.of(points) != self.scan:
            raise another_scan(found=len(points), wanted=self.scan.points)

    def rng(self) -> np.random.Generator:
        """A generator that goes on where that of the run stood."""
        rng = np.random.default_rng()
        rng.bit_generator.state = self.generator
        return rng


def write_checkpoint(checkpoint: Checkpoint, path: str | Path) -> None:
    """Write a checkpoint as .npz. An older file is replaced once the new one is whole.

    Raises:
        InputError: the path cannot be written to.
        OSError: writing failed, for example on a full disk; an older file is still there.
    """
    path = Path(path)
    check_output(path, suffixes=CHECKPOINT_SUFFIXES, kind="checkpoint")
    header = asdict(checkpoint)
    del header["optimizer"]
    if checkpoint.nearest is not None:
        del header["nearest"]["points"]
    arrays: dict[str, Any] = {}
    for prefix, state in _states(checkpoint):
        arrays |= {prefix + name: getattr(state, name) for name in _ARRAYS}
        header[prefix + "descents"] = state.descents
    header |= {"version": _VERSION, "program": version("sap-viewer")}
    arrays[_HEADER] = np.array(json.dumps(header, default=np.generic.item))  # settings may be numbers of numpy
    archive = BytesIO()
    np.savez(archive, **arrays)
    with whole_file(path) as temporary:
        temporary.write_bytes(archive.getbuffer())


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read what ``write_checkpoint`` wrote.

    Raises:
        InputError: the file cannot be read, is no checkpoint, of another version or damaged, or its settings cannot be
            used.
    """
    path = Path(path)
    with parsing(path):
        check_input(path, suffixes=CHECKPOINT_SUFFIXES, kind="checkpoint")
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            header = _read_header(archive, path)
            optimizer = _read_state(archive, header, path, prefix="")
            nearest = header.pop("nearest")
            if nearest is not None:
                nearest = NearestState(_read_state(archive, header, path, prefix=_NEAREST), **nearest)
        checkpoint = Checkpoint(
            settings=Settings(**header.pop("settings")),
            parameters=Parameters(**header.pop("parameters")),
            in_force=InForce(**header.pop("in_force")),
            scan=Fingerprint(**header.pop("scan")),
            notices=tuple(header.pop("notices")),
            level_steps=tuple(int(steps) for steps in header.pop("level_steps")),
            losses=tuple(float(loss) for loss in header.pop("losses")),
            optimizer=optimizer,
            nearest=nearest,
            facing=_direction(header.pop("facing")),
            changes=tuple(Change(**change) for change in header.pop("changes")),
            **header,
        )
        _check(checkpoint, path)
    return checkpoint


def _direction(found: list[float] | None) -> Direction | None:
    if found is None:
        return None
    x, y, z = (float(value) for value in found)
    if not math.isclose(math.hypot(x, y, z), 1, abs_tol=1e-3):
        raise ValueError(f"a direction has length 1, got {(x, y, z)}")
    return x, y, z


def _check(checkpoint: Checkpoint, path: Path) -> None:
    """Let fail here what would fail in the run."""
    checkpoint.rng()
    now = checkpoint.in_force
    if not all(0 <= value < math.inf for value in asdict(now).values()):
        raise damaged_checkpoint(path, f"the values in force must be finite numbers, got {now}")
    try:
        for part in (checkpoint, checkpoint.settings, checkpoint.optimizer):
            check_settings(part)
        for parameters in (checkpoint.parameters, Parameters(now.resolution)):
            check_parameters(parameters, checkpoint.settings)
        for change in checkpoint.changes:
            change.check(checkpoint.settings)
    except InputError as error:
        raise damaged_checkpoint(path, str(error)) from error


def _read_header(archive: NpzFile, path: Path) -> dict[str, Any]:
    if _HEADER not in archive.files:
        raise no_checkpoint(path, found=archive.files)
    header: dict[str, Any] = json.loads(archive[_HEADER].item())
    found, program = header.pop("version"), header.pop("program")
    if found != _VERSION:
        raise another_version(path, found=found, wanted=_VERSION, program=program)
    return header


def _states(checkpoint: Checkpoint) -> list[tuple[str, OptimizerState]]:
    """The points that a checkpoint holds, and what the names of their arrays begin with."""
    states = [("", checkpoint.optimizer)]
    return states if checkpoint.nearest is None else [*states, (_NEAREST, checkpoint.nearest.points)]


def _read_state(archive: NpzFile, header: dict[str, Any], path: Path, *, prefix: str) -> OptimizerState:
    return OptimizerState(**_read_arrays(archive, path, prefix=prefix), descents=header.pop(prefix + "descents"))


def _read_arrays(archive: NpzFile, path: Path, *, prefix: str) -> dict[str, NDArray[np.float32]]:
    missing = [prefix + name for name in _ARRAYS if prefix + name not in archive.files]
    if missing:
        raise damaged_checkpoint(path, f"of the arrays {', '.join(_ARRAYS)} it lacks {', '.join(missing)}")
    arrays: dict[str, NDArray[Any]] = {name: archive[prefix + name] for name in _ARRAYS}
    count = arrays["variables"].shape[1:2]
    wanted = (2, *count, 3)
    for name, array in arrays.items():
        if array.dtype != np.float32 or array.shape != wanted or not array.size:
            raise damaged_checkpoint(
                path,
                f"{name} must be float32 of shape {wanted if count else '(2, N, 3)'}, "
                f"got {array.dtype} of shape {array.shape}",
            )
        bad = array.size - np.isfinite(array).sum()
        if bad:
            raise damaged_checkpoint(path, f"{bad:,} of {array.size:,} values of {name} are NaN or infinite")
    return arrays

"""The command line ``sap-evaluate MESH [MESH ...] REFERENCE``: how near meshes are to a surface that is known."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import tyro
from typing_extensions import Doc

from sap_core.config import Span
from sap_core.geometry import Mesh
from sap_core.io import read_mesh
from sap_core.mesh.metrics import Metrics, compare
from sap_core.mesh.topology import Topology, topology
from sap_core.validate.error import InputError
from sap_core.validate.files import check_output
from sap_core.validate.points import check_surface
from sap_core.validate.settings import check_settings
from sap_core.whole_file import whole_file
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED, exit_with

STDOUT = Path("-")


@dataclass(frozen=True)
class Options:
    """Measure how near meshes are to a reference, the true surface, and whether they are closed."""

    files: Annotated[
        tyro.conf.Positional[list[Path]],
        tyro.conf.arg(metavar="MESH [MESH ...] REFERENCE", help_behavior_hint=""),
        Doc("Files of meshes: PLY, OBJ, STL, OFF, GLB or NPZ. All are in one frame, and the last is the reference."),
    ]
    json: Annotated[
        Path | None,
        tyro.conf.arg(metavar="PATH", help_behavior_hint=""),
        Doc("Write the figures here as well: .json; or - to print them as JSON instead of the table."),
    ] = None
    samples: Annotated[int, Doc("Points drawn on either surface."), Span(100, 10_000_000, unit="points")] = 100_000
    seed: Annotated[int, Doc("Seed of the drawing."), Span(0, 2**32 - 1)] = 0


class Evaluation(NamedTuple):
    """What was found out about a mesh."""

    path: Path
    metrics: Metrics
    topology: Topology


_CELLS: dict[str, Callable[[Evaluation], str]] = {
    "mesh": lambda found: str(found.path),
    "Chamfer-L1": lambda found: f"{found.metrics.chamfer_l1:.5f}",
    "Chamfer-L2": lambda found: f"{found.metrics.chamfer_l2:.2e}",
    "F 0.5 %": lambda found: f"{found.metrics.f_score_half_percent:.3f}",
    "F 1 %": lambda found: f"{found.metrics.f_score:.3f}",
    "F 2 %": lambda found: f"{found.metrics.f_score_two_percent:.3f}",
    "normal consistency": lambda found: f"{found.metrics.normal_consistency:.3f}",
    "watertight": lambda found: "yes" if found.topology.watertight else "no",
    "components": lambda found: f"{found.topology.components:,}",
    "boundary edges": lambda found: f"{found.topology.boundary_edges:,}",
    "non-manifold edges": lambda found: f"{found.topology.non_manifold_edges:,}",
}


def main() -> None:
    """Run ``sap-evaluate`` and exit with its code."""
    options = tyro.cli(Options, prog="sap-evaluate")
    exit_with(lambda: run(options))


def run(options: Options) -> int:
    """Evaluate and deliver the figures.

    Returns:
        The exit code of the program.
    """
    try:
        check_options(options)
        evaluations = evaluate(options)
    except InputError as error:
        print(f"sap-evaluate: {error}", file=sys.stderr)
        return BAD_INPUT
    if options.json == STDOUT:
        print(as_json(evaluations, options))
        return DONE
    print(as_table(evaluations, options))
    if options.json is not None:
        try:
            with whole_file(options.json) as temporary:
                temporary.write_text(as_json(evaluations, options) + "\n")
        except OSError as error:
            print(f"sap-evaluate: cannot write {options.json}: {error.strerror or error}", file=sys.stderr)
            return FAILED
    return DONE


def check_options(options: Options) -> None:
    """Refuse what would only fail after the work.

    Raises:
        InputError: there are too few files, a number is out of range, or the JSON file cannot be written.
    """
    check_settings(options)
    if len(options.files) < 2:
        raise InputError("give the meshes and, after them, the reference: sap-evaluate MESH [MESH ...] REFERENCE")
    if options.json not in (None, STDOUT):
        check_output(options.json, suffixes=(".json",), kind="figures")


def evaluate(options: Options) -> list[Evaluation]:
    """Compare every mesh with the reference; all are read before any is compared.

    Raises:
        InputError: a file cannot be read, holds no faces, or its faces have no area or a corner that is not finite.
    """
    *meshes, reference = [_read(path) for path in options.files]
    return [
        Evaluation(path, compare(mesh, reference, samples=options.samples, seed=options.seed), topology(mesh))
        for path, mesh in zip(options.files[:-1], meshes, strict=True)
    ]


def as_table(evaluations: Sequence[Evaluation], options: Options) -> str:
    """A row for each mesh, in columns as wide as they need to be."""
    rows = [tuple(_CELLS), *(tuple(cell(found) for cell in _CELLS.values()) for found in evaluations)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *figures in rows:
        cells = [name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(figures, widths[1:], strict=True))]
        lines.append("  ".join(cells))
    unit = f"Lengths are in units of the longest edge of {options.files[-1]}; {options.samples:,} samples on either."
    return "\n".join([*lines, "", unit])


def as_json(evaluations: Sequence[Evaluation], options: Options) -> str:
    """All figures under the names of ``Metrics`` and ``Topology``, and what they depend on."""
    figures = [{"mesh": str(found.path), **asdict(found.metrics), **asdict(found.topology)} for found in evaluations]
    contents = {
        "reference": str(options.files[-1]),
        "samples": options.samples,
        "seed": options.seed,
        "meshes": figures,
    }
    return json.dumps(contents, indent=2)


def _read(path: Path) -> Mesh:
    mesh = read_mesh(path)
    check_surface(mesh, source=str(path))
    return mesh


if __name__ == "__main__":
    main()

"""The command line ``sap-predict SCAN -o MESH``: a mesh by one pass of a trained network."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from typing_extensions import Doc

import sap_core
from sap_core import learned
from sap_core.config import DeviceName, Span
from sap_core.io import CLOUD_SUFFIXES, MESH_SUFFIXES, read_cloud, write_cloud, write_mesh
from sap_core.validate.error import InputError
from sap_core.validate.files import check_output
from sap_core.validate.settings import check_settings
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED, exit_with


@dataclass(frozen=True)
class Options:
    """Turn a 3D scan into a watertight mesh by one forward pass of a network."""

    scan: Annotated[tyro.conf.Positional[Path], Doc("File of points, or of a mesh to be sampled.")]
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"]), Doc("Write the mesh here: .ply, .obj, .stl, .off or .glb.")]
    weights: Annotated[
        Path | None,
        Doc(
            "Weights of the network, instead of the ones that come with the program: .safetensors, or a published "
            "checkpoint of Shape As Points (.pt, .pth)."
        ),
    ] = None
    cloud: Annotated[Path | None, Doc("Write the oriented points here: .ply.")] = None
    points: Annotated[
        int, Doc("Points of the scan that the network sees at most."), Span(100, 100_000, unit="points")
    ] = 3_000
    turns: Annotated[
        int | None,
        Doc(
            "Orientations in which the network sees the scan; more are nearer to the truth and take longer. All 6, "
            "unless it is said otherwise; 1 for a network of the published kind, which gives the published answer then."
        ),
        Span(1, 6, unit="orientations"),
    ] = None
    resolution: Annotated[
        int, Doc("Grid nodes along each axis of the Poisson solver, an even number."), Span(16, 512, unit="nodes")
    ] = 128
    sigma: Annotated[
        float, Doc("Smoothing of the indicator field: a Gaussian of sigma/pi grid cells."), Span(0.5, 10.0)
    ] = 2.0
    device: DeviceName = "auto"
    seed: Annotated[int, Doc("Seed of the drawing of points."), Span(0, 2**32 - 1)] = 0


def main() -> None:
    """Run ``sap-predict`` and exit with its code."""
    exit_with(lambda: run(tyro.cli(Options, prog="sap-predict")))


def run(options: Options) -> int:
    """Read, predict and write.

    Returns:
        The exit code of the program.
    """
    try:
        check_options(options)
        scan = read_cloud(options.scan, seed=options.seed)
        found = learned.predict(  # torch loads here, once the options are known to be right
            scan.cloud,
            learned.network_of(options.weights),
            points=options.points,
            turns=options.turns,
            resolution=options.resolution,
            sigma=options.sigma,
            device=options.device,
            seed=options.seed,
        )
    except InputError as error:
        print(f"sap-predict: {error}", file=sys.stderr)
        return BAD_INPUT
    except sap_core.SurfaceVanished:
        print(f"sap-predict: {options.weights or 'the network'} finds no surface in {options.scan}", file=sys.stderr)
        return FAILED
    for notice in (*scan.notices, *found.notices):
        print(f"sap-predict: {notice}", file=sys.stderr)
    try:
        write_mesh(found.mesh, options.output)
        if options.cloud is not None:
            write_cloud(found.cloud, options.cloud)
    except OSError as error:
        print(f"sap-predict: cannot write {error.filename}: {error.strerror or error}", file=sys.stderr)
        return FAILED
    print(f"sap-predict: wrote {options.output}, {len(found.mesh.faces):,} faces")
    return DONE


def check_options(options: Options) -> None:
    """Refuse what would only fail after the work.

    Raises:
        InputError: a number is out of range, or an output cannot be written.
    """
    check_settings(options)
    check_output(options.output, suffixes=MESH_SUFFIXES, kind="mesh")
    if options.cloud is not None:
        check_output(options.cloud, suffixes=CLOUD_SUFFIXES, kind="oriented points")


if __name__ == "__main__":
    main()

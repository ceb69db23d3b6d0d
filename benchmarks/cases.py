"""What the benchmarks reconstruct: scans whose true surface is known, four from files and the others made here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import shapes
from benchmarks.scanner import scan
from sap_core import read_cloud, read_mesh
from sap_core.geometry import Mesh, PointCloud

_ROOT = Path(__file__).parents[1]


class Scan(NamedTuple):
    """A scan without normals, and the surface that it was taken of."""

    cloud: PointCloud
    reference: Mesh


@dataclass(frozen=True)
class Case:
    """A scan by name.

    Attributes:
        name: as in the results.
        what: the difficulty, in a phrase for the tables.
        load: reads or makes the scan.
        small: whether it belongs to the few that show the most in the least time.
    """

    name: str
    what: str
    load: Callable[[], Scan]
    small: bool = False


def _file(points: str, reference: str) -> Callable[[], Scan]:
    def load() -> Scan:
        cloud = read_cloud(_ROOT / points).cloud
        return Scan(PointCloud(cloud.points), read_mesh(_ROOT / reference))

    return load


def _made(model: Callable[[], Mesh], **options: Any) -> Callable[[], Scan]:
    def load() -> Scan:
        reference = model()
        return Scan(scan(reference, **options), reference)

    return load


CASES = (
    Case(
        "animal",
        "cow, 0.2 % noise, gaps, uneven",
        _file("assets/spot_scan.ply", "tests/data/spot_reference.ply"),
        small=True,
    ),
    Case(
        "person",
        "person, 0.15 % noise, map coordinates",
        _file("tests/data/body_scan_utm.ply", "tests/data/body_reference.npz"),
    ),
    Case(
        "fandisk",
        "machine part, sharp edges, clean",
        _file("assets/fandisk_points.ply", "tests/data/fandisk_reference.ply"),
    ),
    Case("knot", "knotted tube, clean", _file("assets/knot_points.ply", "tests/data/knot_reference.ply")),
    Case("creature-5k", "smooth body, 5,000 points, clean", _made(shapes.creature, points=5_000)),
    Case("creature-noisy", "smooth body, 0.5 % noise", _made(shapes.creature, points=20_000, noise=0.005), small=True),
    Case(
        "creature-1m",
        "smooth body, 1,000,000 points, 0.2 % noise",
        _made(shapes.creature, points=1_000_000, noise=0.002),
    ),
    Case("plate", "thin plate with holes, clean", _made(shapes.plate, points=20_000), small=True),
    Case("chair-noisy", "thin legs, 0.5 % noise", _made(shapes.chair, points=20_000, noise=0.005)),
    Case("scaffold", "genus 28, thin struts, 50,000 points", _made(shapes.scaffold, points=50_000), small=True),
    Case("coil-uneven", "knotted tube, density varies 10-fold", _made(shapes.coil, points=20_000, uneven=10)),
    Case("nested", "ball in a hollow shell, clean", _made(shapes.nested, points=20_000)),
    Case("boxes-5k", "two boxes, narrow gap, 5,000 points", _made(shapes.boxes, points=5_000)),
    Case(
        "bracket-holes",
        "machine part seen from three sides, 0.2 % noise",
        _made(shapes.bracket, points=20_000, views=3, noise=0.002, noise_along="view"),
        small=True,
    ),
    Case(
        "bracket-noisy",
        "machine part, 50,000 points, 0.5 % noise",
        _made(shapes.bracket, points=50_000, noise=0.005),
    ),
)


def choose(names: Sequence[str], *, small: bool) -> tuple[Case, ...]:
    """The cases of these names; without names all, or the small selection.

    Raises:
        ValueError: there is no case of a name.
    """
    if not names:
        return tuple(case for case in CASES if case.small or not small)
    by_name = {case.name: case for case in CASES}
    for name in names:
        if name not in by_name:
            raise ValueError(f"there is no case {name!r}: choose from {', '.join(by_name)}")
    return tuple(by_name[name] for name in names)

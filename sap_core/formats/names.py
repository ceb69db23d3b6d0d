"""What programs call the columns of points, normals and colours, in headings, properties and dimensions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Columns = tuple[int, int, int]

# For each of three columns its names, as ``_plain`` leaves them; the first that is there is taken.
_POINTS = (
    ("x", "px", "posx", "positionx", "pointx", "points0", "coordx", "xcoord", "xcoordinate", "easting", "east", "e"),
    ("y", "py", "posy", "positiony", "pointy", "points1", "coordy", "ycoord", "ycoordinate", "northing", "north", "n"),
    (
        *("z", "pz", "posz", "positionz", "pointz", "points2", "coordz", "zcoord", "zcoordinate"),
        *("elevation", "elev", "height", "altitude", "h"),
    ),
)
_NORMALS = (
    ("nx", "normalx", "normx", "xnormal", "normals0", "normal0", "normalsx"),
    ("ny", "normaly", "normy", "ynormal", "normals1", "normal1", "normalsy"),
    ("nz", "normalz", "normz", "znormal", "normals2", "normal2", "normalsz"),
)
_COLORS = (
    ("red", "r", "diffusered", "rf", "redf", "colorr", "colorred", "rgb0", "colors0", "colorsr", "cdr"),
    ("green", "g", "diffusegreen", "gf", "greenf", "colorg", "colorgreen", "rgb1", "colors1", "colorsg", "cdg"),
    ("blue", "b", "diffuseblue", "bf", "bluef", "colorb", "colorblue", "rgb2", "colors2", "colorsb", "cdb"),
)
_UNIT = re.compile(r"[\[(](m|[^\])]{2,})[\])]")  # or range; but not the axis of p[x]
_DECORATION = re.compile(r"^scalar_?(field)?|[^a-z0-9]")


@dataclass(frozen=True)
class Found:
    """Where the columns are among the names; None where one of the three is missing."""

    points: Columns | None
    normals: Columns | None
    colors: Columns | None


def find(names: Sequence[str]) -> Found:
    """Find points, normals and colours among names, in any order and case."""
    plain = [_plain(name) for name in names]
    return Found(_places(plain, _POINTS), _places(plain, _NORMALS), _places(plain, _COLORS))


def _plain(name: str) -> str:
    """The name without case, unit, marks, and what CloudCompare puts before names."""
    return _DECORATION.sub("", _UNIT.sub("", name.strip(" \t'\"").lower()))


def _places(names: list[str], wanted: tuple[tuple[str, ...], ...]) -> Columns | None:
    places = [next((names.index(name) for name in each if name in names), None) for each in wanted]
    x, y, z = places
    return None if x is None or y is None or z is None else (x, y, z)

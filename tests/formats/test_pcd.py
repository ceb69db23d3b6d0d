from pathlib import Path

import numpy as np
import pytest

from sap_core.io import read_cloud
from tests.scans import MAP_OFFSET, colored_ball

BALL = colored_ball(offset=MAP_OFFSET)
LAYOUTS = ["ascii", "binary", "binary_compressed"]
Field = tuple[str, str, np.ndarray]  # name, type as NumPy has it, and values (N,) or (N, count)


def packed(colors: np.ndarray) -> np.ndarray:
    red, green, blue = colors.astype(np.uint32).T
    return (255 << 24) + (red << 16) + (green << 8) + blue


def compressed(data: bytes) -> bytes:
    """LZF: bytes that repeat 4 times and more as one literal and a reference to it, others as literals."""
    out, place = bytearray(), 0
    while place < len(data):
        run = 1
        while run < 200 and data[place + run : place + run + 1] == data[place : place + 1]:
            run += 1
        out += bytes([0, data[place]])
        place += 1
        if run >= 4:
            length = run - 1 - 2
            out += bytes([length << 5, 0]) if length < 7 else bytes([7 << 5, length - 7, 0])
            place += run - 1
    return bytes(out)


def write(path: Path, fields: list[Field], layout: str) -> None:
    values = [np.asarray(column, kind).reshape(len(column), -1) for _, kind, column in fields]
    lines = {
        "VERSION": [".7"],
        "FIELDS": [name for name, *_ in fields],
        "SIZE": [column.dtype.itemsize for column in values],
        "TYPE": [column.dtype.kind.upper() for column in values],
        "COUNT": [column.shape[1] for column in values],
        "WIDTH": [len(values[0])],
        "HEIGHT": [1],
        "VIEWPOINT": [0, 0, 0, 1, 0, 0, 0],
        "POINTS": [len(values[0])],
        "DATA": [layout],
    }
    header = "# .PCD v0.7 - Point Cloud Data file format\n"
    header += "".join(f"{key} {' '.join(map(str, words))}\n" for key, words in lines.items())
    if layout == "ascii":
        rows = [[str(value) for column in values for value in column[row]] for row in range(len(values[0]))]
        body = "".join(" ".join(row) + "\n" for row in rows).encode()
    elif layout == "binary":
        body = b"".join(column[row].tobytes() for row in range(len(values[0])) for column in values)
    else:
        data = b"".join(column.tobytes() for column in values)
        body = np.array([len(compressed(data)), len(data)], "<u4").tobytes() + compressed(data)
    path.write_bytes(header.encode() + body)


def triple(names: tuple[str, str, str], kind: str, values: np.ndarray) -> list[Field]:
    return [(name, kind, column) for name, column in zip(names, values.T, strict=True)]


POINTS = triple(("x", "y", "z"), "<f8", BALL.points)
NORMALS = triple(("normal_x", "normal_y", "normal_z"), "<f8", BALL.normals)
OTHERS: list[Field] = [
    ("curvature", "<f4", np.linspace(0, 1, 162)),
    ("_", "<u1", np.zeros((162, 4))),
    ("ring", "<u2", np.arange(162)),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_points_normals_and_colours_among_other_fields(tmp_path: Path, layout: str) -> None:
    colors: Field = ("rgba", "<u4", packed(BALL.colors))
    write(tmp_path / "scan.pcd", [*OTHERS[:2], *POINTS, colors, *NORMALS, *OTHERS[2:]], layout)
    cloud = read_cloud(tmp_path / "scan.pcd").cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.normals, BALL.normals)
    assert np.array_equal(cloud.colors, BALL.colors)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_colours_packed_into_a_float(tmp_path: Path, layout: str) -> None:
    color = (packed(BALL.colors) & 0xFFFFFF).astype("<u4").view("<f4")  # with an opacity of 255 it would print as nan
    write(tmp_path / "scan.pcd", [*POINTS, ("rgb", "<f4", color)], layout)
    assert np.array_equal(read_cloud(tmp_path / "scan.pcd").cloud.colors, BALL.colors)


def test_opaque_colours_packed_into_a_float_that_is_no_number(tmp_path: Path) -> None:
    write(tmp_path / "scan.pcd", [*POINTS, ("rgb", "<f4", packed(BALL.colors).astype("<u4").view("<f4"))], "binary")
    assert np.array_equal(read_cloud(tmp_path / "scan.pcd").cloud.colors, BALL.colors)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("fields", [[], triple(("r", "g", "b"), "<u1", BALL.colors)], ids=["none", "apart"])
def test_single_precision_without_normals(tmp_path: Path, layout: str, fields: list[Field]) -> None:
    ball = colored_ball()
    write(tmp_path / "scan.pcd", [*triple(("x", "y", "z"), "<f4", ball.points), *fields], layout)
    cloud = read_cloud(tmp_path / "scan.pcd").cloud
    assert np.array_equal(cloud.points.astype(np.float32), ball.points.astype(np.float32))
    assert cloud.normals is None
    assert np.array_equal(cloud.colors, BALL.colors) if fields else cloud.colors is None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pixels_where_nothing_was_measured(tmp_path: Path, layout: str) -> None:
    points = BALL.points.copy()
    points[::10] = np.nan
    write(tmp_path / "scan.pcd", triple(("x", "y", "z"), "<f8", points), layout)
    read = read_cloud(tmp_path / "scan.pcd")
    assert np.array_equal(read.cloud.points, np.delete(BALL.points, np.arange(0, 162, 10), axis=0))
    assert read.notices == ("17 of 162 points are NaN or infinite and were left out",)

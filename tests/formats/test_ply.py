import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from sap_core.geometry import PointCloud
from sap_core.io import read_cloud
from tests.scans import MAP_OFFSET, ball_mesh, colored_ball

BALL = colored_ball(offset=MAP_OFFSET)


def write(path: Path, columns: dict[str, tuple[str, Any]], *others: PlyElement, **layout: Any) -> None:
    """A PLY file of a vertex element with these columns: name -> (dtype, values)."""
    rows = np.empty(len(next(iter(columns.values()))[1]), [(name, dtype) for name, (dtype, _) in columns.items()])
    for name, (_, values) in columns.items():
        rows[name] = values
    PlyData([PlyElement.describe(rows, "vertex"), *others], **layout).write(path)


def columns_of(cloud: PointCloud, *, real: str = "f8", color: str = "u1") -> dict[str, tuple[str, Any]]:
    columns = {name: (real, values) for name, values in zip("xyz", cloud.points.T, strict=True)}
    columns |= {name: (real, values) for name, values in zip(("nx", "ny", "nz"), cloud.normals.T, strict=True)}
    names = ("red", "green", "blue")
    return columns | {name: (color, values) for name, values in zip(names, cloud.colors.T, strict=True)}


@pytest.mark.parametrize("layout", [{"text": True}, {"byte_order": "<"}, {"byte_order": ">"}], ids=str)
def test_every_layout_keeps_points_in_double_precision(tmp_path: Path, layout: dict[str, Any]) -> None:
    write(tmp_path / "scan.ply", columns_of(BALL), **layout)
    cloud = read_cloud(tmp_path / "scan.ply").cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.normals, BALL.normals)
    assert np.array_equal(cloud.colors, BALL.colors)


@pytest.mark.parametrize("layout", [{"text": True}, {"byte_order": "<"}, {"byte_order": ">"}], ids=str)
def test_single_precision(tmp_path: Path, layout: dict[str, Any]) -> None:
    ball = colored_ball()
    write(tmp_path / "scan.ply", columns_of(ball, real="f4"), **layout)
    cloud = read_cloud(tmp_path / "scan.ply").cloud
    assert np.array_equal(cloud.points, ball.points.astype(np.float32))
    assert np.array_equal(cloud.normals, ball.normals.astype(np.float32))


@pytest.mark.parametrize(("dtype", "white"), [("f4", 1.0), ("f8", 1.0), ("u2", 65535), ("i4", 255)])
def test_colours_of_other_types(tmp_path: Path, dtype: str, white: float) -> None:
    columns = columns_of(BALL)
    for name in ("red", "green", "blue"):
        columns[name] = (dtype, columns[name][1] * (white / 255))
    write(tmp_path / "scan.ply", columns)
    assert np.array_equal(read_cloud(tmp_path / "scan.ply").cloud.colors, BALL.colors)


@pytest.mark.parametrize(("order", "name"), [("<", "little"), (">", "big")])
def test_other_properties_and_elements_are_passed_over(tmp_path: Path, order: str, name: str) -> None:
    # By hand: plyfile writes numbers beside a list in the machine's byte order, whatever it is told.
    header = (
        f"ply\nformat binary_{name}_endian 1.0\ncomment of a scanner\nelement camera 1\nproperty float view_px\n"
        f"element vertex {len(BALL)}\nproperty list uchar int seen_from\nproperty double x\nproperty double y\n"
        "property float confidence\nproperty double z\nproperty uchar red\nproperty uchar green\nproperty uchar blue\n"
        "element edge 1\nproperty int vertex1\nproperty int vertex2\nend_header\n"
    )
    rows = [
        struct.pack(f"{order}B{row % 3}iddfd3B", row % 3, *range(row % 3), x, y, 0.5, z, *BALL.colors[row])
        for row, (x, y, z) in enumerate(BALL.points)
    ]
    body = [struct.pack(f"{order}f", 1.0), *rows, struct.pack(f"{order}2i", 0, 1)]
    (tmp_path / "scan.ply").write_bytes(header.encode() + b"".join(body))
    cloud = read_cloud(tmp_path / "scan.ply").cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.colors, BALL.colors)
    assert cloud.normals is None


@pytest.mark.parametrize("name", ["vertex_indices", "vertex_index"])
@pytest.mark.parametrize("layout", [{"text": True}, {"byte_order": ">"}], ids=str)
def test_a_file_with_triangles_is_a_mesh(tmp_path: Path, name: str, layout: dict[str, Any]) -> None:
    mesh = ball_mesh(offset=MAP_OFFSET)
    faces = np.empty(len(mesh.faces), [(name, "i4", (3,))])
    faces[name] = mesh.faces
    write(tmp_path / "mesh.ply", columns_of(BALL), PlyElement.describe(faces, "face"), **layout)
    read = read_cloud(tmp_path / "mesh.ply")
    assert len(read.cloud) == 50_000
    assert "a mesh of 320 faces" in read.notices[0]


def test_polygons_are_cut_into_triangles(tmp_path: Path) -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0.5, 1.5, 0], [0, 0, 1]], float)
    polygons = np.empty(2, dtype=[("vertex_indices", "O")])
    polygons["vertex_indices"] = [np.array([0, 1, 2, 4, 3], "i4"), np.array([0, 3, 5], "i4")]
    columns = {name: ("f8", values) for name, values in zip("xyz", corners.T, strict=True)}
    write(tmp_path / "mesh.ply", columns, PlyElement.describe(polygons, "face"))
    cloud = read_cloud(tmp_path / "mesh.ply").cloud
    on_pentagon = cloud.points[:, 2] == 0
    assert on_pentagon.mean() == pytest.approx(1.25 / 1.75, abs=0.01)
    assert np.allclose(cloud.normals[on_pentagon], [0, 0, 1])


def test_an_element_of_no_faces_leaves_a_cloud(tmp_path: Path) -> None:
    none = PlyElement.describe(np.empty(0, [("vertex_indices", "i4", (3,))]), "face")
    write(tmp_path / "scan.ply", columns_of(BALL), none)
    assert np.array_equal(read_cloud(tmp_path / "scan.ply").cloud.points, BALL.points)


# --- as programs really write them ---


def remark(header: bytes) -> bytes:
    return header.replace(
        b"element vertex", "comment C:/Auftr\N{LATIN SMALL LETTER A WITH DIAERESIS}ge\nelement vertex".encode()
    )


HEADERS: dict[str, Callable[[bytes], bytes]] = {
    "a comment in UTF-8": remark,
    "a comment in Latin-1": lambda header: remark(header).decode().encode("latin-1"),
    "blanks at line ends": lambda header: header.replace(b"\n", b" \t\n"),
    "a byte order mark": lambda header: b"\xef\xbb\xbf" + header,
    "carriage returns": lambda header: header.replace(b"\n", b"\r\n"),
    "some carriage returns": lambda header: header.replace(b"\n", b"\r\n", 2),
    "empty lines": lambda header: header.replace(b"\nelement", b"\n\nelement"),
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("layout", [{"text": True}, {"byte_order": "<"}, {"byte_order": ">"}], ids=str)
def test_headers_that_are_not_plain(tmp_path: Path, change: Callable[[bytes], bytes], layout: dict[str, Any]) -> None:
    write(tmp_path / "scan.ply", columns_of(BALL), **layout)
    header, end, body = (tmp_path / "scan.ply").read_bytes().partition(b"end_header\n")
    header = change(header + end)
    if layout == {"text": True}:  # the lines of the body as well
        body = change(b"\nelement\n" + body).partition(b"element")[2]
    (tmp_path / "scan.ply").write_bytes(header + body)
    cloud = read_cloud(tmp_path / "scan.ply").cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.normals, BALL.normals)
    assert np.array_equal(cloud.colors, BALL.colors)


@pytest.mark.parametrize(
    "names", [("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b"), ("Red", "Green", "Blue")]
)
def test_colours_under_other_names(tmp_path: Path, names: tuple[str, ...]) -> None:
    columns = columns_of(BALL)
    for name, other in zip(("red", "green", "blue"), names, strict=True):
        columns[other] = columns.pop(name)
    write(tmp_path / "scan.ply", columns)
    assert np.array_equal(read_cloud(tmp_path / "scan.ply").cloud.colors, BALL.colors)


def test_colours_of_gaussian_splats(tmp_path: Path) -> None:
    columns = columns_of(BALL)
    for name, coefficient in zip(("red", "green", "blue"), ("f_dc_0", "f_dc_1", "f_dc_2"), strict=True):
        columns[coefficient] = ("f4", (columns.pop(name)[1] / 255 - 0.5) / 0.28209479)
    columns["f_dc_0"][1][0] = 9.0  # brighter than white
    write(tmp_path / "scan.ply", columns)
    colors = BALL.colors.copy()
    colors[0, 0] = 255
    assert np.array_equal(read_cloud(tmp_path / "scan.ply").cloud.colors, colors)


def test_numbers_that_are_none_as_windows_writes_them(tmp_path: Path) -> None:
    write(tmp_path / "scan.ply", columns_of(BALL, real="f8"), text=True)
    lines = (tmp_path / "scan.ply").read_text().splitlines()
    first = lines.index("end_header") + 1
    for row, word in ((3, "-nan(ind)"), (7, "1.#QNAN"), (11, "-1.#IND00"), (20, "1.#INF")):
        lines[first + row] = " ".join([word, *lines[first + row].split()[1:]])
    (tmp_path / "scan.ply").write_text("\r\n".join(lines) + "\r\n")
    read = read_cloud(tmp_path / "scan.ply")
    assert np.array_equal(read.cloud.points, np.delete(BALL.points, [3, 7, 11, 20], axis=0))
    assert read.notices == ("4 of 162 points are NaN or infinite and were left out",)

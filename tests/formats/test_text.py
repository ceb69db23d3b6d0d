from pathlib import Path

import numpy as np
import pytest

from sap_core.io import read_cloud
from tests.scans import MAP_OFFSET, colored_ball

BALL = colored_ball(offset=MAP_OFFSET)
UNIT = BALL.normals / np.linalg.norm(BALL.normals, axis=1, keepdims=True)


def lines_of(*columns: np.ndarray, separator: str = " ") -> list[str]:
    """One line for each row; whole numbers without a decimal mark, as programs write colours."""
    return [separator.join(f"{value:.17g}" for value in row) for row in np.column_stack(columns)]


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("suffix", [".xyz", ".asc", ".txt", ".pts", ".csv", ".XYZ"])
@pytest.mark.parametrize("separator", [" ", ",", ", ", ";", "\t", "  "])
def test_points_in_double_precision(tmp_path: Path, suffix: str, separator: str) -> None:
    path = write(tmp_path / f"scan{suffix}", lines_of(BALL.points, separator=separator))
    cloud = read_cloud(path).cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert cloud.normals is None
    assert cloud.colors is None


def test_six_columns_may_be_normals(tmp_path: Path) -> None:
    cloud = read_cloud(write(tmp_path / "scan.xyz", lines_of(BALL.points, BALL.normals))).cloud
    assert np.array_equal(cloud.normals, BALL.normals)
    assert cloud.colors is None


@pytest.mark.parametrize("white", [255, 1])
def test_six_columns_may_be_colours(tmp_path: Path, white: float) -> None:
    cloud = read_cloud(write(tmp_path / "scan.txt", lines_of(BALL.points, BALL.colors * (white / 255)))).cloud
    assert cloud.normals is None
    assert np.array_equal(cloud.colors, BALL.colors)


def test_upright_normals_are_no_colours(tmp_path: Path) -> None:
    upright = np.tile([0.0, 0.0, 1.0], (len(BALL), 1))
    upright[:5] = 0
    read = read_cloud(write(tmp_path / "scan.xyz", lines_of(BALL.points, upright)))
    assert np.array_equal(read.cloud.normals, np.tile([0, 0, 1], (len(BALL), 1)))
    assert "5 of 162 normals are zero" in read.notices[0]


@pytest.mark.parametrize("columns", [(BALL.points, UNIT, BALL.colors), (BALL.points, BALL.colors, UNIT)])
def test_nine_columns_are_both_in_either_order(tmp_path: Path, columns: tuple[np.ndarray, ...]) -> None:
    cloud = read_cloud(write(tmp_path / "scan.csv", lines_of(*columns, separator=","))).cloud
    assert np.array_equal(cloud.normals, UNIT)
    assert np.array_equal(cloud.colors, BALL.colors)


@pytest.mark.parametrize(
    "heading",
    [
        ["x,y,z"],
        ["162", "//X Y Z"],
        ["162"],
        ["# written by a scanner", "", "162", "X Y Z"],
        ["\N{BYTE ORDER MARK}# remark", "// remark"],
    ],
)
def test_headings_and_remarks_are_passed_over(tmp_path: Path, heading: list[str]) -> None:
    lines = lines_of(BALL.points)
    lines[10] += "  # a good one"
    lines.insert(20, "")
    cloud = read_cloud(write(tmp_path / "scan.txt", heading + lines)).cloud
    assert np.array_equal(cloud.points, BALL.points)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "scan.txt").write_text("\r\n".join(["z y x", *lines_of(BALL.points[:, ::-1])]), encoding=encoding)
    assert np.array_equal(read_cloud(tmp_path / "scan.txt").cloud.points, BALL.points)


@pytest.mark.parametrize("separator", [";", " ", "\t", "; "])
def test_decimal_commas(tmp_path: Path, separator: str) -> None:
    lines = [line.replace(".", ",") for line in lines_of(BALL.points, separator=separator)]
    assert np.array_equal(read_cloud(write(tmp_path / "scan.csv", lines)).cloud.points, BALL.points)


def test_the_intensity_of_a_pts_file_is_left_out(tmp_path: Path) -> None:
    intensity = np.linspace(-2048, 2047, len(BALL))
    plain = read_cloud(write(tmp_path / "plain.pts", ["162", *lines_of(BALL.points, intensity)])).cloud
    assert np.array_equal(plain.points, BALL.points)
    colored = read_cloud(write(tmp_path / "colored.pts", ["162", *lines_of(BALL.points, intensity, BALL.colors)])).cloud
    assert np.array_equal(colored.points, BALL.points)
    assert np.array_equal(colored.colors, BALL.colors)


def test_nan_and_infinity_are_numbers(tmp_path: Path) -> None:
    read = read_cloud(write(tmp_path / "scan.xyz", ["nan nan nan", *lines_of(BALL.points), "1 -inf 2"]))
    assert np.array_equal(read.cloud.points, BALL.points)
    assert read.notices == ("2 of 164 points are NaN or infinite and were left out",)


# --- headings that name the columns ---

INTENSITY = np.linspace(-2048, 2047, len(BALL))


@pytest.mark.parametrize(
    ("heading", "separator"),
    [
        ("nx,ny,nz,intensity,blue,green,red,z,y,x", ","),
        ("NX NY NZ I B G R Z Y X", " "),
        ("//Nx Ny Nz Scalar_field B G R Z Y X", " "),
        ("N[x],N[y],N[z],Intensity (raw),B (0-255),G (0-255),R (0-255),P[z],P[y],P[x]", ","),
        ("# normal_x normal_y normal_z i b g r Z Y X", " "),
        ("\N{BYTE ORDER MARK}Nx;Ny;Nz;time;Bf;Gf;Rf;Z[m];Y[m];X[m]", ";"),
        ('"Normals:0","Normals:1","Normals:2","I","RGB:2","RGB:1","RGB:0","Points:2","Points:1","Points:0"', ","),
        ("Scalar_field_Nx\tscalar Ny\tscalar_Nz\tI\tblue\tgreen\tred\tHeight\tNorthing\tEasting", "\t"),
    ],
)
def test_columns_are_those_that_the_heading_names(tmp_path: Path, heading: str, separator: str) -> None:
    lines = lines_of(BALL.normals, INTENSITY, BALL.colors[:, ::-1], BALL.points[:, ::-1], separator=separator)
    read = read_cloud(write(tmp_path / "scan.csv", [heading, "162", *lines]))
    assert np.array_equal(read.cloud.points, BALL.points)
    assert np.array_equal(read.cloud.normals, BALL.normals)
    assert np.array_equal(read.cloud.colors, BALL.colors)
    assert read.notices == ()


def test_other_named_columns_may_hold_words_or_nothing(tmp_path: Path) -> None:
    lines = [f"{row},{line},,ground" for row, line in enumerate(lines_of(BALL.points, separator=","))]
    cloud = read_cloud(write(tmp_path / "scan.csv", [",x,y,z,quality,class", *lines])).cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert cloud.normals is cloud.colors is None


def test_a_heading_of_other_columns_than_there_are_is_passed_over(tmp_path: Path) -> None:
    cloud = read_cloud(write(tmp_path / "scan.txt", ["z y x", *lines_of(BALL.points, BALL.normals)])).cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.normals, BALL.normals)


def test_points_of_colmap(tmp_path: Path) -> None:
    heading = [
        "# 3D point list with one line of data per point:",
        "#   POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)",
        "# Number of points: 162, mean track length: 3",
    ]
    numbers, errors = np.arange(len(BALL))[::-1] * 7, np.full(len(BALL), 0.5)
    rows = lines_of(numbers, BALL.points, BALL.colors, errors)
    lines = [f"{row} {' '.join(['3 17'] * (1 + place % 4))}" for place, row in enumerate(rows)]
    cloud = read_cloud(write(tmp_path / "points3D.txt", heading + lines)).cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.colors, BALL.colors)


# --- columns without names ---


@pytest.mark.parametrize("suffix", [".xyz", ".txt", ".csv", ".asc"])
def test_a_fourth_column_is_left_out(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"scan{suffix}", lines_of(BALL.points, INTENSITY))
    read = read_cloud(path)
    assert np.array_equal(read.cloud.points, BALL.points)
    assert read.notices == (f"column 4 of {path} is neither a normal nor a colour and was left out",)


OPAQUE = np.full(len(BALL), 255.0)
FRACTION = np.linspace(0, 0.9, len(BALL))


@pytest.mark.parametrize(
    ("columns", "left_out"),
    [
        ((INTENSITY, BALL.colors), "column 4"),
        ((BALL.colors, INTENSITY), "column 7"),
        ((BALL.colors, FRACTION), "column 7"),
        ((BALL.colors, OPAQUE), "column 7"),
        ((FRACTION, BALL.colors / 255 * 65535), "column 4"),
        ((INTENSITY, BALL.colors, FRACTION), "columns 4, 8"),
    ],
)
def test_colours_are_told_from_other_columns(tmp_path: Path, columns: tuple[np.ndarray, ...], left_out: str) -> None:
    path = write(tmp_path / "scan.txt", lines_of(BALL.points, *columns))
    read = read_cloud(path)
    assert np.array_equal(read.cloud.points, BALL.points)
    assert np.array_equal(read.cloud.colors, BALL.colors)
    assert read.cloud.normals is None
    assert read.notices[0].startswith(f"{left_out} of {path} ")


@pytest.mark.parametrize("columns", [(UNIT, INTENSITY), (INTENSITY, UNIT), (UNIT, INTENSITY, BALL.colors)])
def test_rows_of_nan_do_not_hide_what_columns_are(tmp_path: Path, columns: tuple[np.ndarray, ...]) -> None:
    lines = lines_of(BALL.points, *columns)
    lines.insert(7, " ".join(["nan"] * len(lines[0].split())))
    cloud = read_cloud(write(tmp_path / "scan.txt", lines)).cloud
    assert np.array_equal(cloud.normals, UNIT)
    assert (cloud.colors is not None) == (len(columns) == 3)


@pytest.mark.parametrize("columns", [(UNIT, INTENSITY), (INTENSITY, UNIT), (UNIT, INTENSITY, BALL.colors)])
def test_normals_are_told_from_other_columns(tmp_path: Path, columns: tuple[np.ndarray, ...]) -> None:
    read = read_cloud(write(tmp_path / "scan.txt", lines_of(BALL.points, *columns)))
    assert np.array_equal(read.cloud.points, BALL.points)
    assert np.array_equal(read.cloud.normals, UNIT)
    assert (read.cloud.colors is not None) == (len(columns) == 3)


def test_colours_that_cannot_be_told_are_left_out_and_the_notice_says_how_to_name_them(tmp_path: Path) -> None:
    read = read_cloud(write(tmp_path / "scan.txt", lines_of(BALL.points, BALL.colors, BALL.colors[::-1, 0])))
    assert np.array_equal(read.cloud.points, BALL.points)
    assert read.cloud.colors is None
    assert "a first line like 'x y z r g b intensity' would say so" in read.notices[0]


@pytest.mark.parametrize("columns", [(BALL.points,), (BALL.points, UNIT)])
def test_numbers_of_the_points_are_left_out(tmp_path: Path, columns: tuple[np.ndarray, ...]) -> None:
    read = read_cloud(write(tmp_path / "scan.txt", lines_of(np.arange(1, 163), *columns)))
    assert np.array_equal(read.cloud.points, BALL.points)
    assert (read.cloud.normals is not None) == (len(columns) == 2)
    assert "column 1 of" in read.notices[0]


# --- stations, and numbers that are none ---


def test_every_station_of_a_file_may_begin_with_its_count(tmp_path: Path) -> None:
    lines = lines_of(BALL.points, INTENSITY, BALL.colors)
    stations = ["100", *lines[:100], "0", "42", *lines[100:142], "20", *lines[142:]]
    cloud = read_cloud(write(tmp_path / "scan.pts", stations)).cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.colors, BALL.colors)


@pytest.mark.parametrize("word", ["-nan(ind)", "nan(snan)", "-1.#IND", "1.#QNAN0", "1.#INF00", "-1.#J", "NaN"])
def test_what_windows_writes_for_no_number(tmp_path: Path, word: str) -> None:
    lines = lines_of(BALL.points)
    lines.insert(5, f"{word} 0 0")
    read = read_cloud(write(tmp_path / "scan.xyz", lines))
    assert np.array_equal(read.cloud.points, BALL.points)
    assert read.notices == ("1 of 163 points are NaN or infinite and were left out",)

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


@pytest.mark.parametrize("suffix", [".xyz", ".txt", ".pts", ".csv", ".XYZ"])
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


def test_decimal_commas(tmp_path: Path) -> None:
    lines = [line.replace(".", ",") for line in lines_of(BALL.points, separator=";")]
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

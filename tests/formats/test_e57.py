import sys
from pathlib import Path

import numpy as np
import pytest

from sap_core.io import read_cloud
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, colored_ball

pye57 = pytest.importorskip("pye57", reason="there is no wheel of pye57 for this machine")
libe57 = pye57.libe57

BALL = colored_ball()
AROUND_Z = np.array([np.sqrt(0.5), 0, 0, np.sqrt(0.5)])  # quaternion of a right angle, w first
POINT = ("cartesianX", "cartesianY", "cartesianZ")
COLOR = ("colorRed", "colorGreen", "colorBlue")


def columns(points: np.ndarray, colors: np.ndarray | None = None) -> dict[str, np.ndarray]:
    named = dict(zip(POINT, points.T.copy(), strict=True))
    return named if colors is None else named | dict(zip(COLOR, colors.T.copy(), strict=True))


def test_all_scans_are_in_the_common_frame(tmp_path: Path) -> None:
    places = MAP_OFFSET + np.array([5, 0, 0]), MAP_OFFSET - np.array([0, 7, 1])
    points = BALL.points + MAP_OFFSET
    with pye57.E57(str(tmp_path / "scan.e57"), mode="w") as file:
        first = columns(points[:100] - places[0], BALL.colors[:100])
        file.write_scan_raw(first, translation=places[0])
        turned = (points[100:] - places[1]) @ np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
        file.write_scan_raw(columns(turned, BALL.colors[100:]), rotation=AROUND_Z, translation=places[1])
    read = read_cloud(tmp_path / "scan.e57")
    assert np.abs(read.cloud.points - points).max() < 2e-6  # the library writes single precision
    assert np.array_equal(read.cloud.colors, BALL.colors)
    assert read.cloud.normals is None
    assert read.notices == ()


def test_what_was_not_measured_is_left_out(tmp_path: Path) -> None:
    states = np.zeros(162, np.int8)
    states[[5, 20]] = 2
    with pye57.E57(str(tmp_path / "scan.e57"), mode="w") as file:
        file.write_scan_raw(columns(BALL.points) | {"cartesianInvalidState": states})
    read = read_cloud(tmp_path / "scan.e57")
    assert np.abs(read.cloud.points - np.delete(BALL.points, [5, 20], axis=0)).max() < 1e-6
    assert read.cloud.colors is None
    assert read.notices == ("2 of 162 points are 0 0 0, where nothing was measured, and were left out",)


def write_fields(path: Path, fields: dict[str, tuple[object, np.ndarray]]) -> None:
    """One scan without a pose, of fields that the writer of pye57 does not know: name -> (prototype, values)."""
    with pye57.E57(str(path), mode="w") as file:
        image = file.image_file
        image.extensionsAdd("nor", "http://www.libe57.org/E57_NOR_surface_normals.txt")
        prototype = libe57.StructureNode(image)
        buffers = libe57.VectorSourceDestBuffer()
        for name, (kind, values) in fields.items():
            prototype.set(name, kind(image))
            buffers.append(libe57.SourceDestBuffer(image, name, values, len(values), True, True))
        points = libe57.CompressedVectorNode(image, prototype, libe57.VectorNode(image, True))
        scan = libe57.StructureNode(image)
        scan.set("guid", libe57.StringNode(image, "{scan}"))
        scan.set("points", points)
        file.data3d.append(scan)
        points.writer(buffers).write(len(values))


def real(image: object) -> object:
    return libe57.FloatNode(image, 0.0, libe57.E57_DOUBLE, -1e9, 1e9)


def word(image: object) -> object:
    return libe57.IntegerNode(image, 0, 0, 65535)


def test_polar_coordinates_normals_and_colours_of_sixteen_bits(tmp_path: Path) -> None:
    points = BALL.points + np.array([0, 0, 3])
    ranges = np.linalg.norm(points, axis=1)
    polar = ranges, np.arctan2(points[:, 1], points[:, 0]), np.arcsin(points[:, 2] / ranges)
    names = "sphericalRange", "sphericalAzimuth", "sphericalElevation"
    fields = {name: (real, values) for name, values in zip(names, polar, strict=True)}
    normals = BALL.normals.T.copy()
    fields |= {f"nor:normal{axis}": (real, values) for axis, values in zip("XYZ", normals, strict=True)}
    colors = (BALL.colors.T / 255 * 65535).copy()
    fields |= {name: (word, values) for name, values in zip(COLOR, colors, strict=True)}
    write_fields(tmp_path / "scan.e57", fields)
    cloud = read_cloud(tmp_path / "scan.e57").cloud
    assert np.abs(cloud.points - points).max() < 1e-12
    assert np.array_equal(cloud.normals, BALL.normals)
    assert np.array_equal(cloud.colors, BALL.colors)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_a_truncated_file(tmp_path: Path, share: float) -> None:
    with pye57.E57(str(tmp_path / "scan.e57"), mode="w") as file:
        file.write_scan_raw(columns(BALL.points))
    contents = (tmp_path / "scan.e57").read_bytes()
    (tmp_path / "scan.e57").write_bytes(contents[: int(share * len(contents))])
    with pytest.raises(InputError, match=r"scan\.e57 is damaged or not in the E57 format: copy or export it again$"):
        read_cloud(tmp_path / "scan.e57")
    assert (tmp_path / "scan.e57").exists()


@pytest.mark.parametrize("contents", [b"hello\n", bytes(1000)], ids=["text", "zeros"])
def test_what_is_no_e57(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "scan.e57").write_bytes(contents)
    with pytest.raises(InputError, match=r"scan\.e57 is damaged or not in the E57 format"):
        read_cloud(tmp_path / "scan.e57")


def test_without_pye57_the_sentence_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scan.e57").write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, "pye57", None)
    with pytest.raises(InputError, match=r'pip install "sap-viewer\[e57\]"'):
        read_cloud(tmp_path / "scan.e57")

import sys
from pathlib import Path

import laspy
import numpy as np
import pytest

from sap_core.io import read_cloud
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, colored_ball

BALL = colored_ball(offset=MAP_OFFSET)
SCAN = Path(__file__).parents[1] / "data" / "haystack_rock.las"


def write(path: Path, *, white: int) -> None:
    header = laspy.LasHeader(point_format=3, version="1.2")
    header.scales = np.full(3, 1e-4)
    header.offsets = MAP_OFFSET
    points = laspy.LasData(header)
    points.x, points.y, points.z = BALL.points.T
    points.red, points.green, points.blue = (BALL.colors.astype(float) * (white / 255)).T
    points.write(path)


@pytest.mark.parametrize("name", ["scan.las", "scan.laz", "SCAN.LAZ"])
@pytest.mark.parametrize("white", [65535, 255])
def test_map_coordinates_and_colours(tmp_path: Path, name: str, white: int) -> None:
    write(tmp_path / name, white=white)
    cloud = read_cloud(tmp_path / name).cloud
    assert np.abs(cloud.points - BALL.points).max() <= 0.51e-4
    assert np.array_equal(cloud.colors, BALL.colors)
    assert cloud.normals is None


def test_black_is_no_colour(tmp_path: Path) -> None:
    write(tmp_path / "scan.las", white=0)
    assert read_cloud(tmp_path / "scan.las").cloud.colors is None


@pytest.mark.parametrize("names", [("NormalX", "NormalY", "NormalZ"), ("nx", "ny", "nz"), ("normal_z", "Ny", "NX")])
@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_normals_in_extra_bytes(tmp_path: Path, suffix: str, names: tuple[str, ...]) -> None:
    write(tmp_path / "scan.las", white=255)
    points = laspy.read(tmp_path / "scan.las")
    for name in names:
        points.add_extra_dim(laspy.ExtraBytesParams(name=name, type=np.float64))
        points[name] = BALL.normals[:, "xyz".index(name[-1].lower())]
    points.write(tmp_path / f"scan{suffix}")
    cloud = read_cloud(tmp_path / f"scan{suffix}").cloud
    assert np.array_equal(cloud.normals, BALL.normals)
    assert np.array_equal(cloud.colors, BALL.colors)


def test_a_real_scan_without_colours() -> None:
    cloud = read_cloud(SCAN).cloud
    assert len(cloud) == 21_932
    assert cloud.colors is None
    assert cloud.points.mean(axis=0) == pytest.approx([2_230_962.0, 252_238.6, 3.127], abs=0.1)


def test_without_laspy_the_sentence_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "laspy", None)
    with pytest.raises(InputError) as caught:
        read_cloud(SCAN)
    assert str(caught.value) == f'reading {SCAN} needs an optional part; install it by: pip install "sap-viewer[las]"'


def test_without_a_decompressor_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "scan.laz", white=255)
    monkeypatch.setattr(laspy.LazBackend, "detect_available", lambda: ())
    with pytest.raises(InputError, match=r'pip install "sap-viewer\[las\]"'):
        read_cloud(tmp_path / "scan.laz")

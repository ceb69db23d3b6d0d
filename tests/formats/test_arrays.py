from pathlib import Path

import numpy as np
import pytest

from sap_core.io import read_cloud
from tests.scans import MAP_OFFSET, ball_mesh, colored_ball

BALL = colored_ball(offset=MAP_OFFSET)


def test_npy_of_points(tmp_path: Path) -> None:
    np.save(tmp_path / "scan.npy", BALL.points)
    assert np.array_equal(read_cloud(tmp_path / "scan.npy").cloud.points, BALL.points)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", "<f2"])
def test_npy_of_other_types(tmp_path: Path, dtype: str) -> None:
    points = (100 * colored_ball().points).astype(dtype)
    np.save(tmp_path / "scan.npy", np.asfortranarray(points))
    assert np.array_equal(read_cloud(tmp_path / "scan.npy").cloud.points, points)


def test_npy_of_six_and_nine_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "six.npy", np.hstack([BALL.points, BALL.normals]))
    np.save(tmp_path / "nine.npy", np.hstack([BALL.points, BALL.normals, BALL.colors]))
    six, nine = (read_cloud(tmp_path / name).cloud for name in ("six.npy", "nine.npy"))
    assert np.array_equal(six.normals, BALL.normals)
    assert six.colors is None
    assert np.array_equal(nine.normals, BALL.normals)
    assert np.array_equal(nine.colors, BALL.colors)


@pytest.mark.parametrize("name", ["points", "vertices", "xyz"])
def test_npz_of_a_cloud(tmp_path: Path, name: str) -> None:
    arrays = {name: BALL.points, "normals": BALL.normals, "colors": BALL.colors / 255, "camera": np.eye(4)}
    np.savez_compressed(tmp_path / "scan.npz", **arrays)
    cloud = read_cloud(tmp_path / "scan.npz").cloud
    assert np.array_equal(cloud.points, BALL.points)
    assert np.array_equal(cloud.normals, BALL.normals)
    assert np.array_equal(cloud.colors, BALL.colors)


def test_npz_with_faces_is_a_mesh(tmp_path: Path) -> None:
    mesh = ball_mesh(offset=MAP_OFFSET)
    np.savez(tmp_path / "mesh.npz", vertices=mesh.vertices, faces=mesh.faces.astype(np.int32))
    read = read_cloud(tmp_path / "mesh.npz")
    assert len(read.cloud) == 50_000
    assert "a mesh of 320 faces" in read.notices[0]

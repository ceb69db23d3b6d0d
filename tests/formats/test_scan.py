from pathlib import Path

import numpy as np
import pytest

from sap_core.io import read_cloud
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, ball_mesh, colored_ball


def test_points_lie_on_the_mesh_with_the_normals_of_its_faces(tmp_path: Path) -> None:
    mesh = ball_mesh(offset=MAP_OFFSET)
    np.savez(tmp_path / "mesh.npz", vertices=mesh.vertices, faces=mesh.faces)
    read = read_cloud(tmp_path / "mesh.npz")
    centred = read.cloud.points - MAP_OFFSET
    assert read.notices == ("a mesh of 320 faces: 50,000 points were drawn on it, with its normals",)
    assert len(read.cloud) == 50_000
    assert np.linalg.norm(centred, axis=1).min() > 0.96
    assert np.linalg.norm(centred, axis=1).max() < 1 + 1e-8
    assert np.allclose(np.linalg.norm(read.cloud.normals, axis=1), 1)
    assert (read.cloud.normals * centred).sum(axis=1).min() > 0.96


def test_the_seed_decides_the_points(tmp_path: Path) -> None:
    mesh = ball_mesh()
    np.savez(tmp_path / "mesh.npz", vertices=mesh.vertices, faces=mesh.faces)
    first, again, other = (read_cloud(tmp_path / "mesh.npz", seed=seed).cloud.points for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_colours_come_from_the_nearest_vertex(tmp_path: Path) -> None:
    mesh, ball = ball_mesh(), colored_ball()
    np.savez(tmp_path / "mesh.npz", vertices=mesh.vertices, faces=mesh.faces, colors=ball.colors)
    cloud = read_cloud(tmp_path / "mesh.npz").cloud
    ideal = 127.5 * (cloud.points + 1)
    assert np.abs(cloud.colors - ideal).max() < 127.5 * 0.2  # the largest distance to a vertex


def test_faces_at_broken_vertices_are_left_out(tmp_path: Path) -> None:
    mesh = ball_mesh()
    vertices = mesh.vertices.copy()
    vertices[5] = np.nan
    touched = (mesh.faces == 5).any(axis=1).sum()
    np.savez(tmp_path / "mesh.npz", vertices=vertices, faces=mesh.faces)
    read = read_cloud(tmp_path / "mesh.npz")
    assert len(read.cloud) == 50_000
    assert read.notices[1] == f"{touched} of 320 faces have a NaN or infinite corner and were left out"


def test_faces_without_area_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "mesh.npz", vertices=np.eye(4, 3), faces=[[0, 0, 1], [2, 3, 3]])
    with pytest.raises(InputError, match=r"the faces of .*mesh\.npz have no area"):
        read_cloud(tmp_path / "mesh.npz")


def test_a_flat_mesh_is_refused_like_flat_points(tmp_path: Path) -> None:
    np.savez(tmp_path / "mesh.npz", vertices=np.eye(3), faces=[[0, 1, 2]])
    with pytest.raises(InputError, match="lie in a plane"):
        read_cloud(tmp_path / "mesh.npz")

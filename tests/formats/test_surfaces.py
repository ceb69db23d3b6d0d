from pathlib import Path

import numpy as np
import pytest
import trimesh

from sap_core.io import read_cloud, write_mesh
from tests.scans import MAP_OFFSET, ball_mesh, colored_ball


def test_obj_of_bare_vertices_with_normals_and_colours(tmp_path: Path) -> None:
    ball = colored_ball(offset=MAP_OFFSET)
    vertices = [
        "v " + " ".join(f"{value:.17g}" for value in row) for row in np.column_stack([ball.points, ball.colors / 255])
    ]
    normals = ["vn " + " ".join(f"{value:.17g}" for value in row) for row in ball.normals]
    (tmp_path / "scan.obj").write_text("\n".join(vertices + normals))
    cloud = read_cloud(tmp_path / "scan.obj").cloud
    assert np.array_equal(cloud.points, ball.points)
    assert np.array_equal(cloud.normals, ball.normals)
    assert np.array_equal(cloud.colors, ball.colors)


def test_obj_normals_of_another_number_are_not_the_vertices(tmp_path: Path) -> None:
    (tmp_path / "scan.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvn 0 0 1\n")
    assert read_cloud(tmp_path / "scan.obj").cloud.normals is None


def test_obj_with_polygons_missing_materials_and_foreign_letters(tmp_path: Path) -> None:
    text = "mtllib gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\n"
    faces = "usemtl a\nf 1/1/1 4/1/1 3/1/1 2/1/1\nusemtl b\nf 1 2 5\n"
    (tmp_path / "mesh.obj").write_bytes((text + "vt 0 0\nvn 0 0 -1\n" + faces).encode("latin-1"))
    cloud = read_cloud(tmp_path / "mesh.obj").cloud
    below = cloud.points[:, 2] == 0
    assert below.mean() == pytest.approx(2 / 3, abs=0.01)
    assert np.allclose(cloud.normals[below], [0, 0, -1])


def test_off_without_faces_is_a_cloud(tmp_path: Path) -> None:
    points = colored_ball(offset=MAP_OFFSET).points
    rows = "\n".join(" ".join(f"{value:.17g}" for value in row) for row in points)
    (tmp_path / "scan.off").write_text(f"OFF\n{len(points)} 0 0\n{rows}\n")
    assert np.array_equal(read_cloud(tmp_path / "scan.off").cloud.points, points)


def test_glb_of_points_with_colours(tmp_path: Path) -> None:
    ball = colored_ball()
    (tmp_path / "scan.glb").write_bytes(
        trimesh.Scene(trimesh.PointCloud(ball.points, colors=ball.colors)).export(file_type="glb")
    )
    cloud = read_cloud(tmp_path / "scan.glb").cloud
    assert np.allclose(cloud.points, ball.points, atol=1e-6)
    assert np.array_equal(cloud.colors, ball.colors)


def test_glb_parts_are_put_where_their_nodes_say(tmp_path: Path) -> None:
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box(), transform=trimesh.transformations.translation_matrix([10, 0, 0]))
    scene.add_geometry(trimesh.creation.box(), transform=trimesh.transformations.scale_matrix(3))
    (tmp_path / "mesh.glb").write_bytes(scene.export(file_type="glb"))
    points = read_cloud(tmp_path / "mesh.glb").cloud.points
    assert np.allclose(points.min(axis=0), [-1.5, -1.5, -1.5], atol=0.01)
    assert np.allclose(points.max(axis=0), [10.5, 1.5, 1.5], atol=0.01)


def test_stl_is_binary_unless_that_would_move_vertices(tmp_path: Path) -> None:
    write_mesh(ball_mesh(), tmp_path / "near.stl")
    write_mesh(ball_mesh(offset=MAP_OFFSET), tmp_path / "far.stl")
    assert (tmp_path / "near.stl").stat().st_size == 84 + 50 * 320
    assert (tmp_path / "far.stl").read_text().startswith("solid")

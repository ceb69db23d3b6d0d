import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from sap_core.io import read_cloud, read_mesh, write_mesh
from sap_core.validate.error import InputError
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


@pytest.mark.parametrize("spare", [b"\0", b"\0" * 13, b"COLOR=" * 40], ids=len)
def test_bytes_after_the_last_face_of_an_stl_are_passed_over(tmp_path: Path, spare: bytes) -> None:
    write_mesh(ball_mesh(), tmp_path / "mesh.stl")
    whole = read_mesh(tmp_path / "mesh.stl")
    with (tmp_path / "mesh.stl").open("ab") as stream:
        stream.write(spare)
    read = read_mesh(tmp_path / "mesh.stl")
    assert np.array_equal(read.vertices, whole.vertices)
    assert np.array_equal(read.faces, whole.faces)


def write_glb(path: Path, *, required: list[str], normalized: bool = False) -> None:
    """The unit sphere, its coordinates whole numbers, in a file that asks for extensions."""
    corners = np.round(ball_mesh().vertices * 1000).astype("<i2")
    faces = ball_mesh().faces.astype("<u2")
    padded = np.zeros((len(corners), 4), "<i2")
    padded[:, :3] = corners
    positions = {
        "bufferView": 0,
        "componentType": 5122,
        "count": len(corners),
        "type": "VEC3",
        "normalized": normalized,
    }
    tree = {
        "asset": {"version": "2.0"},
        "extensionsRequired": required,
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "scale": [0.001, 0.001, 0.001]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [positions, {"bufferView": 1, "componentType": 5123, "count": faces.size, "type": "SCALAR"}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": padded.nbytes, "byteStride": 8},
            {"buffer": 0, "byteOffset": padded.nbytes, "byteLength": faces.nbytes},
        ],
        "buffers": [{"byteLength": padded.nbytes + faces.nbytes}],
    }
    text, binary = json.dumps(tree).encode(), padded.tobytes() + faces.tobytes()
    parts = [(text + b" " * (-len(text) % 4), b"JSON"), (binary + b"\0" * (-len(binary) % 4), b"BIN\0")]
    chunks = b"".join(struct.pack("<I4s", len(content), kind) + content for content, kind in parts)
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks)


@pytest.mark.parametrize(
    ("required", "sentence"),
    [
        ("KHR_draco_mesh_compression", "is compressed by Draco: export it without compression, or install an optional"),
        ("EXT_meshopt_compression", "is compressed by meshopt: export it without compression"),
        (
            "EXT_mesh_gpu_instancing",
            "needs the extension EXT_mesh_gpu_instancing, which is not read: export it without",
        ),
    ],
)
def test_glb_that_needs_what_is_not_read(
    tmp_path: Path, required: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "DracoPy", None)
    write_glb(tmp_path / "mesh.glb", required=["KHR_texture_transform", required])
    with pytest.raises(InputError) as caught:
        read_cloud(tmp_path / "mesh.glb")
    assert str(caught.value).startswith(f"{tmp_path}/mesh.glb {sentence}")


def test_glb_whose_compression_is_damaged(tmp_path: Path) -> None:
    contents = trimesh.exchange.gltf.export_glb(trimesh.Scene(trimesh.creation.icosphere(2)), extension_draco=True)
    (tmp_path / "mesh.glb").write_bytes(contents.replace(b"DRACO", b"DRAGO"))
    with pytest.raises(InputError, match=r"mesh\.glb is compressed by Draco: export it without compression$"):
        read_cloud(tmp_path / "mesh.glb")


def test_glb_compressed_by_draco_is_read_where_there_is_its_library(tmp_path: Path) -> None:
    scene = trimesh.Scene(trimesh.creation.icosphere(2))
    (tmp_path / "mesh.glb").write_bytes(trimesh.exchange.gltf.export_glb(scene, extension_draco=True))
    mesh = read_mesh(tmp_path / "mesh.glb")
    assert len(mesh.faces) == 320
    assert np.linalg.norm(mesh.vertices, axis=1) == pytest.approx(1, abs=1e-3)


def test_glb_with_whole_numbers_for_coordinates(tmp_path: Path) -> None:
    write_glb(tmp_path / "mesh.glb", required=["KHR_mesh_quantization", "KHR_materials_unlit"])
    assert np.abs(read_mesh(tmp_path / "mesh.glb").vertices - ball_mesh().vertices).max() < 0.6e-3
    write_glb(tmp_path / "mesh.glb", required=["KHR_mesh_quantization"], normalized=True)
    with pytest.raises(InputError, match="needs the extension KHR_mesh_quantization"):
        read_mesh(tmp_path / "mesh.glb")

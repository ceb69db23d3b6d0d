import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from plyfile import PlyData, PlyElement

from sap_core.crop import Crop, Sphere
from sap_core.geometry import Mesh, PointCloud
from sap_core.io import CLOUD_SUFFIXES, MESH_SUFFIXES, SCAN_SUFFIXES, read_cloud, read_mesh, write_cloud, write_mesh
from sap_core.validate.error import InputError
from tests.scans import MAP_OFFSET, ball_mesh, colored_ball, dressed_ball

ASSETS = Path(__file__).parents[1] / "assets"
DATA = Path(__file__).parent / "data"


def test_what_can_be_read_and_written() -> None:
    assert set(SCAN_SUFFIXES) == {
        *(".ply", ".obj", ".stl", ".off", ".glb", ".xyz", ".asc", ".txt", ".pts", ".csv", ".ptx", ".pcd"),
        *(".npy", ".npz", ".las", ".laz", ".e57"),
    }
    assert set(MESH_SUFFIXES) == {".ply", ".obj", ".stl", ".off", ".glb"}
    assert set(CLOUD_SUFFIXES) == {".ply"}


@pytest.mark.parametrize("suffix", [".ply", ".obj", ".off"])
def test_a_written_mesh_is_read_as_it_stands(tmp_path: Path, suffix: str) -> None:
    mesh = ball_mesh(offset=MAP_OFFSET)
    write_mesh(mesh, tmp_path / f"mesh{suffix}")
    read = read_mesh(tmp_path / f"mesh{suffix}")
    assert np.array_equal(read.vertices, mesh.vertices)
    assert np.array_equal(read.faces, mesh.faces)


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
@pytest.mark.parametrize("brightest", [1, 255])
def test_a_mesh_keeps_its_colours_where_the_format_has_them(tmp_path: Path, suffix: str, brightest: int) -> None:
    ball = dressed_ball(offset=MAP_OFFSET)
    mesh = Mesh(ball.vertices, ball.faces, np.minimum(ball.colors, brightest))
    write_mesh(mesh, tmp_path / f"mesh{suffix}")
    read = read_mesh(tmp_path / f"mesh{suffix}")
    if suffix in (".stl", ".off"):
        assert read.colors is None
    else:
        assert np.array_equal(read.colors, mesh.colors)
        assert np.array_equal(read.faces, mesh.faces)
    assert np.abs(read.vertices[read.faces] - mesh.vertices[mesh.faces]).max() <= 2e-7


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_a_mesh_without_attributes_is_read_without(tmp_path: Path, suffix: str) -> None:
    write_mesh(ball_mesh(), tmp_path / f"mesh{suffix}")
    read = read_mesh(tmp_path / f"mesh{suffix}")
    assert read.colors is read.distances is None


@pytest.mark.parametrize("suffix", [".ply", ".obj", ".glb"])
def test_colours_are_the_same_elsewhere(tmp_path: Path, suffix: str) -> None:
    write_mesh(dressed_ball(offset=MAP_OFFSET), tmp_path / f"mesh{suffix}")
    read = trimesh.load_scene(tmp_path / f"mesh{suffix}", process=False).to_mesh()
    assert np.array_equal(read.visual.vertex_colors[:, :3], dressed_ball().colors)


def test_colours_in_obj_survive_readers_that_cut_fractions_off(tmp_path: Path) -> None:
    greys = np.repeat(np.arange(256)[:, None], 3, axis=1)
    write_mesh(Mesh(np.random.default_rng(0).random((256, 3)), [[0, 1, 2]], greys), tmp_path / "mesh.obj")
    lines = (tmp_path / "mesh.obj").read_text().splitlines()
    written = np.array([line.split()[4:] for line in lines if line.startswith("v ")], float)
    assert np.array_equal((written * 255).astype(int), greys)
    assert np.array_equal((written * 255).round(), greys)


def test_distances_are_a_property_of_the_vertices_in_ply(tmp_path: Path) -> None:
    mesh = dressed_ball(offset=MAP_OFFSET)
    write_mesh(mesh, tmp_path / "mesh.ply")
    assert np.array_equal(read_mesh(tmp_path / "mesh.ply").distances, mesh.distances)
    contents = PlyData.read(tmp_path / "mesh.ply")
    assert contents.comments == ["quality is the distance from the vertex to the nearest point of the scan"]
    assert [entry.name for entry in contents["vertex"].properties] == [*"xyz", "red", "green", "blue", "quality"]
    assert np.array_equal(contents["vertex"]["quality"], mesh.distances)


def test_the_quality_of_another_program_is_no_distance(tmp_path: Path) -> None:
    vertices = np.array(
        [(0, 0, 0, 0.5), (1, 0, 0, 0.5), (0, 1, 0, 0.5)], [(name, "f4") for name in (*"xyz", "quality")]
    )
    faces = np.array([([0, 1, 2],)], [("vertex_indices", "i4", (3,))])
    PlyData([PlyElement.describe(vertices, "vertex"), PlyElement.describe(faces, "face")]).write(tmp_path / "mesh.ply")
    assert read_mesh(tmp_path / "mesh.ply").distances is None


def test_points_without_faces_are_no_mesh(tmp_path: Path) -> None:
    write_cloud(colored_ball(), tmp_path / "cloud.ply")
    with pytest.raises(InputError, match=r"cloud\.ply holds points without faces"):
        read_mesh(tmp_path / "cloud.ply")


@pytest.mark.parametrize("offset", [np.zeros(3), MAP_OFFSET], ids=["at home", "on the map"])
@pytest.mark.parametrize("suffix", [*MESH_SUFFIXES, ".OBJ"])
def test_a_written_mesh_is_the_same_elsewhere(tmp_path: Path, suffix: str, offset: np.ndarray) -> None:
    mesh = ball_mesh(offset=offset)
    write_mesh(mesh, tmp_path / f"mesh{suffix}")
    # Not trimesh's own PLY reader: it would do, but this is what sap_core.io reads with as well.
    read = trimesh.load_scene(tmp_path / f"mesh{suffix}", process=False).to_mesh()
    exact = suffix in (".ply", ".obj", ".OBJ", ".off")
    corners, expected = np.asarray(read.vertices)[read.faces], mesh.vertices[mesh.faces]
    assert np.abs(corners - expected).max() <= (0 if exact else 2e-7)
    if suffix != ".stl":  # which repeats each vertex for each face
        assert np.array_equal(read.faces, mesh.faces)
        assert read.is_watertight


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_a_written_mesh_can_be_read_as_a_scan(tmp_path: Path, suffix: str) -> None:
    write_mesh(ball_mesh(offset=MAP_OFFSET), tmp_path / f"mesh{suffix}")
    cloud = read_cloud(tmp_path / f"mesh{suffix}").cloud
    distances = np.linalg.norm(cloud.points - MAP_OFFSET, axis=1)
    assert distances.min() > 0.96
    assert distances.max() < 1 + 1e-6
    assert (cloud.normals * (cloud.points - MAP_OFFSET)).sum(axis=1).min() > 0.96


@pytest.mark.parametrize("suffix", [".obj", ".off", ".ply"])
@pytest.mark.parametrize("scale", [1e-12, 1 / 3, 1e12])
def test_every_digit_survives_at_every_scale(tmp_path: Path, suffix: str, scale: float) -> None:
    mesh = Mesh(scale * ball_mesh().vertices, ball_mesh().faces)
    write_mesh(mesh, tmp_path / f"mesh{suffix}")
    read = trimesh.load_scene(tmp_path / f"mesh{suffix}", process=False).to_mesh()
    assert np.array_equal(read.vertices, mesh.vertices)


@pytest.mark.parametrize("normals", [True, False])
@pytest.mark.parametrize("colors", [True, False])
def test_a_written_cloud_is_the_same_read_again(tmp_path: Path, normals: bool, colors: bool) -> None:
    ball = colored_ball(offset=MAP_OFFSET)
    write_cloud(
        PointCloud(ball.points, ball.normals if normals else None, ball.colors if colors else None), tmp_path / "a.ply"
    )
    read = read_cloud(str(tmp_path / "a.ply"))
    assert read.notices == ()
    assert np.array_equal(read.cloud.points, ball.points)
    assert np.array_equal(read.cloud.normals, ball.normals) if normals else read.cloud.normals is None
    assert np.array_equal(read.cloud.colors, ball.colors) if colors else read.cloud.colors is None


@pytest.mark.parametrize(
    ("path", "points", "normals", "colors"),
    [
        (ASSETS / "spot_scan.ply", 29_995, False, True),
        (ASSETS / "fandisk_points.ply", 20_000, False, False),
        (ASSETS / "knot_points.ply", 20_000, False, False),
        (ASSETS / "kitten.xyz", 5_210, True, False),
        (DATA / "body_scan_utm.ply", 49_995, False, False),
        (DATA / "haystack_rock.las", 21_932, False, False),
        (DATA / "body_reference.npz", 50_000, True, False),
    ],
)
def test_the_scans_at_hand(path: Path, points: int, normals: bool, colors: bool) -> None:
    cloud = read_cloud(path).cloud
    assert (len(cloud), cloud.normals is not None, cloud.colors is not None) == (points, normals, colors)


def test_the_assets_stay_small() -> None:
    assert sum(file.stat().st_size for file in ASSETS.iterdir()) < 2_000_000


def test_normals_of_zero_are_ignored_with_a_notice(tmp_path: Path) -> None:
    ball = colored_ball()
    write_cloud(PointCloud(ball.points, np.zeros_like(ball.points)), tmp_path / "scan.ply")
    read = read_cloud(tmp_path / "scan.ply")
    assert read.cloud.normals is None
    assert read.notices == ("162 of 162 normals are zero or not finite and were ignored",)


def test_what_crops_leave_out_may_make_no_surface(tmp_path: Path) -> None:
    ball = colored_ball(offset=MAP_OFFSET)
    points = np.vstack([ball.points, np.full((9, 3), -9999.0)])
    np.savetxt(tmp_path / "scan.xyz", points, fmt="%.17g")
    with pytest.raises(InputError, match="lie on a line"):
        read_cloud(tmp_path / "scan.xyz")
    around = Crop(Sphere((MAP_OFFSET[0], MAP_OFFSET[1], MAP_OFFSET[2]), 2.0))
    assert np.array_equal(read_cloud(tmp_path / "scan.xyz", crops=[around]).cloud.points, points)


def test_output_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write the mesh to .*\.ply, \.obj, \.stl, \.off or \.glb$"):
        write_mesh(ball_mesh(), tmp_path / "out.fbx")
    with pytest.raises(InputError, match=r"cannot write the point cloud to .*there is no folder"):
        write_cloud(colored_ball(), tmp_path / "missing" / "out.ply")


@pytest.mark.parametrize("suffix", MESH_SUFFIXES)
def test_a_mesh_without_faces_is_not_written(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(InputError, match="the mesh has no faces"):
        write_mesh(Mesh(np.zeros((0, 3)), np.zeros((0, 3), int)), tmp_path / f"out{suffix}")
    assert not list(tmp_path.iterdir())


FULL_DISK = """
import resource, sys
from sap_core.io import write_cloud, write_mesh
from tests.scans import ball_mesh, colored_ball
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
try:
    write_cloud(colored_ball(), sys.argv[1]) if sys.argv[2] == "cloud" else write_mesh(ball_mesh(), sys.argv[1])
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.parametrize("name", [*(f"mesh{suffix}" for suffix in MESH_SUFFIXES), "cloud.ply"])
def test_a_full_disk_keeps_the_old_file(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    target.write_text("old")
    arguments = [sys.executable, "-c", FULL_DISK, str(target), target.stem]
    done = subprocess.run(arguments, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("File too large\n", "")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_reading_and_writing_load_no_torch() -> None:
    check = "import sys, sap_core.io, sap_core.validate.points; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=Path(__file__).parents[1], check=False).returncode == 0

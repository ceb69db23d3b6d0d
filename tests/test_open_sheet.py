import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from sap_core.config import Settings
from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.mesh.topology import topology
from sap_core.reconstruction import Reconstruction
from sap_core.scan.open_sheet import as_sheet, common_direction
from sap_core.scan.preparation import prepare
from sap_core.scan.spacing import local_areas
from sap_core.start import StartingPoints, starting_points
from tests.shapes import ball, box, noisy, thin_plate, together, torus
from tests.sheets import HEIGHTS, Height, dome, facade, hill, room, saddle, scan_lines, sheet, waves
from tests.test_trim import boundary_loops

TURN = Rotation.from_euler("xyz", [20, 35, 50], degrees=True).as_matrix()
UP = (0.0, 0.0, 1.0)
TOWARDS_Z = "the scan is an open sheet: the side towards +z was taken as its outside"


def started(points: FloatArray, normals: FloatArray | None = None) -> StartingPoints:
    rng = np.random.default_rng(0)
    scan = prepare(PointCloud(points, normals), samples=50_000, rng=rng)
    return starting_points(
        scan, init="auto", otherwise="orientation", count=20_000, device=torch.device("cpu"), rng=rng
    )


def share_looking(start: StartingPoints, direction: FloatArray | tuple[float, float, float]) -> float:
    return (start.cloud.normals @ np.array(direction) > 0).mean()


@pytest.mark.parametrize(("extent", "noise"), [(1.0, 0.0), (100.0, 0.01), (1_000.0, 0.002)])
@pytest.mark.parametrize("height", HEIGHTS.values(), ids=HEIGHTS.keys())
def test_ground_looks_up(height: Height, extent: float, noise: float) -> None:
    start = started(extent / 2 * sheet(height, 4_000, noise=noise) + 3 * extent)
    assert start.notices == (TOWARDS_Z,)
    assert share_looking(start, UP) >= 0.995
    assert np.median(np.linalg.norm(start.cloud.normals, axis=1)) == pytest.approx(1)


@pytest.mark.parametrize("height", [waves, saddle])
def test_ground_whose_noise_is_wider_than_the_spacing_of_its_points_looks_up(height: Height) -> None:
    start = started(sheet(height, 15_000, noise=0.03))
    assert start.notices == (TOWARDS_Z,)
    assert share_looking(start, UP) >= 0.98  # planes through 24 points still lean far over


@pytest.mark.parametrize("height", [hill, waves])
def test_ground_in_scan_lines_looks_up(height: Height) -> None:
    start = started(scan_lines(height))
    assert start.notices == (TOWARDS_Z,)
    assert share_looking(start, UP) >= 0.995


def test_a_valley_looks_up_although_it_would_be_the_bowl_of_a_body() -> None:
    start = started(sheet(dome, 4_000) * (1, 1, -0.6))
    assert start.notices == (TOWARDS_Z,)
    assert share_looking(start, UP) >= 0.995


@pytest.mark.parametrize("noise", [0.0, 0.005])
def test_a_wall_looks_one_way_and_it_is_said_which(noise: float) -> None:
    points = facade(8_000, noise=noise)
    start = started(points)
    (notice,) = start.notices
    side = {"+y": 1, "-y": -1}[notice.removeprefix("the scan is an open sheet: the side towards ").split()[0]]
    assert np.sign(start.facing[1]) == side
    wall = start.cloud.points[:, 1] <= np.quantile(start.cloud.points[:, 1], 0.4)  # neither windows nor reveals
    assert (side * start.cloud.normals[wall, 1] > 0).mean() >= 0.99


def test_what_was_seen_of_a_body_from_one_side_looks_to_that_side() -> None:
    whole = box(9_000, size=(1.0, 0.9, 0.3))
    for side in ((0.2, 0.3, 1.0), (-0.2, -0.3, -1.0)):
        seen = whole.take(whole.normals @ np.array(side) > 0)
        start = started(seen.points)
        assert (start.cloud.normals @ np.array(side) > 0).mean() > 0.98


@pytest.mark.parametrize("height", [hill, waves, saddle])
def test_a_turned_sheet_is_oriented_as_before(height: Height) -> None:
    points = sheet(height, 4_000, noise=0.005)
    straight, turned = started(points), started(points @ TURN.T)
    for start, across in ((straight, np.array(UP)), (turned, TURN @ UP)):
        assert max(share_looking(start, across), share_looking(start, -across)) >= 0.995
        assert abs(np.dot(start.facing, across)) > 0.98


@pytest.mark.parametrize(
    "cloud",
    [
        ball(4_000),
        torus(6_000),
        thin_plate(),
        noisy(thin_plate(), 0.005),
        together(ball(3_000), ball(1_000, radius=0.4, center=(1.8, 0, 0))),
        PointCloud(*room(6_000)),
        PointCloud(room(6_000, noise=0.01)[0]),
        torus(6_000).take(torus(6_000).points[:, 2] > -0.25),
    ],
    ids=["ball", "torus", "plate", "noisy plate", "two balls", "room", "noisy room", "torus without its foot"],
)
def test_a_body_is_no_sheet(cloud: PointCloud) -> None:
    start = started(cloud.points)
    assert start.facing is None
    assert start.notices == ()


def test_two_sides_that_pass_for_one_are_no_sheet() -> None:
    plate = box(3_000, size=(1, 1, 0.02))  # neighbours are as near as the other side
    points = plate.points + np.random.default_rng(0).normal(0, 0.001, plate.points.shape)
    up = np.tile(UP, (len(points), 1))
    assert as_sheet(points, local_areas(points), up) is None
    one = points * (1, 1, 0) + np.random.default_rng(0).normal(0, 0.01, points.shape)
    found = as_sheet(one, local_areas(one), up)
    assert found is not None
    assert found.side == "+z"


def test_parts_of_a_sheet_look_the_same_way() -> None:
    points = sheet(waves, 6_000)
    parted = points[np.abs(points[:, 0] - 0.2) > 0.15]
    start = started(parted)
    assert start.notices == (TOWARDS_Z,)
    assert share_looking(start, UP) >= 0.995


def test_a_few_points_are_no_sheet() -> None:
    corners = np.array([(x, y, z) for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)])
    assert as_sheet(corners, np.ones(8), corners - 0.5) is None


def test_normals_of_a_file_tell_of_a_sheet_as_well() -> None:
    points = sheet(hill, 4_000)
    start = started(points, np.tile((0.0, 0.0, -2.0), (len(points), 1)))
    assert start.notices == ("the scan's normals were used",)
    assert start.facing == pytest.approx((0, 0, -1))
    assert common_direction(ball(1_000).normals) is None


def reconstructed(points: FloatArray, **settings: object) -> Reconstruction:
    reconstruction = Reconstruction(PointCloud(points), Settings(preset="fast", device="cpu", **settings))
    while not reconstruction.finished:
        reconstruction.step()
    return reconstruction


def share_facing(mesh: Mesh, direction: tuple[float, float, float]) -> float:
    a, b, c = mesh.vertices[mesh.faces].swapaxes(0, 1)
    vectors = np.cross(b - a, c - a)
    areas = np.linalg.norm(vectors, axis=1)
    return areas[vectors @ np.array(direction) > 0].sum() / areas.sum()


@pytest.mark.parametrize("height", [hill, waves, saddle])
def test_a_trimmed_sheet_is_one_with_one_rim_and_one_side(height: Height) -> None:
    mesh = reconstructed(sheet(height, 8_000, noise=0.005)).mesh(trim="auto")
    assert topology(mesh).components == 1
    assert len(boundary_loops(mesh)) == 1
    assert share_facing(mesh, UP) > 0.999
    within = (np.abs(mesh.vertices[:, :2]) < 1).all(1)
    x, y, z = mesh.vertices[within].T
    assert np.quantile(np.abs(z - height(x, y)), 0.95) < 0.02


@pytest.mark.parametrize("flip", [False, True])
def test_what_closes_a_sheet_stays_low(flip: bool) -> None:
    points = sheet(waves, 6_000)
    reconstruction = reconstructed(points, flip=flip, steps=3)
    mesh = reconstruction.mesh()
    assert topology(mesh).watertight
    assert topology(mesh).components == 1
    thickness = np.ptp(mesh.vertices[:, 2]) / np.ptp(points[:, 0])
    assert thickness < np.ptp(points[:, 2]) / np.ptp(points[:, 0]) + 0.15
    above, below = mesh.vertices[:, 2].max() - points[:, 2].max(), points[:, 2].min() - mesh.vertices[:, 2].min()
    assert (above > 0.15) == flip
    assert (below > 0.15) != flip


def test_a_run_on_a_sheet_is_resumed_to_the_same_bits() -> None:
    points = sheet(waves, 3_000)
    whole, half = (Reconstruction(points, Settings(resolution=32, steps=count, device="cpu")) for count in (4, 4))
    for _ in range(4):
        whole.step()
    for _ in range(2):
        half.step()
    resumed = Reconstruction.resume(points, half.checkpoint())
    for _ in range(2):
        resumed.step()
    assert np.array_equal(resumed.mesh().vertices, whole.mesh().vertices)

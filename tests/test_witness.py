"""What a scan says of a mesh, of meshes that are made wrong on purpose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from sap_core.geometry import FloatArray, Mesh, PointCloud
from sap_core.io import read_cloud
from sap_core.mesh.agreement import Agreement
from sap_core.mesh.attributes import ScanAttributes
from sap_core.mesh.sampling import component_labels
from sap_core.mesh.trim import automatic_distance, trim
from sap_core.mesh.witness import Witness
from sap_core.reconstruction import reconstruct
from sap_core.scan.preparation import prepare
from tests.shapes import ball, moved, noisy, thin_plate, together, torus, torus_mesh

ASSETS = Path(__file__).parents[1] / "assets"
CELL = 0.02  # of the grid that the meshes would come from


def ball_mesh(*, radius: float = 1.0, center: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    shape = trimesh.creation.icosphere(4, radius)
    return Mesh(shape.vertices + center, shape.faces)


def box_mesh(*, size: tuple[float, float, float]) -> Mesh:
    shape = trimesh.creation.box(size).subdivide_to_size(0.05)
    return Mesh(shape.vertices, shape.faces)


def joined(*meshes: Mesh) -> Mesh:
    before = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + first for mesh, first in zip(meshes, before, strict=False)]
    return Mesh(np.vstack([mesh.vertices for mesh in meshes]), np.vstack(faces))


def agreement(scan: PointCloud, mesh: Mesh, *, cell: float = CELL) -> Agreement:
    prepared = prepare(scan, samples=None, rng=np.random.default_rng(0))
    dressed = ScanAttributes(prepared.cloud).dress(mesh)
    beyond = automatic_distance(prepared.cloud.points)
    return Witness(prepared).agreement(dressed, cell=cell, invented_beyond=beyond)


def with_a_piece_off() -> tuple[Mesh, Mesh]:
    """A small piece of the torus, and the rest of it."""
    mesh = torus_mesh()
    x, y, _ = mesh.vertices[mesh.faces].mean(axis=1).T
    piece = (x > 1.3) & (np.abs(y) < 0.1)
    return mesh.keep_faces(piece), mesh.keep_faces(~piece)


def only(found: Agreement, word: str) -> str:
    """The one sentence there is, which has the word."""
    (sentence,) = found.warnings
    assert word in sentence
    return sentence


@pytest.mark.parametrize(
    ("scan", "mesh"),
    [
        (torus(8_000), torus_mesh()),
        (noisy(torus(8_000), 0.01), torus_mesh()),
        (torus(40_000), torus_mesh()),
        (
            together(ball(8_000), moved(ball(300, radius=0.1), (2, 0, 0))),
            joined(ball_mesh(), ball_mesh(radius=0.1, center=(2, 0, 0))),
        ),
        (ball(50), ball_mesh()),
        (thin_plate(20_000), box_mesh(size=(1, 1, 0.06))),
    ],
    ids=["torus", "noise", "many points", "a large part and a small one", "few points", "plate"],
)
def test_of_a_mesh_that_is_right_nothing_is_said(scan: PointCloud, mesh: Mesh) -> None:
    found = agreement(scan, mesh)
    assert found.warnings == ()
    assert (found.lost_parts, found.stray_parts, found.small_parts) == (0, 0, 0)


def test_distances_are_told_both_ways() -> None:
    """A ball that is too large by a tenth: every vertex and every point is as far off."""
    found = agreement(ball(20_000), ball_mesh(radius=1.1))
    assert found.from_mesh.mean == pytest.approx(0.1, rel=0.05)
    assert found.from_scan == pytest.approx((0.1, 0.1, 0.1), rel=0.05)


@pytest.mark.parametrize(
    ("count", "said"), [(8_000, "2 parts, 50% of its points"), (60, "2 parts, 0.74% of its points")]
)
def test_a_part_of_the_scan_that_has_no_surface_is_told(count: int, said: str) -> None:
    lost = moved(ball(count, radius=0.3), (0, 0, 2))
    found = agreement(together(torus(8_000), lost), torus_mesh())
    assert (found.scan_parts, found.lost_parts) == (2, 1)
    assert found.from_scan.largest == pytest.approx(2, abs=0.2)
    assert found.missed == pytest.approx(count / (8_000 + count))
    assert said in only(found, "no surface near")


def test_a_piece_of_a_part_that_has_no_surface_is_told() -> None:
    mesh = torus_mesh()
    bitten = mesh.keep_faces(mesh.vertices[mesh.faces].mean(axis=1)[:, 0] < 1)
    found = agreement(torus(8_000), bitten)
    assert found.lost_parts == 0
    only(found, "no surface near")


def test_what_is_invented_is_told_and_not_once_it_is_trimmed() -> None:
    """Half a ball was scanned, and the mesh is the whole: what lies higher than the bound is invented."""
    half = ball(8_000)
    half = half.take(half.points[:, 2] < 0)
    mesh = ScanAttributes(half).dress(ball_mesh())
    found = agreement(half, mesh)
    assert found.invented == pytest.approx((1 - found.invented_beyond) / 2, abs=0.02)
    assert only(found, "invented").startswith(f"{found.invented:.0%} of the surface's area")
    trimmed = trim(mesh, beyond=found.invented_beyond)
    assert agreement(half, trimmed).warnings == ()


def test_bits_around_stray_points_are_told() -> None:
    stray = np.array([[0, 0, 1.5], [0, 1.5, 1.5]])
    scan = torus(8_000)
    bits = (ball_mesh(radius=0.05, center=tuple(place)) for place in stray)
    found = agreement(scan, joined(torus_mesh(), *bits))
    assert (found.parts, found.stray_parts) == (3, 2)
    assert any("2 of its 3 are bits" in sentence for sentence in found.warnings)


def parts_scanned(scan: PointCloud, mesh: Mesh) -> list[int]:
    """How many vertices each part of what is kept has."""
    kept = Witness(prepare(scan, samples=None, rng=np.random.default_rng(0))).scanned(mesh, cell=CELL)
    return np.bincount(component_labels(kept)).tolist()


def test_parts_around_no_points_are_left_out_and_those_that_were_scanned_are_kept() -> None:
    around, speck, bubble = torus_mesh(), ball_mesh(radius=0.05, center=(0, 0, 1.5)), ball_mesh(center=(0, 0, 5))
    whole = len(around.vertices)
    assert parts_scanned(torus(), around) == [whole]
    assert parts_scanned(torus(), joined(around, speck, bubble)) == [whole]
    small = ball(300, radius=0.05, center=(0, 0, 1.5))  # a fiftieth of all points, and a part of the scan
    assert parts_scanned(together(torus(15_000), small), joined(around, speck, bubble)) == [whole, len(speck.vertices)]


def test_a_speck_beside_the_surface_is_left_out_and_a_piece_that_has_come_off_is_kept() -> None:
    around, place = torus_mesh(), (1.39, 0.0, 0.0)
    scan = together(torus(20_000), ball(60, radius=0.03, center=place))
    assert parts_scanned(scan, joined(around, ball_mesh(radius=0.03, center=place))) == [len(around.vertices)]
    off, without = with_a_piece_off()
    assert parts_scanned(torus(20_000), joined(without, off)) == [len(without.vertices), len(off.vertices)]


def test_where_no_part_was_scanned_all_are_kept() -> None:
    few = PointCloud(torus(8_000).points[:12])
    assert len(parts_scanned(few, joined(torus_mesh(), ball_mesh(center=(0, 0, 3))))) == 2


def test_a_bit_that_has_come_off_its_part_is_told() -> None:
    """Some dozen of the points lie on a piece of the torus that no face joins with the rest."""
    off, without = with_a_piece_off()
    found = agreement(torus(20_000), joined(without, off))
    assert (found.parts, found.stray_parts) == (2, 1)
    only(found, "1 of its 2 are bits")


def test_many_small_parts_are_parts_of_the_scan() -> None:
    places = [(x, y, 0.0) for x in range(10) for y in range(6)]
    scan = together(*(moved(ball(400, radius=0.3), place) for place in places))
    found = agreement(scan, joined(*(ball_mesh(radius=0.3, center=place) for place in places)))
    assert (found.parts, found.scan_parts) == (60, 60)
    assert found.warnings == ()


def corners_of_a_cube() -> FloatArray:
    return np.array(np.meshgrid([0, 1], [0, 1], [0, 1]), float).reshape(3, -1).T


def test_balls_around_single_points_are_told() -> None:
    points = corners_of_a_cube()
    mesh = joined(*(ball_mesh(radius=0.05, center=tuple(place)) for place in points))
    only(agreement(PointCloud(points), mesh), "8 points are too few and too far apart")


def test_a_surface_through_points_that_fill_a_volume_is_told() -> None:
    inside = np.random.default_rng(0).uniform(-1, 1, (20_000, 3))
    inside = inside[np.linalg.norm(inside, axis=1) < 1]
    only(agreement(PointCloud(inside), ball_mesh()), "fill a volume")


def test_a_grid_too_coarse_for_the_parts_is_told() -> None:
    scan = together(torus(3_000), moved(torus(3_000, seed=1), (200, 0, 0)))
    lumps = (ball_mesh(center=center) for center in ((0.0, 0.0, 0.0), (200.0, 0.0, 0.0)))
    found = agreement(scan, joined(*lumps), cell=1.8)
    assert any("too coarse for 2 of the scan's 2 parts" in sentence for sentence in found.warnings)


def test_what_is_thinner_than_the_grid_is_told() -> None:
    plate, mesh = thin_plate(20_000, thickness=0.01), box_mesh(size=(1, 1, 0.01))
    assert "0.0" in only(agreement(plate, mesh, cell=0.012), "too thin for the grid")
    assert agreement(plate, mesh, cell=0.007).warnings == ()  # it was fine enough
    upper = box_mesh(size=(1, 1, 0.0001))
    upper = replace(upper, vertices=upper.vertices + np.array([0, 0, 0.005]))
    only(agreement(plate, upper, cell=0.007), "a resolution at least 1.4 times as high")


def test_of_what_is_thinner_than_its_points_lie_apart_a_denser_scan_is_asked_for() -> None:
    plate, mesh = thin_plate(4_000, thickness=0.01), box_mesh(size=(1, 1, 0.01))
    only(agreement(plate, mesh, cell=0.012), "scan more densely, for its points are")


def test_a_mesh_without_distances_is_refused() -> None:
    prepared = prepare(torus(500), samples=None, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="has none"):
        Witness(prepared).agreement(torus_mesh(), cell=CELL, invented_beyond=0.1)


# --- at the end of a run ---


@pytest.mark.parametrize("scan", sorted(path.name for path in ASSETS.glob("*.[px][ly][yz]")))
def test_a_run_says_nothing_of_a_clean_scan(scan: str) -> None:
    assert reconstruct(read_cloud(ASSETS / scan).cloud, preset="fast").warnings == ()


def test_a_run_says_that_eight_points_are_too_few() -> None:
    assert any("too few" in sentence for sentence in reconstruct(corners_of_a_cube(), preset="fast").warnings)


def test_a_run_says_that_points_fill_a_volume() -> None:
    axis = np.arange(-14.0, 15.0)
    places = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    solid = places[np.hypot(np.hypot(places[:, 0], places[:, 1]) - 9.5, places[:, 2]) < 4]
    warnings = reconstruct(solid, preset="fast", resolution=64).warnings
    assert any("fill a volume" in sentence for sentence in warnings)


def test_a_run_says_that_a_plate_is_too_thin() -> None:
    warnings = reconstruct(thin_plate(10_000, thickness=0.005), preset="fast", resolution=64).warnings
    assert any("too thin for the grid" in sentence for sentence in warnings)


def test_a_run_says_that_its_grid_is_too_coarse() -> None:
    scan = together(torus(3_000), moved(torus(3_000, seed=1), (200, 0, 0)))
    warnings = reconstruct(scan, preset="fast", resolution=64).warnings
    assert any("too coarse" in sentence for sentence in warnings)


def test_a_run_says_how_much_it_invents() -> None:
    scan = ball(6_000)
    scan = scan.take(scan.points[:, 2] < 0.3)
    wanted = {"preset": "fast", "resolution": 64}
    assert any("invented" in sentence for sentence in reconstruct(scan, **wanted).warnings)
    assert reconstruct(scan, trim="auto", **wanted).warnings == ()

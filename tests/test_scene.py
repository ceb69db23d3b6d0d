"""What of a snapshot is drawn, and where."""

from dataclasses import replace

import numpy as np
import pytest

from sap_core.geometry import Mesh, PointCloud
from sap_viewer.commands import SetSlices
from sap_viewer.scene.scene import NormalsLayer, Scene, ViewFrame, build_scene, slices_wanted
from sap_viewer.scene.view_options import MAX_NORMALS, MAX_POINTS, ViewOptions
from sap_viewer.snapshot import LossHistory, Snapshot
from tests.scans import MAP_OFFSET, colored_ball
from tests.snapshots import ball_snapshot

ALL_SLICES = ViewOptions(slice_x=True, slice_y=True, slice_z=True)
UNIT = ViewFrame((0.0, 0.0, 0.0), 1.0)
BLACK = (0.0, 0.0, 0.0)


def test_every_scan_has_the_same_size_in_the_view() -> None:
    for scale, offset in ((1.0, 0.0), (1e-3, 0.0), (250.0, MAP_OFFSET)):
        scene = build_scene(ball_snapshot(scale=scale, offset=offset), ALL_SLICES)
        assert scene.points is not None
        assert scene.mesh is not None
        for drawn in (scene.points.positions(), scene.mesh.vertices()):
            np.testing.assert_allclose(np.abs(drawn).max(0), 0.45, atol=1e-6)
        assert max(np.abs(layer.corners()).max() for layer in scene.slices) == pytest.approx(0.5 + 0.5 / 32)


def test_map_coordinates_lose_no_precision() -> None:
    here = build_scene(ball_snapshot(), ViewOptions())
    there = build_scene(ball_snapshot(offset=MAP_OFFSET), ViewOptions())
    assert here.points is not None
    assert there.points is not None
    assert there.points.positions().dtype == np.float32
    np.testing.assert_allclose(there.points.positions(), here.points.positions(), atol=1e-7)


@pytest.mark.parametrize(
    ("option", "layer"),
    [("show_points", "points"), ("show_normals", "normals"), ("show_mesh", "mesh")],
)
def test_a_hidden_layer_is_absent(option: str, layer: str) -> None:
    snapshot = ball_snapshot()
    assert getattr(build_scene(snapshot, ViewOptions()), layer) is not None
    assert getattr(build_scene(snapshot, replace(ViewOptions(), **{option: False})), layer) is None


def test_only_slices_that_are_shown_are_drawn_and_asked_for() -> None:
    options = ViewOptions(slice_x=True, slice_x_at=0.25, slice_y=False, slice_y_at=0.3, slice_z=True, slice_z_at=0.75)
    drawn = build_scene(ball_snapshot(), options).slices
    assert [layer.field.axis for layer in drawn] == [0, 2]
    assert slices_wanted(options) == SetSlices(x=0.25, y=None, z=0.75)


def test_layers_equal_those_of_the_same_arrays_and_no_others() -> None:
    snapshot = ball_snapshot()
    scene = build_scene(snapshot, ALL_SLICES)
    assert build_scene(replace(snapshot, bounds=np.array(snapshot.bounds)), ALL_SLICES) == scene
    other = build_scene(ball_snapshot(), ALL_SLICES)
    assert other.points != scene.points
    assert other.mesh != scene.mesh
    assert other.slices != scene.slices
    assert build_scene(snapshot, replace(ALL_SLICES, point_radius=0.01)).points != scene.points


def test_layers_have_the_look_that_the_options_give() -> None:
    options = ViewOptions(
        point_color="black", point_opacity=0.25, mesh_color="blue", mesh_shading="flat", slice_opacity=0.5
    )
    scene = build_scene(ball_snapshot(), options.switched(show=("mesh-edges", "slice-x"), hide=("normals", "slice-x")))
    assert scene.points is not None
    assert scene.mesh is not None
    assert (scene.points.color, scene.points.opacity) == (pytest.approx([25 / 255, 27 / 255, 30 / 255]), 0.25)
    assert (scene.mesh.color, scene.mesh.opacity) == (pytest.approx([0, 114 / 255, 178 / 255]), 1.0)
    assert (scene.mesh.shading, scene.mesh.edges) == ("flat", True)
    assert [(layer.field.axis, layer.opacity) for layer in scene.slices] == [(2, 0.5)]
    assert scene.normals is None


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_zero_level_is_a_line_on_the_slice(axis: int) -> None:
    layer = build_scene(ball_snapshot(offset=MAP_OFFSET), ALL_SLICES).slices[axis]
    nodes, edges = layer.zero_line()
    assert np.linalg.norm(nodes, axis=1) == pytest.approx(0.45, abs=2e-3)
    assert nodes[:, axis] == pytest.approx(0, abs=1e-6)
    assert len(nodes) == 2 * len(edges) > 100
    hidden = build_scene(ball_snapshot(), replace(ALL_SLICES, slice_line=False)).slices[axis]
    assert len(hidden.zero_line()[0]) == 0


def test_the_scan_has_its_own_colours_or_one() -> None:
    snapshot = replace(ball_snapshot(), scan=colored_ball())
    assert build_scene(snapshot, ViewOptions()).scan is None
    own = build_scene(snapshot, ViewOptions(show_scan=True)).scan
    assert own is not None
    assert own.colors() == pytest.approx(snapshot.scan.colors / 255, abs=1e-6)
    plain = build_scene(snapshot, ViewOptions(show_scan=True, scan_colors=False, scan_color="black")).scan
    assert plain is not None
    assert plain.colors() is None
    assert plain.color == pytest.approx([25 / 255, 27 / 255, 30 / 255])
    bare = replace(snapshot, scan=PointCloud(snapshot.scan.points))
    assert build_scene(bare, ViewOptions(show_scan=True)).scan.colors() is None


def test_normals_are_drawn_with_one_length_whatever_their_own() -> None:
    normals = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, -0.1], [0.0, 0.0, 0.0]])
    feet, arrows = NormalsLayer(PointCloud(np.ones((3, 3)), normals), UNIT, 0.02, BLACK, 1.0).arrows()
    np.testing.assert_allclose(feet, 1.0)
    np.testing.assert_allclose(arrows, [[0.02, 0, 0], [0, 0, -0.02], [0, 0, 0]])


@pytest.mark.parametrize(("count", "drawn"), [(MAX_POINTS, MAX_POINTS), (MAX_POINTS + 1, MAX_POINTS // 2 + 1)])
def test_of_many_oriented_points_an_even_part_is_drawn(count: int, drawn: int) -> None:
    many = PointCloud(np.linspace((0, 0, 0), (1, 1, 1), count), np.ones((count, 3)))
    positions = build_scene(replace(ball_snapshot(), cloud=many), ViewOptions()).points.positions()
    assert len(positions) == drawn
    assert np.allclose(np.diff(positions, axis=0), positions[1] - positions[0], atol=1e-5)


@pytest.mark.parametrize("count", [MAX_NORMALS, MAX_NORMALS + 1, 10 * MAX_NORMALS])
def test_few_enough_normals_are_drawn_and_they_spread_over_the_cloud(count: int) -> None:
    points = np.repeat(np.linspace(0, 1, count)[:, None], 3, axis=1)
    feet, arrows = NormalsLayer(PointCloud(points, np.ones((count, 3))), UNIT, 0.02, BLACK, 1.0).arrows()
    assert len(feet) == len(arrows)
    assert MAX_NORMALS / 2 < len(feet) <= MAX_NORMALS
    assert feet.min() == 0.0
    assert feet.max() > 0.999


def test_a_cloud_without_normals_draws_none() -> None:
    snapshot = ball_snapshot()
    assert snapshot.cloud is not None
    bare = PointCloud(snapshot.cloud.points)
    assert build_scene(replace(snapshot, cloud=bare), ViewOptions()).normals is None
    with pytest.raises(ValueError, match="162 points has none"):
        NormalsLayer(bare, UNIT, 0.02, BLACK, 1.0).arrows()


def test_an_empty_mesh_is_not_drawn() -> None:
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64))
    assert build_scene(replace(ball_snapshot(), mesh=nothing), ViewOptions()).mesh is None


def test_an_empty_view_asks_for_a_scan() -> None:
    assert build_scene(Snapshot(), ViewOptions()) == Scene(hint="Drop a scan here")
    refused = build_scene(Snapshot(status="failed", message="scan.ply is empty"), ViewOptions())
    assert refused == Scene(caption=("scan.ply is empty",), hint="Drop a scan here")
    assert build_scene(Snapshot(status="busy", message="loading scan.ply"), ViewOptions()).hint == ""


def test_the_caption_says_where_the_run_is() -> None:
    history = LossHistory(np.array([11, 12]), np.array([1.0, 2.5e-4]))
    snapshot = replace(ball_snapshot(), step=12, total_steps=3200, history=history, message="2 points were left out")
    caption = build_scene(snapshot, ViewOptions()).caption
    assert caption == ("ball", "step 12 of 3,200, running", "loss 2.50e-04", "2 points were left out")

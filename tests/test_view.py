"""Pictures of known scenes, and the window as a person meets it."""

import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import get_args

import numpy as np
import polyscope as ps
import pytest
import torch
from numpy.typing import NDArray

from sap_core.crop import Sphere
from sap_core.frame import HALF_EXTENT
from sap_core.geometry import PointCloud
from sap_viewer.publishing import completed
from sap_viewer.scene.camera import Camera
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.view_options import INKS, ColorBy, ViewOptions
from sap_viewer.snapshot import Snapshot
from sap_viewer.view import NoRendererError, Up, open_view
from sap_viewer.view.window import View
from tests import display_driver as person
from tests.conftest import missing
from tests.scans import MAP_OFFSET, colored_ball
from tests.snapshots import ball_field, ball_snapshot

Picture = NDArray[np.uint8]

SIZE = (320, 240)
NOTHING = ViewOptions(show_points=False, show_normals=False, show_mesh=False, slice_z=False)
EVERYTHING = ViewOptions(slice_x=True, slice_y=True, slice_z=True)


def open_off_screen() -> View:
    try:
        return open_view(windowed=False, size=SIZE)
    except NoRendererError as error:
        missing(str(error))
        raise


@pytest.fixture
def view() -> View:
    return open_off_screen()


def picture(view: View, snapshot: Snapshot, options: ViewOptions) -> Picture:
    view.update(build_scene(snapshot, options))
    return view.image()


def pixel_of(point: NDArray[np.float64]) -> tuple[int, int]:
    """Row and column at which the camera sees a point of the view frame."""
    x, y, z = (ps.get_camera_view_matrix() @ [*point, 1.0])[:3]
    width, height = SIZE
    focal = height / 2 / np.tan(np.radians(ps.get_vertical_fov_degrees()) / 2)
    return round(height / 2 + focal * y / z), round(width / 2 - focal * x / z)


# --- what is drawn ---


def test_the_picture_has_the_size_asked_for_and_is_a_copy(view: View) -> None:
    empty = picture(view, Snapshot(), ViewOptions())
    assert empty.shape == (240, 320, 3)
    assert empty.dtype == np.uint8
    assert empty.flags.c_contiguous
    assert (empty == empty[0, 0]).all()
    drawn = picture(view, ball_snapshot(), ViewOptions())
    assert (empty == empty[0, 0]).all()
    assert (drawn != empty).any()


def test_pictures_are_antialiased(view: View) -> None:
    plain = ball_snapshot(field=torch.full((8, 8, 8), -0.3))
    seen = picture(view, plain, replace(NOTHING, slice_z=True))
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) > 2  # those between the slice and the background


@pytest.mark.parametrize(
    "shown", ["show_scan", "show_points", "show_normals", "show_mesh", "slice_x", "slice_y", "slice_z"]
)
def test_each_layer_shows_and_vanishes(view: View, shown: str) -> None:
    snapshot = replace(ball_snapshot(), scan=colored_ball())
    empty = picture(view, snapshot, NOTHING)
    alone = picture(view, snapshot, replace(NOTHING, **{shown: True}))
    assert (alone != empty).any()
    assert (picture(view, snapshot, NOTHING) == empty).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_slice_is_blue_where_the_field_is_negative(view: View, axis: int) -> None:
    first, second = (other for other in range(3) if other != axis)
    field = torch.full((32, 32, 32), 0.46)
    low = torch.arange(32) < 16
    quarter = low.view(-1, 1) & ~low  # of the plane: the low half of its first axis, the high half of its second
    field[quarter.unsqueeze(axis).expand_as(field)] = -0.46
    options = replace(NOTHING, **{f"slice_{'xyz'[axis]}": True})
    seen = picture(view, ball_snapshot(field=field), options).astype(int)
    for u in (-0.25, 0.25):
        for v in (-0.25, 0.25):
            point = np.zeros(3)
            point[first], point[second] = u, v
            red, _, blue = seen[pixel_of(point)]
            assert (blue > red + 20) == (u < 0 < v)
            assert (red > blue + 20) == (u > 0 or v < 0)


def test_a_region_is_drawn_while_there_is_one(view: View) -> None:
    snapshot = ball_snapshot()
    before = picture(view, snapshot, NOTHING)
    view.update(build_scene(snapshot, NOTHING, region=Sphere((0.0, 0.0, 0.0), 0.6)))
    assert (view.image() != before).any(-1).sum() > 500
    assert np.array_equal(picture(view, snapshot, NOTHING), before)


def test_a_slice_looks_the_same_from_both_sides(view: View) -> None:
    def colors() -> set[tuple[int, ...]]:
        return {tuple(color) for color in view.image()[60:180:4, 80:240:4].reshape(-1, 3)}

    view.update(build_scene(ball_snapshot(field=torch.full((8, 8, 8), -0.3)), replace(NOTHING, slice_z=True)))
    ps.look_at((0.0, 0.0, 0.8), (0.0, 0.0, 0.0))
    front = colors()
    ps.look_at((0.0, 0.0, -0.8), (0.0, 0.0, 0.0))
    assert colors() == front
    assert len(front) == 1


def test_the_zero_level_is_drawn_on_a_slice(view: View) -> None:
    line = replace(NOTHING, slice_z=True)
    plain = replace(line, slice_line=False)
    flat = torch.full((32, 32, 32), 0.46)
    drawn, without = picture(view, ball_snapshot(), line), picture(view, ball_snapshot(), plain)
    assert (drawn.astype(int).max(-1) < 150).sum() > 60
    assert (without.astype(int).max(-1) < 150).sum() == 0
    assert (picture(view, ball_snapshot(field=flat), line) == picture(view, ball_snapshot(field=flat), plain)).all()
    assert (picture(view, ball_snapshot(), line) == drawn).all()


def test_a_slice_shows_through_the_mesh(view: View) -> None:
    with_slice = picture(view, ball_snapshot(), replace(NOTHING, show_mesh=True, slice_z=True)).astype(int)
    without = picture(view, ball_snapshot(), replace(NOTHING, show_mesh=True)).astype(int)
    middle = pixel_of(np.zeros(3))
    warmth = with_slice[middle][0] - with_slice[middle][2], without[middle][0] - without[middle][2]
    assert warmth[0] < warmth[1] - 20


def test_without_slices_the_mesh_hides_what_is_inside(view: View) -> None:
    ball = ball_snapshot()
    assert ball.cloud is not None
    inner = replace(ball, cloud=PointCloud(0.1 * ball.cloud.points))
    mesh = replace(NOTHING, show_mesh=True)
    assert (picture(view, inner, replace(mesh, show_points=True)) == picture(view, inner, mesh)).all()


def test_layers_have_their_colour_and_opacity(view: View) -> None:
    def colors(options: ViewOptions) -> list[tuple[int, ...]]:
        """Those of the most pixels, the background first."""
        found, counts = np.unique(picture(view, ball_snapshot(), options).reshape(-1, 3), axis=0, return_counts=True)
        return [tuple(map(int, found[row])) for row in np.argsort(-counts)[:3]]

    points = replace(NOTHING, show_points=True, point_radius=0.01)
    background, drawn, *_ = colors(replace(points, point_color="vermilion"))
    assert drawn == INKS["vermilion"]
    faint = colors(replace(points, point_color="vermilion", point_opacity=0.3))
    assert all(min(drawn[c], background[c]) < faint[1][c] < max(drawn[c], background[c]) for c in range(3))
    assert colors(replace(points, point_color="vermilion"))[1] == drawn


def test_a_translucent_mesh_shows_what_is_inside_and_edges_and_flat_faces_change_its_look(view: View) -> None:
    ball = ball_snapshot()
    assert ball.cloud is not None
    inner = replace(ball, cloud=PointCloud(0.1 * ball.cloud.points))
    mesh = replace(NOTHING, show_mesh=True)
    opaque = picture(view, inner, mesh)
    looks = [
        replace(mesh, show_points=True, mesh_opacity=0.5),
        replace(mesh, mesh_opacity=0.5),
        replace(mesh, mesh_shading="flat"),
        replace(mesh, mesh_edges=True),
        replace(mesh, mesh_color="sky"),
    ]
    pictures = [opaque, *(picture(view, inner, look) for look in looks)]
    for one, other in combinations(pictures, 2):
        assert (one != other).any(axis=-1).sum() > 20
    assert (picture(view, inner, mesh) == opaque).all()


def test_a_mesh_is_coloured_and_its_legend_drawn(view: View) -> None:
    mesh = ball_snapshot().mesh
    towards_the_camera = mesh.vertices @ (1.0, 0.5, 1.6)
    mesh = replace(mesh, colors=colored_ball().colors, distances=np.where(towards_the_camera > 1, 1.0, 0.1))
    ball = replace(ball_snapshot(), mesh=mesh, invented_beyond=0.5)
    shown = replace(NOTHING, show_mesh=True)

    def seen(by: ColorBy, **options: bool) -> Picture:
        values_by = by if by in ("normal", "curvature") else None
        snapshot = completed(replace(ball, values_by=values_by), Snapshot())
        return picture(view, snapshot, replace(shown, color_by=by, **options))

    corner = (slice(-120, -20), slice(15, 60))
    pictures = {by: seen(by) for by in get_args(ColorBy)}
    for one, other in combinations(pictures.values(), 2):
        assert (one != other).any(axis=-1).sum() > 1000
    for by, pixels in pictures.items():
        assert (pixels[corner] != pixels[0, -1]).any() == (by in ("distance", "curvature"))
    assert (seen("plain") == pictures["plain"]).all()
    assert (seen("distance", show_legend=False)[corner] == pictures["plain"][0, -1]).all()
    red, green, _ = pictures["distance"].astype(int)[120, 210]  # of the ball, beside the legend
    assert red > green + 60


def test_the_radius_and_the_length_are_those_of_the_options(view: View) -> None:
    def covered(options: ViewOptions) -> int:
        seen = picture(view, ball_snapshot(), options)
        return int((seen != seen[0, 0]).any(axis=2).sum())

    points = replace(NOTHING, show_points=True)
    assert covered(replace(points, point_radius=0.01)) > 2 * covered(replace(points, point_radius=0.005))
    normals = replace(NOTHING, show_normals=True)
    assert covered(replace(normals, normal_length=0.1)) > 2 * covered(replace(normals, normal_length=0.02))


@pytest.mark.parametrize(("scale", "offset"), [(1.0, MAP_OFFSET), (1e-3, 0.0), (250.0, -1e4)])
def test_place_and_size_of_the_scan_make_no_difference(
    view: View, scale: float, offset: NDArray[np.float64] | float
) -> None:
    here = picture(view, ball_snapshot(), EVERYTHING)
    there = picture(view, ball_snapshot(scale=scale, offset=offset), EVERYTHING)
    assert (np.abs(here.astype(int) - there) > 8).mean() < 1e-3


def test_another_camera_leaves_the_view_its_own(view: View) -> None:
    view.update(build_scene(ball_snapshot(), EVERYTHING))
    own, before = view.camera, view.image()
    above = Camera((0.0, 2.0, 0.1), (0.0, 0.1, 0.0), (0.0, 0.0, -1.0), 50.0)
    seen = view.image(camera=above)
    assert (seen != before).any()
    assert np.abs(view.image().astype(int) - before).mean() < 0.5
    assert np.allclose(view.camera.position, own.position, atol=1e-5)
    view.camera = above
    assert np.array_equal(view.image(), seen)
    for attribute in ("position", "target", "field_of_view"):
        assert np.allclose(getattr(view.camera, attribute), getattr(above, attribute), atol=1e-4), attribute


def test_pictures_of_another_size_show_the_same(view: View) -> None:
    view.update(build_scene(ball_snapshot(), EVERYTHING))
    before = view.image()
    view.resize((640, 480))
    larger = view.image()
    assert larger.shape == (480, 640, 3)
    assert np.abs(larger[::2, ::2].astype(int) - before).mean() < 3
    view.resize(SIZE)
    assert np.array_equal(view.image(), before)


# --- updates ---


def test_a_view_with_a_past_shows_what_a_new_one_does() -> None:
    ball = ball_snapshot()
    assert ball.cloud is not None
    assert ball.mesh is not None
    smaller = replace(ball, cloud=PointCloud(0.7 * ball.cloud.points, ball.cloud.normals))  # same counts
    fewer = replace(ball, cloud=ball.cloud.take(np.arange(100)), mesh=replace(ball.mesh, faces=ball.mesh.faces[::2]))
    finer = replace(ball, slices=ball_snapshot(field=0.5 * ball_field(64)).slices)
    opaque = replace(EVERYTHING, slice_x=False, slice_y=False, slice_z=False)
    scanned = replace(ball, scan=colored_ball())
    with_scan = replace(opaque, show_scan=True, scan_radius=0.005)
    past = [
        (scanned, with_scan),
        (scanned, replace(with_scan, scan_colors=False)),
        (scanned, with_scan),
        (ball, EVERYTHING),
        (smaller, EVERYTHING),
        (fewer, opaque),
        (finer, EVERYTHING),
        (ball, replace(opaque, show_points=False, mesh_edges=True, mesh_color="sky")),
        (ball, replace(EVERYTHING, mesh_opacity=0.4, mesh_shading="flat")),
        (smaller, replace(EVERYTHING, show_mesh=False, point_radius=0.005)),
        (Snapshot(), EVERYTHING),
        (ball, opaque),
    ]
    view = open_off_screen()
    seen = [picture(view, snapshot, options) for snapshot, options in past]
    for (snapshot, options), with_past in zip(past, seen, strict=True):
        assert (picture(open_off_screen(), snapshot, options) == with_past).all()


def test_no_structure_of_polyscope_is_kept(view: View) -> None:
    """Where a kept one has died, Polyscope takes what it allocates next for that one, and fails now and then."""
    picture(view, replace(ball_snapshot(), scan=colored_ball()), replace(EVERYTHING, show_scan=True))
    assert ps.has_surface_mesh("mesh")
    assert not [kept for kept in gc.get_objects() if issubclass(type(kept), ps.Structure)]


def test_nothing_is_drawn_anew_for_the_same_arrays(view: View) -> None:
    snapshot = ball_snapshot()
    view.update(build_scene(snapshot, EVERYTHING))
    view.tick()
    assert not ps.get_redraw_requested()
    view.update(build_scene(replace(snapshot, step=5), EVERYTHING))
    assert not ps.get_redraw_requested()
    view.update(build_scene(ball_snapshot(), EVERYTHING))
    assert ps.get_redraw_requested()


def test_updates_leave_the_camera_to_the_user(view: View) -> None:
    picture(view, ball_snapshot(), EVERYTHING)
    home = ps.get_camera_view_matrix()
    ps.look_at((0.3, 1.5, 0.4), (0.1, 0.0, 0.0))
    moved = ps.get_camera_view_matrix()
    picture(view, ball_snapshot(scale=30.0, offset=5.0), ViewOptions())
    np.testing.assert_array_equal(ps.get_camera_view_matrix(), moved)
    view.home("y")
    np.testing.assert_allclose(ps.get_camera_view_matrix(), home, atol=1e-6)


@pytest.mark.parametrize(("up", "axis"), [("x", 0), ("y", 1), ("z", 2)])
def test_the_axis_that_points_up_is_up_and_the_cube_is_in_the_picture(up: Up, axis: int) -> None:
    open_off_screen()  # skips where there is no OpenGL
    open_view(windowed=False, size=SIZE, up=up)
    top = np.zeros(3)
    top[axis] = 0.45
    assert 0 < pixel_of(top)[0] < 60
    assert 180 < pixel_of(-top)[0] < 240
    assert pixel_of(top)[1] == pixel_of(-top)[1] == 160


@pytest.mark.parametrize("up", ["x", "y", "z"])
def test_a_narrow_view_starts_with_the_whole_scan_in_it_and_a_wide_one_as_near_as_ever(up: Up) -> None:
    open_off_screen()  # skips where there is no OpenGL
    corners = HALF_EXTENT * np.array(list(product((-1, 1), repeat=3)))
    distances = []
    for size in ((640, 240), (320, 240), (240, 320), (120, 400)):
        view = open_view(windowed=False, size=size, up=up)
        slope = np.tan(np.radians(view.camera.field_of_view) / 2) * size[0] / size[1]
        x, _, z = (ps.get_camera_view_matrix() @ np.c_[corners, np.ones(8)].T)[:3]
        reach = np.abs(x / z / slope).max()
        distances.append(np.linalg.norm(view.camera.position))
        assert reach <= 1 + 1e-5
    assert distances[0] == pytest.approx(distances[1])
    assert distances[1] < distances[2] < distances[3]
    assert reach == pytest.approx(1)


# --- where nothing can be drawn ---


def complaint(code: str, **environment: str) -> str:
    """What a new interpreter prints, with nothing beside it on stderr."""
    program = f"import sys\nfrom sap_viewer.view import open_view, RendererError\ntry:\n    {code}\n"
    program += "except RendererError as error:\n    print(type(error).__name__, error)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    return done.stdout


def test_without_a_display_it_says_that_headless_exists() -> None:
    for environment in ({}, {"DISPLAY": ":4711"}):
        said = complaint("open_view(windowed=True)", **environment)
        assert said.startswith("NoDisplayError there is no display")
        assert "--headless" in said
        assert said.count("\n") == 1


def test_without_opengl_it_says_what_works_without(tmp_path: Path) -> None:
    said = complaint("open_view(windowed=False)", __EGL_VENDOR_LIBRARY_FILENAMES=str(tmp_path / "none.json"))
    assert said.startswith("NoRendererError there is no OpenGL")
    assert "--mesh" in said
    assert said.count("\n") == 1


def test_without_the_libraries_of_polyscope_it_says_what_works_without() -> None:
    said = complaint("sys.modules['polyscope'] = None; open_view(windowed=False)")
    assert said.startswith("NoRendererError nothing can be drawn, ")
    assert "--mesh" in said


# --- the window ---

WINDOW = """
import sys
from pathlib import Path
import polyscope as ps
from sap_core.frame import UnitFrame
from sap_viewer.scene.scene import build_scene
from sap_viewer.scene.view_options import ViewOptions
from sap_viewer.snapshot import Snapshot
from sap_viewer.view import open_view
from tests.scans import ball_mesh, colored_ball

log = Path(sys.argv[1]).open("w", buffering=1)
view = open_view(windowed=True, size=(640, 480), title="sap-viewer under test")
view.on_key = lambda key: print("key", key, file=log)
view.said_of_key = lambda key: print("said of", key, file=log) or ("one step" if key == "s" else "")
cloud = colored_ball()
snapshot = Snapshot(name="ball", bounds=UnitFrame.around(cloud.points).bounds, cloud=cloud, mesh=ball_mesh())
home, moved = ps.get_camera_view_matrix(), False
print("open", file=log)
while view.tick():
    view.update(build_scene(snapshot, ViewOptions()))
    if not moved and abs(ps.get_camera_view_matrix() - home).max() > 0.1:
        moved = True
        print("camera moved", file=log)
print("closed", file=log)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def window(display: dict[str, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-c", WINDOW, str(log)]
    with subprocess.Popen(program, env=display, stderr=subprocess.PIPE, text=True) as process:
        expect(log, "open")
        yield process
        process.kill()


def expect(log: Path, *lines: str) -> None:
    """Wait until the window's log ends with these lines."""
    wanted = "".join(f"{line}\n" for line in lines)
    person.wait_for(lambda: (log.exists() and log.read_text().endswith(wanted)) or None, f"{lines} in the log")


def test_the_window_answers_keys_and_mouse_and_closes(window: subprocess.Popen[str], log: Path) -> None:
    identity = person.find_window("sap-viewer under test")
    left, top = person.window_corner(identity)
    person.move(left + 300, top + 200)
    for key in ("space", "s", "r", "e", "v"):
        person.press_key(key)
        expect(log, f"said of {key}", f"key {key}")  # said first, in the frame of the press
    below = (left, top + 440, left + 640, top + 480)
    person.wait_for(lambda: person.screenshot().crop(below).getcolors(1), "an empty margin")
    quiet = person.screenshot().crop(below)
    person.press_key("s")
    person.wait_for(lambda: person.screenshot().crop(below) != quiet or None, "what the key does is shown")
    person.wait_for(lambda: person.screenshot().crop(below) == quiet or None, "it is shown no more")
    person.press_key("ctrl+v")  # a camera that Polyscope would paste
    person.press_key("x")
    for keys in ("ctrl+z", "ctrl+shift+z"):
        person.press_within_a_frame(keys, of=window.pid)
        expect(log, f"key {keys}")
    person.press_button()
    for step in range(1, 20):
        person.move(left + 300 + 8 * step, top + 200)
        time.sleep(0.02)
    person.release_button()
    expect(log, "key ctrl+shift+z", "camera moved")
    person.close_window(identity)
    expect(log, "closed")
    assert window.wait(timeout=10) == 0
    assert window.stderr is not None
    assert window.stderr.read() == ""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from sap_core.config import Parameters, Settings, Span
from sap_core.geometry import PointCloud
from sap_core.validate.error import InputError
from sap_core.validate.files import check_output
from sap_core.validate.points import clean_cloud
from sap_core.validate.settings import check_parameters, check_settings
from tests.scans import MAP_OFFSET, colored_ball

RESOLUTION = "resolution must be an even whole number from 16 to 256 nodes, or a multiple of 64 up to 2048"


def spread(count: int = 200, *, size: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5, 0.5, (count, 3)) * size


def rotated(points: np.ndarray) -> np.ndarray:
    axes, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    return points @ axes


# --- points ---


def test_a_good_cloud_stays_as_it_is() -> None:
    cloud = colored_ball()
    cleaned = clean_cloud(cloud, source="the scan")
    assert cleaned.notices == ()
    assert np.array_equal(cleaned.cloud.points, cloud.points)
    assert np.array_equal(cleaned.cloud.normals, cloud.normals)
    assert np.array_equal(cleaned.cloud.colors, cloud.colors)


def test_points_that_are_not_finite_are_left_out_with_all_that_belongs_to_them() -> None:
    whole = colored_ball()
    points = whole.points.copy()
    points[3, 1], points[7, 0], points[7, 2] = np.nan, np.inf, -np.inf
    cleaned = clean_cloud(PointCloud(points, whole.normals, whole.colors), source="the scan")
    kept = np.delete(np.arange(162), [3, 7])
    assert cleaned.notices == ("2 of 162 points are NaN or infinite and were left out",)
    assert np.array_equal(cleaned.cloud.points, points[kept])
    assert np.array_equal(cleaned.cloud.normals, whole.normals[kept])
    assert np.array_equal(cleaned.cloud.colors, whole.colors[kept])


@pytest.mark.parametrize("offset", [MAP_OFFSET, np.zeros(3), np.full(3, 1.5)], ids=["on the map", "around", "beside"])
def test_rows_of_zeros_are_left_out(offset: np.ndarray) -> None:
    whole = colored_ball(offset=offset)
    rows = np.arange(0, 162, 5)
    points = whole.points.copy()
    points[rows] = 0
    cleaned = clean_cloud(PointCloud(points, whole.normals, whole.colors), source="the scan")
    kept = np.delete(np.arange(162), rows)
    assert cleaned.notices == ("33 of 162 points are 0 0 0, where nothing was measured, and were left out",)
    assert np.array_equal(cleaned.cloud.points, whole.points[kept])
    assert np.array_equal(cleaned.cloud.normals, whole.normals[kept])
    assert np.array_equal(cleaned.cloud.colors, whole.colors[kept])


def test_a_single_zero_is_left_out_only_where_it_is_far_from_the_scan() -> None:
    far = clean_cloud(PointCloud(np.vstack([np.zeros(3), colored_ball(offset=MAP_OFFSET).points])), source="the scan")
    assert "1 of 163 points are 0 0 0" in far.notices[0]
    through_it = np.vstack([np.zeros(3), colored_ball(offset=np.array([0.5, 0, 0])).points])
    cleaned = clean_cloud(PointCloud(through_it), source="the scan")
    assert cleaned.notices == ()
    assert np.array_equal(cleaned.cloud.points, through_it)


def test_a_scan_that_has_every_point_twice_keeps_the_one_at_zero() -> None:
    points = np.repeat(np.vstack([np.zeros(3), colored_ball(offset=np.array([0.5, 0, 0])).points]), 2, axis=0)
    assert len(clean_cloud(PointCloud(points), source="the scan").cloud) == 326


def test_four_points_are_enough() -> None:
    assert len(clean_cloud(PointCloud(np.eye(4, 3)), source="the scan").cloud) == 4


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (np.eye(3), "the scan has 3 points; a surface needs at least 4"),
        (np.zeros((0, 3)), "the scan has 0 points; a surface needs at least 4"),
        (
            np.concatenate([np.eye(3), np.full((1_997, 3), np.nan)]),
            "the scan has 3 points, after 1,997 NaN or infinite ones were left out; a surface needs at least 4",
        ),
        (np.zeros((50, 3)), "the scan has 0 points, after 50 zero ones were left out; a surface needs at least 4"),
        (
            np.concatenate([np.eye(3), np.zeros((5, 3)), np.full((7, 3), np.inf)]),
            "the scan has 3 points, after 7 NaN or infinite and 5 zero ones were left out; a surface needs at least 4",
        ),
        (np.ones((2_000, 3)), "2,000 points of the scan are all at one place"),
        (rotated(spread(size=(1, 0, 0))), "200 points of the scan lie on a line"),
        (rotated(spread(size=(1, 1, 0))), "200 points of the scan lie in a plane"),
        (np.round(rotated(spread(size=(1, 1, 0))), 6), "200 points of the scan lie in a plane"),
        (np.sign(spread()) * 1.5e308, "200 points of the scan are too far apart"),
    ],
)
def test_points_without_a_volume_are_refused(points: np.ndarray, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        clean_cloud(PointCloud(points), source="the scan")
    assert sentence in str(caught.value)


@pytest.mark.parametrize("size", [(1, 0, 0), (1, 1, 0)])
def test_flat_points_are_refused_at_map_coordinates_too(size: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="lie"):
        clean_cloud(PointCloud(rotated(spread(size=size)) + MAP_OFFSET), source="the scan")
    with pytest.raises(InputError, match="at one place"):
        clean_cloud(PointCloud(1e-9 * spread() + MAP_OFFSET), source="the scan")


@pytest.mark.parametrize("offset", [np.zeros(3), MAP_OFFSET])
@pytest.mark.parametrize("size", [(1, 1, 1e-3), (1, 1e-3, 1e-3), (1, 1, 1)])
def test_a_thin_plate_or_rod_is_a_scan(size: tuple[float, float, float], offset: np.ndarray) -> None:
    points = rotated(spread(size=size)) + offset
    assert len(clean_cloud(PointCloud(points), source="the scan").cloud) == 200


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_the_unit_of_length_does_not_matter(scale: float) -> None:
    clean_cloud(PointCloud(scale * spread()), source="the scan")
    with pytest.raises(InputError, match="in a plane"):
        clean_cloud(PointCloud(scale * rotated(spread(size=(1, 1, 0)))), source="the scan")


def test_a_few_bad_normals_are_taken_from_the_neighbours() -> None:
    whole = colored_ball()
    normals = whole.normals.copy()
    normals[0], normals[1, 2], normals[2, 0] = 0, np.nan, np.inf
    cleaned = clean_cloud(PointCloud(whole.points, normals), source="the scan")
    assert cleaned.notices == (
        "3 of 162 normals are zero or not finite and were ignored: their points took the nearest good normal",
    )
    unit = cleaned.cloud.normals / np.linalg.norm(cleaned.cloud.normals, axis=1, keepdims=True)
    assert (unit * whole.points).sum(axis=1).min() > 0.9
    assert np.array_equal(cleaned.cloud.normals[3:], whole.normals[3:])


@pytest.mark.parametrize(
    ("bad", "notice"),
    [
        (162, "162 of 162 normals are zero or not finite and were ignored"),
        (100, "100 of 162 normals are zero or not finite and were ignored, and the others with them"),
    ],
)
def test_mostly_bad_normals_are_all_ignored(bad: int, notice: str) -> None:
    whole = colored_ball()
    normals = whole.normals.copy()
    normals[:bad] = 0
    cleaned = clean_cloud(PointCloud(whole.points, normals, whole.colors), source="the scan")
    assert cleaned.notices == (notice,)
    assert cleaned.cloud.normals is None
    assert cleaned.cloud.colors is not None


def test_colours_that_are_all_black_are_none() -> None:
    whole = colored_ball()
    cleaned = clean_cloud(PointCloud(whole.points, whole.normals, np.zeros((162, 3))), source="the scan")
    assert cleaned.cloud.colors is None
    assert np.array_equal(cleaned.cloud.normals, whole.normals)
    assert cleaned.notices == ("all colours are black, as where none were measured, and were ignored",)


# --- settings ---


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"resolution": 7}, f"{RESOLUTION}, got 7"),
        ({"resolution": 65}, f"{RESOLUTION}, got 65"),
        ({"resolution": 64.0}, f"{RESOLUTION}, got 64.0"),
        ({"resolution": 258}, f"{RESOLUTION}, got 258"),
        ({"resolution": 272}, f"{RESOLUTION}, got 272"),
        ({"resolution": 2112}, f"{RESOLUTION}, got 2112"),
        (
            {"resolution": 1024, "preset": "published"},
            "resolution must be an even whole number from 16 to 512 nodes with the preset published, got 1024",
        ),
        ({"sigma": float("nan")}, "sigma must be a number from 0.5 to 10, got nan"),
        ({"sigma": "wide"}, "sigma must be a number from 0.5 to 10, got wide"),
        ({"points": 10}, "points must be a whole number from 1000 to 2000000, got 10"),
        ({"resample_every": -1}, "resample_every must be a whole number from 0 to 1000 steps, got -1"),
        ({"steps": 0}, "steps must be a whole number from 1 to 100000, got 0"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"seed": None}, "seed must be a whole number from 0 to 4294967295, got None"),
        ({"preset": "quick"}, "preset must be fast, balanced, best or published, got quick"),
        ({"init": None}, "init must be auto, sphere, normals, orientation or learned, got None"),
        ({"trim": 0.0}, "trim must be a number from 0.1 to 1000 spacings, got 0.0"),
        ({"trim": None}, "trim must be a number from 0.1 to 1000 spacings, got None"),
        ({"trim": "closely"}, "trim must be auto or off, got closely"),
        ({"components": "some"}, "components must be scanned, largest or all, got some"),
    ],
)
def test_a_setting_out_of_range_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        check_settings(Settings(**values))
    assert str(caught.value) == sentence


def test_parameters_are_held_to_what_the_preset_of_the_run_can_do() -> None:
    check_parameters(Parameters(resolution=1024), Settings())
    check_parameters(Parameters(resolution=354), Settings(preset="published"))
    with pytest.raises(InputError, match="from 16 to 512 nodes with the preset published, got 1024"):
        check_parameters(Parameters(resolution=1024), Settings(preset="published"))


def test_a_front_end_whose_grids_are_dense_takes_even_numbers_to_the_end() -> None:
    @dataclass(frozen=True)
    class Options:
        resolution: Annotated[int, Span(16, 512, unit="nodes")] = 128

    check_settings(Options(354))
    with pytest.raises(InputError, match="an even whole number from 16 to 512 nodes, got 514"):
        check_settings(Options(514))


def test_settings_in_range_pass() -> None:
    check_settings(Settings())
    check_settings(Settings(resolution=np.int64(16), sigma=1, lr=1e-4, points=200_000, resample_every=0, steps=1))
    check_settings(Parameters(resolution=512, sigma=np.float32(10)))
    for resolution in (98, 256, 320, 832, 2048):
        check_settings(Settings(resolution=resolution))
    check_settings(Settings(resolution=354, preset="published"))
    for trim in ("auto", "off", 3, 0.5):
        check_settings(Settings(trim=trim, components="largest"))


def test_the_options_of_a_front_end_are_held_to_their_spans_too() -> None:
    @dataclass(frozen=True)
    class Options(Settings):
        fps: Annotated[int, Span(1, 120, unit="frames per second")] = 30
        fade: Annotated[float, Span(1e-4, 1.0, unit="s")] = 0.5
        paused: bool = False

    check_settings(Options())
    with pytest.raises(InputError, match="fps must be a whole number from 1 to 120 frames per second, got 0"):
        check_settings(Options(fps=0))
    with pytest.raises(InputError, match=r"fade must be a number from 0\.0001 to 1 s, got inf"):
        check_settings(Options(fade=float("inf")))
    with pytest.raises(InputError, match="sigma"):
        check_settings(Options(sigma=0.0))


# --- files to write ---


def test_a_path_that_can_be_written_passes_and_stays_untouched(tmp_path: Path) -> None:
    old = tmp_path / "old.OBJ"
    old.write_text("old")
    check_output(tmp_path / "new.ply", suffixes=(".ply", ".obj"), kind="mesh")
    check_output(old, suffixes=(".ply", ".obj"), kind="mesh")
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("out.xyz", "cannot write the mesh to {path}: its name must end in .ply, .obj or .stl"),
        ("out", "cannot write the mesh to {path}: its name must end in .ply, .obj or .stl"),
        ("missing/out.ply", "cannot write the mesh to {path}: there is no folder {folder}/missing"),
        ("file.txt/out.ply", "cannot write the mesh to {path}: there is no folder {folder}/file.txt"),
        ("folder.ply", "cannot write the mesh to {path}: that is a folder"),
        (300 * "x" + ".ply", "cannot write the mesh to {path}: File name too long"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "folder.ply").mkdir()
    (tmp_path / "file.txt").touch()
    path = tmp_path / name
    with pytest.raises(InputError) as caught:
        check_output(path, suffixes=(".ply", ".obj", ".stl"), kind="mesh")
    assert str(caught.value) == sentence.format(path=path, folder=tmp_path)


def test_a_folder_that_takes_no_files_is_refused_even_for_root() -> None:
    with pytest.raises(InputError, match=r"cannot write the video to /proc/out\.mp4"):
        check_output(Path("/proc/out.mp4"), suffixes=(".mp4", ".gif"), kind="video")


def test_one_suffix_is_named_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in \.ply$"):
        check_output(tmp_path / "out.obj", suffixes=(".ply",), kind="point cloud")

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sap_core.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from sap_core.config import Parameters, Settings
from sap_core.geometry import PointCloud
from sap_core.reconstruction import Reconstruction
from sap_core.validate.error import InputError
from tests.shapes import torus

BALANCED = Settings(resolution=32, steps=12, points=1_500, init="sphere")
PUBLISHED = Settings(preset="published", resolution=48, steps=12, points=1_500, resample_every=5)  # 6 at 32, 6 at 48
SETTLING = Settings(preset="best", resolution=32, points=1_500, lr=1e-5, init="sphere")
REFINING = Settings(resolution=194, steps=18, points=1_500, init="sphere")  # the last two bring out detail
SCAN = PointCloud(torus(1_500).points)


def ran(settings: Settings, steps: int) -> Reconstruction:
    reconstruction = Reconstruction(SCAN, settings)
    for _ in range(steps):
        reconstruction.step()
    return reconstruction


def resumed(reconstruction: Reconstruction, path: Path) -> Reconstruction:
    write_checkpoint(reconstruction.checkpoint(), path)
    return Reconstruction.resume(SCAN, read_checkpoint(path))


def losses_to_the_end(reconstruction: Reconstruction) -> list[float]:
    losses = []
    while not reconstruction.finished:
        losses.append(reconstruction.step())
    return losses


def assert_equal_to_the_end(one: Reconstruction, other: Reconstruction) -> None:
    assert losses_to_the_end(one) == losses_to_the_end(other)
    assert one.step_count == other.step_count
    assert one.in_force == other.in_force
    first, second = one.mesh(), other.mesh()
    assert np.array_equal(first.vertices, second.vertices)
    assert np.array_equal(first.faces, second.faces)
    assert np.array_equal(one.oriented_points().normals, other.oriented_points().normals)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.npz"


@pytest.fixture(scope="module")
def after_two_steps() -> Checkpoint:
    return ran(BALANCED, 2).checkpoint()


@pytest.fixture
def written(after_two_steps: Checkpoint, path: Path) -> Path:
    write_checkpoint(after_two_steps, path)
    return path


@pytest.mark.parametrize(
    ("settings", "stop"),
    [
        (BALANCED, 0),
        (replace(BALANCED, init="auto"), 7),
        (BALANCED, 12),
        (replace(BALANCED, resample_every=4), 5),
        (PUBLISHED, 3),  # in the middle of a level
        (PUBLISHED, 5),  # before a resampling
        (PUBLISHED, 6),  # between two levels
        (replace(PUBLISHED, lr=1e-2, seed=3), 8),
        (replace(PUBLISHED, points=None), 8),  # whose points grow
        (SETTLING, 4),
        (REFINING, 16),  # before the first level that refines
        (REFINING, 17),  # after a step of it
    ],
)
def test_a_resumed_run_equals_one_that_never_stopped(settings: Settings, stop: int, path: Path) -> None:
    assert_equal_to_the_end(ran(settings, stop), resumed(ran(settings, stop), path))


def test_a_run_that_decides_how_fine_it_gets_is_resumed_on_the_way_to_that(path: Path) -> None:
    scan = torus(35_000)
    whole = Reconstruction(scan, Settings(points=1_500, device="cpu"))
    while not whole.finished and not whole.checkpoint().refining:
        whole.step()
    kept = whole.checkpoint()
    assert kept.nearest is not None  # it may go back to them
    write_checkpoint(kept, path)
    again = Reconstruction.resume(scan, read_checkpoint(path))
    assert again.schedule == whole.schedule
    assert_equal_to_the_end(whole, again)
    assert (again.ending, again.total_steps) == (whole.ending, whole.total_steps)


def test_it_is_the_same_at_once(path: Path) -> None:
    stopped = ran(PUBLISHED, 6)
    again = resumed(stopped, path)
    assert (again.step_count, again.total_steps, again.in_force) == (6, 12, stopped.in_force)
    assert np.array_equal(again.mesh().vertices, stopped.mesh().vertices)


@pytest.mark.parametrize(
    "change",
    [{"sigma": 3.5}, {"points": 2_500}, {"points": 1_000}, {"resolution": 48}, {"lr": 1e-2, "resample_every": 3}],
)
def test_a_users_changes_are_kept(change: dict[str, Any], path: Path) -> None:
    def changed() -> Reconstruction:
        reconstruction = ran(PUBLISHED, 3)
        reconstruction.parameters = replace(reconstruction.parameters, **change)
        reconstruction.step()
        return reconstruction

    uninterrupted, again = changed(), resumed(changed(), path)
    assert again.parameters == uninterrupted.parameters
    assert_equal_to_the_end(uninterrupted, again)


def test_a_change_that_no_step_has_used_yet_is_kept(path: Path) -> None:
    def changed() -> Reconstruction:
        reconstruction = ran(BALANCED, 3)
        reconstruction.parameters = replace(reconstruction.parameters, sigma=4.0)
        return reconstruction

    again = resumed(changed(), path)
    assert (again.in_force.sigma, again.parameters.sigma) == (2.0, 4.0)
    assert_equal_to_the_end(changed(), again)


def test_looking_at_a_run_and_keeping_it_leave_no_trace() -> None:
    watched = Reconstruction(SCAN, PUBLISHED)
    while not watched.finished:
        watched.step()
        watched.mesh()
        watched.checkpoint()
    assert np.array_equal(watched.mesh().vertices, ran(PUBLISHED, 12).mesh().vertices)


def test_a_run_that_has_settled_stays_so(path: Path) -> None:
    stopped = ran(SETTLING, 0)
    losses_to_the_end(stopped)
    assert stopped.step_count == stopped.total_steps < stopped.most_steps
    again = resumed(stopped, path)
    assert again.finished
    assert again.most_steps == stopped.most_steps
    assert again.step_count == stopped.step_count


def test_resuming_does_not_solve_for_normals_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = torus(1_500)
    inward = PointCloud(scan.points, -scan.normals)
    stopped = Reconstruction(inward, replace(BALANCED, init="auto"))
    write_checkpoint(stopped.checkpoint(), path)
    with monkeypatch.context() as patched:
        patched.setattr("sap_core.reconstruction.starting_points", None)
        again = Reconstruction.resume(inward, read_checkpoint(path))
        again.step()
    assert again.notices == stopped.notices
    assert any("flipped" in notice for notice in again.notices)
    again.reset()
    assert again.step_count == 0
    assert again.notices == stopped.notices
    assert_equal_to_the_end(again, stopped)


def test_settings_may_be_numbers_of_numpy(path: Path) -> None:
    numbers = Settings(resolution=np.int64(32), sigma=np.float32(2.5), points=np.int32(1_500), seed=np.uint8(1))
    assert resumed(ran(numbers, 1), path).settings == numbers


def test_an_array_resumes_what_a_cloud_began(written: Path) -> None:
    assert Reconstruction.resume(SCAN.points.tolist(), read_checkpoint(written)).step_count == 2


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (SCAN.points[:-1], "of a scan of 1,500 points, and this is one of 1,499"),
        (SCAN.points + 1e-9, "one of as many, but with other coordinates"),
        (SCAN.points[::-1], "other coordinates"),
    ],
    ids=["fewer", "moved", "reordered"],
)
def test_another_scan_is_refused(other: np.ndarray, sentence: str, written: Path) -> None:
    with pytest.raises(InputError, match=sentence):
        Reconstruction.resume(other, read_checkpoint(written))


def in_header(before: str, after: str) -> Callable[[dict[str, Any]], None]:
    def change(contents: dict[str, Any]) -> None:
        text = contents["sap_checkpoint"].item()
        assert text.count(before) == 1, text
        contents["sap_checkpoint"] = np.array(text.replace(before, after))

    return change


def in_array(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[dict[str, Any]], None]:
    return lambda contents: contents.update({name: change(contents[name])})


def with_nan(array: np.ndarray) -> np.ndarray:
    array[0, :2, 1] = np.nan
    return array


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (in_header('"version": 5', '"version": 7'), "of version 7, .* reads version 5 only"),
        (
            lambda contents: contents.pop("sap_checkpoint"),
            "is no checkpoint; it has the arrays variables, first_moments",
        ),
        (lambda contents: contents.pop("second_moments"), "it lacks second_moments"),
        (in_array("variables", lambda a: a.astype(np.float64)), "variables must be float32 .*, got float64"),
        (in_array("variables", lambda a: a[:, :, :2]), r"of shape \(2, 1500, 3\), got float32 of shape \(2, 1500, 2\)"),
        (in_array("variables", lambda a: a[:, :0]), r"got float32 of shape \(2, 0, 3\)"),
        (in_array("variables", lambda a: a.ravel()), r"of shape \(2, N, 3\), got float32 of shape \(9000,\)"),
        (in_array("first_moments", lambda a: a[:, :-1]), r"first_moments .* \(2, 1500, 3\), got .* \(2, 1499, 3\)"),
        (in_array("first_moments", with_nan), "2 of 9,000 values of first_moments are NaN"),
        (in_array("second_moments", lambda a: np.array([{}])), "is damaged"),  # a pickle, which is never loaded
        (in_header('"preset": "balanced"', '"preset": "splendid"'), "preset must be .*, got splendid"),
        (in_header('"steps": 12', '"steps": 0'), "steps must be .*, got 0"),
        (in_header('"resample_every": null}', '"resample_every": -1}'), "resample_every must be .*, got -1"),
        (
            in_header('"resolution": 32, "sigma": 2.0', '"resolution": 33, "sigma": 2.0'),
            "resolution must be .*, got 33",
        ),
        (in_header('"resolution": 32, "sigma": 2.0', '"resolution": 32, "sigma": NaN'), "must be finite .*sigma=nan"),
        (in_header('"resolution": 32, "sigma": 2.0', '"resolution": 32, "sigma": "x"'), "is damaged"),
        (in_header('"step": 2', '"step": -2'), "step must be .*, got -2"),
        (in_header('"step": 2', '"step": 2.5'), "step must be .*, got 2.5"),
        (in_header('"step": 2', '"stop": 2'), "is damaged"),
        (in_header('"losses": [', '"losses": ["none", '), "is damaged"),
        (in_header('"facing": null', '"facing": [0, 0]'), "is damaged"),
        (in_header('"facing": null', '"facing": [0, 0, 9]'), "is damaged"),
        (in_header("PCG64", "Dice"), "is damaged"),
        (in_header('{"settings"', '{"settings'), "is damaged"),
    ],
)
def test_what_no_run_can_have_left_is_refused(
    change: Callable[[dict[str, Any]], None], sentence: str, written: Path
) -> None:
    with np.load(written, allow_pickle=False) as archive:
        contents = dict(archive)
    change(contents)
    np.savez(written, **contents)
    with pytest.raises(InputError, match=sentence) as refusal:
        read_checkpoint(written)
    assert "\n" not in str(refusal.value)
    assert str(written) in str(refusal.value)


def test_a_truncated_or_altered_file_is_refused(written: Path) -> None:
    whole, variables = written.read_bytes(), read_checkpoint(written).optimizer.variables
    for length in np.linspace(1, len(whole) - 1, 30, dtype=int):
        written.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"run\.npz"):
            read_checkpoint(written)
    for place in np.linspace(0, len(whole) - 1, 60, dtype=int):
        altered = bytearray(whole)
        altered[place] ^= 0x10
        written.write_bytes(altered)
        with suppress(InputError):  # but for bytes that nobody reads, such as the time of the file
            assert np.array_equal(read_checkpoint(written).optimizer.variables, variables)


def test_other_files_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", SCAN.points)
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    np.savez(tmp_path / "scan.npz", points=SCAN.points)
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "empty.npz").touch()
    for name, sentence in {
        "array.npz": "damaged or not in the NPZ format",
        "scan.npz": "is no checkpoint; it has the arrays points",
        "text.npz": "damaged or not in the NPZ format",
        "empty.npz": "is empty",
        "missing.npz": "there is no file",
        "run.ply": "there is no file",
    }.items():
        with pytest.raises(InputError, match=sentence):
            read_checkpoint(tmp_path / name)
    (tmp_path / "run.ply").write_text("no archive")
    with pytest.raises(InputError, match=r"its name must end in \.npz"):
        read_checkpoint(tmp_path / "run.ply")


def test_a_path_that_cannot_be_written_is_refused_and_an_older_file_stays(tmp_path: Path, written: Path) -> None:
    checkpoint = read_checkpoint(written)
    for path, sentence in (
        (tmp_path / "run.pkl", "must end in .npz"),
        (tmp_path / "nowhere" / "run.npz", "there is no folder"),
    ):
        with pytest.raises(InputError, match=f"cannot write the checkpoint .*{sentence}"):
            write_checkpoint(checkpoint, path)
    before = written.read_bytes()
    with pytest.raises(TypeError):
        write_checkpoint(replace(checkpoint, notices=(object(),)), written)
    assert written.read_bytes() == before
    assert list(tmp_path.iterdir()) == [written]


def test_parameters_are_those_of_the_user_not_of_the_schedule(written: Path) -> None:
    assert read_checkpoint(written).parameters == Parameters(points=1_500)

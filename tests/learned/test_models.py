from pathlib import Path

import numpy as np
import pytest

from sap_core.geometry import PointCloud
from sap_core.learned.config import Corruption
from sap_core.learned.dataset import Models, Order, joined
from sap_core.learned.models import POINTS_FILE, read_list, read_model, write_list, write_model
from sap_core.mesh.sampling import sphere
from sap_core.validate.error import InputError

SETTINGS = Corruption(points=100, fewest_points=100)


def ball(radius: float = 0.4) -> PointCloud:
    return sphere(300, radius=radius, center=np.full(3, 0.5), rng=np.random.default_rng(0))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folders = [tmp_path / kind / name for kind, name in (("balls", "a"), ("balls", "b"), ("more", "c"))]
    for index, folder in enumerate(folders):
        write_model(folder, ball(), np.full((16, 16, 16), index / 4))
    write_list(tmp_path, "train", folders)
    return tmp_path


def models(root: Path) -> Models:
    return Models(read_list(root, "train"), resolution=16, corruption=SETTINGS, seed=0)


def test_a_model_comes_back_as_it_was_written(root: Path) -> None:
    folder = read_list(root, "train")[1]
    assert folder == root / "balls" / "b"
    model = read_model(folder)
    assert np.allclose(model.points, ball().points, atol=1e-6)
    assert np.array_equal(model.field, np.full((16, 16, 16), 0.25))


def test_a_published_model_is_read_in_double_precision_too(tmp_path: Path) -> None:
    cloud = ball()
    np.savez(tmp_path / "pointcloud.npz", points=cloud.points, normals=cloud.normals)
    np.savez_compressed(tmp_path / "psr.npz", psr=np.zeros((8, 8, 8)))
    assert read_model(tmp_path).points.dtype == np.float32


def test_damaged_models_are_replaced_and_named(root: Path) -> None:
    first, second, third = read_list(root, "train")
    (first / POINTS_FILE).write_bytes((first / POINTS_FILE).read_bytes()[:200])
    (second / "psr.npz").unlink()
    np.savez(third / "extra.npz")
    item = models(root)[(5, 0)]
    assert item.fields[0, 0, 0, 0] == 0.5  # of the third
    assert [str(root / "balls") in sentence for sentence in item.skipped] == [True, True]
    np.savez(third / "psr.npz", psr=np.zeros((8, 8, 8)))
    with pytest.raises(InputError, match="none of 3 models can be read"):
        models(root)[(5, 0)]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"points": np.zeros((5, 3))}, "normals"),
        ({"points": np.zeros((5, 2)), "normals": np.zeros((5, 2))}, r"\(5, 2\)"),
        ({"points": np.full((5, 3), np.nan), "normals": np.zeros((5, 3))}, "not finite"),
    ],
)
def test_what_no_model_holds_is_said(root: Path, arrays: dict[str, np.ndarray], said: str) -> None:
    folder = root / "balls" / "a"
    np.savez(folder / POINTS_FILE, **arrays)
    with pytest.raises(InputError, match=said):
        read_model(folder)


def test_fields_of_another_resolution_are_told_with_what_to_do(root: Path) -> None:
    with pytest.raises(InputError, match="--resolution 16"):
        Models(read_list(root, "train"), resolution=32, corruption=SETTINGS, seed=0)[(0, 0)]


def test_no_lists_and_empty_lists_are_no_dataset(root: Path) -> None:
    with pytest.raises(InputError, match="val"):
        read_list(root, "val")
    with pytest.raises(InputError, match="no models"):
        Models([], resolution=16, corruption=SETTINGS, seed=0)


def test_a_draw_is_always_the_same_scan_and_another_draw_another(root: Path) -> None:
    made = models(root)
    assert made[(4, 1)].scans.equal(made[(4, 1)].scans)
    assert not made[(4, 1)].scans.equal(made[(5, 1)].scans)
    assert joined([made[(0, 0)], made[(1, 2)]]).scans.shape == (2, 100, 3)


def test_each_turn_sees_every_model_once_in_another_order() -> None:
    steps = list(Order(10, seed=3, batch=5, steps=range(4)))
    seen = [index for step in steps for _, index in step]
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]
    assert [draw for step in steps for draw, _ in step] == list(range(20))


def test_a_run_that_goes_on_sees_what_it_would_have_seen() -> None:
    whole = list(Order(7, seed=3, batch=4, steps=range(9)))
    assert list(Order(7, seed=3, batch=4, steps=range(5, 9))) == whole[5:]


def test_two_processes_see_together_what_one_sees() -> None:
    alone = list(Order(7, seed=3, batch=4, steps=range(5)))
    parts = [list(Order(7, seed=3, batch=4, steps=range(5), process=(rank, 2))) for rank in range(2)]
    assert [sorted(one + other) for one, other in zip(*parts, strict=True)] == [sorted(step) for step in alone]

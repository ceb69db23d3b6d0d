from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from sap_core.geometry import PointCloud
from sap_core.io import read_cloud, write_cloud
from sap_core.learned import OrientedPointsNetwork, predict, save_weights
from sap_core.learned.network import Cells
from sap_viewer.exit_codes import BAD_INPUT, DONE
from sap_viewer.predict import Options, run
from tests.learned.networks import GRID, network
from tests.scans import MAP_OFFSET
from tests.shapes import ball


class Outward(OrientedPointsNetwork):
    """Knows one answer: the normals of a ball around the middle of the cube."""

    def forward(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return points, torch.nn.functional.normalize(points - 0.5, dim=-1)


def test_a_scan_of_any_size_and_frame_comes_back_in_its_frame() -> None:
    scan = ball(8_000)
    colors = np.full((8_000, 3), 200, np.uint8)
    far = PointCloud(40 * scan.points + MAP_OFFSET, colors=colors)
    found = predict(far, Outward(GRID), points=2_000, resolution=64)
    radii = np.linalg.norm(found.mesh.vertices - MAP_OFFSET, axis=1)
    assert np.abs(radii / 40 - 1).max() < 0.05
    assert trimesh.Trimesh(found.mesh.vertices, found.mesh.faces, process=False).is_watertight
    assert found.mesh.distances.max() < 4
    assert (found.mesh.colors == 200).all()
    assert len(found.cloud) == 2_000
    nearest = np.linalg.norm(found.cloud.points - MAP_OFFSET, axis=1)
    assert np.abs(nearest / 40 - 1).max() < 1e-4


def test_equal_seeds_give_equal_answers() -> None:
    one, same, other = (predict(ball(3_000), Outward(GRID), points=500, resolution=32, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.mesh.vertices, same.mesh.vertices)
    assert not np.array_equal(one.cloud.points, other.cloud.points)


def test_what_is_made_of_torch_is_made_on_the_device_of_the_points() -> None:
    points = torch.rand(1, 50, 3, device="meta")
    cells, rows = Cells(GRID), Cells(GRID).rows(points)
    assert cells.pooled(torch.rand(1, 50, 8, device="meta"), rows).device.type == "meta"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_cloud(ball(3_000), tmp_path / "scan.ply")
    save_weights(network(GRID), tmp_path / "own.safetensors")
    return tmp_path


def options(folder: Path, **changes: object) -> Options:
    given = {"scan": folder / "scan.ply", "weights": folder / "own.safetensors", "output": folder / "mesh.ply"}
    return Options(**{**given, "resolution": 32, **changes})  # type: ignore[arg-type]


def test_the_command_writes_mesh_and_points(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sap_core.learned.network_of", lambda path: Outward(GRID))
    assert run(options(files, cloud=files / "points.ply")) == DONE
    assert trimesh.load(files / "mesh.ply", process=False).is_watertight
    assert len(read_cloud(files / "points.ply").cloud) == 3_000


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scan": Path("none.ply")}, "there is no file none.ply"),
        ({"weights": Path("none.pt")}, "there is no file none.pt"),
        ({"resolution": 3}, "resolution must be"),
        ({"output": Path("nowhere/mesh.ply")}, "there is no folder nowhere"),
        ({"output": Path("mesh.doc")}, "its name must end in"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    changes: dict[str, object], sentence: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(options(files, **changes)) == BAD_INPUT
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1

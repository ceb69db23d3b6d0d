import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sap_core.geometry import PointCloud
from sap_core.learned.models import POINTS_FILE, write_list, write_model
from sap_core.mesh.sampling import sphere
from sap_viewer.evaluate_dataset import MEASURES, Options, run
from sap_viewer.exit_codes import BAD_INPUT, DONE, FAILED


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two balls in one class and one in another, in the published layout."""
    folders = [tmp_path / "dataset" / name for name in ("large/a", "large/b", "small/c")]
    for folder, radius in zip(folders, (0.4, 0.36, 0.3), strict=True):
        cloud: PointCloud = sphere(5_000, radius=radius, center=np.full(3, 0.5), rng=np.random.default_rng(0))
        write_model(folder, cloud, np.zeros((16, 16, 16)))
    write_list(tmp_path / "dataset", "test", folders)
    return tmp_path / "dataset"


def evaluated(dataset: Path, **changes: Any) -> int:
    return run(Options(dataset=dataset, samples=5_000, resolution=64, device="cpu", **changes))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_tables_of_models_and_classes_agree(dataset: Path, tmp_path: Path) -> None:
    assert evaluated(dataset, output=tmp_path / "out") == DONE
    models, classes = rows(tmp_path / "out" / "models.csv"), rows(tmp_path / "out" / "classes.csv")
    assert [(row["class"], row["model"]) for row in models] == [("large", "a"), ("large", "b"), ("small", "c")]
    assert [(row["class"], row["models"]) for row in classes] == [
        ("large", "2"),
        ("small", "1"),
        ("all models", "3"),
        ("all classes", "3"),
    ]
    for measure in MEASURES:
        values = [float(row[measure]) for row in models]
        large, small, each_model, each_class = (float(row[measure]) for row in classes)
        assert large == pytest.approx(np.mean(values[:2]), rel=1e-4)
        assert each_model == pytest.approx(np.mean(values), rel=1e-4)
        assert each_class == pytest.approx((large + small) / 2, rel=1e-4)
    assert all(float(row["chamfer_l1"]) < 0.05 for row in models)
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert figures["protocol"]["samples"] == 5_000
    assert figures["models"][2]["chamfer_l1"] == pytest.approx(float(models[2]["chamfer_l1"]), rel=1e-4)


def test_more_noise_leaves_the_surface_farther_from_the_truth(dataset: Path, tmp_path: Path) -> None:
    found = []
    for noise in (0.0, 0.1):
        assert evaluated(dataset, noise=noise, output=tmp_path / f"{noise}") == DONE
        found.append(float(rows(tmp_path / f"{noise}" / "classes.csv")[-1]["chamfer_l1"]))
    assert found[1] > 1.5 * found[0]


def test_damaged_models_are_named_and_do_not_count(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (dataset / "large" / "a" / POINTS_FILE).write_bytes(b"PK")
    assert evaluated(dataset, output=tmp_path / "out") == DONE
    assert "1 models have no figures" in capsys.readouterr().err
    assert rows(tmp_path / "out" / "classes.csv")[0]["models"] == "1"
    assert "damaged" in rows(tmp_path / "out" / "models.csv")[0]["failure"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"split": "val"}, "val.lst"),
        ({"weights": Path("none.safetensors")}, "there is no file none.safetensors"),
        ({"noise": 3.0}, "noise must be a number from 0 to 0.2, got 3.0"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_one_sentence(
    dataset: Path, changes: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Options(dataset=dataset, **changes)) == BAD_INPUT
    assert said in capsys.readouterr().err


def test_figures_that_cannot_be_written_are_a_failure(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert evaluated(dataset, output=tmp_path / "file") == FAILED
    assert "cannot write" in capsys.readouterr().err

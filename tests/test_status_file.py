import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sap_viewer.output.status_file import StatusFile
from sap_viewer.snapshot import Closeness, Comparison, Prediction
from tests.snapshots import agreement_with, ball_snapshot


def test_it_holds_the_state_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    StatusFile(path, repeat=lambda snapshot: f"sap-viewer {snapshot.name}.ply").update(replace(ball_snapshot(), step=7))
    status = json.loads(path.read_text())
    assert (status["name"], status["step"], status["status"]) == ("ball", 7, "running")
    assert status["faces"] == 320
    assert status["command"] == "sap-viewer ball.ply"
    assert status["comparison"] is None


def test_it_holds_the_comparison_with_a_reference(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    near = Comparison("truth.ply", np.array([3, 7]), np.array([0.2, 0.1]), np.array([0.5, 0.6]))
    StatusFile(path, repeat=str).update(replace(ball_snapshot(), comparison=near))
    told = json.loads(path.read_text())["comparison"]
    assert told == {"reference": "truth.ply", "step": 7, "chamfer_l1": 0.1, "f_score": 0.6, "at_rest": None}
    rested = replace(near, at_rest=Closeness(0.1, 0.6, 0.9))
    StatusFile(path, repeat=str).update(replace(ball_snapshot(), comparison=rested))
    assert json.loads(path.read_text())["comparison"]["at_rest"]["normal_consistency"] == 0.9


def test_it_holds_how_far_mesh_and_scan_agree_and_what_is_said_about_it(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    StatusFile(path, repeat=str).update(ball_snapshot())
    told = json.loads(path.read_text())
    assert (told["agreement"], told["warnings"]) == (None, None)
    found = agreement_with(missed=0.2)
    StatusFile(path, repeat=str).update(replace(ball_snapshot(), agreement=found))
    told = json.loads(path.read_text())
    assert told["agreement"]["from_scan"] == {"mean": 0.01, "within_95_percent": 0.02, "largest": 0.03}
    assert told["agreement"]["missed"] == 0.2
    assert told["warnings"] == list(found.warnings)
    assert len(told["warnings"]) == 1


def test_it_holds_what_a_network_predicts(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    ball = ball_snapshot()
    seen = Prediction(ball.mesh, ball.cloud, 0.25, "own.pt", Closeness(0.1, 0.6, 0.9))
    StatusFile(path, repeat=str).update(replace(ball, prediction=seen))
    told = json.loads(path.read_text())["prediction"]
    closeness = {"chamfer_l1": 0.1, "f_score": 0.6, "normal_consistency": 0.9}
    assert told == {"weights": "own.pt", "seconds": 0.25, "faces": 320, "closeness": closeness}


def test_it_is_written_a_few_times_a_second_and_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    file = StatusFile(path, repeat=lambda snapshot: f"sap-viewer {snapshot.name}.ply")
    for step in range(5):
        file.update(replace(ball_snapshot(), step=step))
    assert json.loads(path.read_text())["step"] == 0
    file.update(replace(ball_snapshot(), step=9), at_once=True)
    assert json.loads(path.read_text())["step"] == 9


def test_a_failure_is_said_once_and_the_run_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = StatusFile(tmp_path / "gone" / "status.json", repeat=str)
    for step in range(3):
        file.update(replace(ball_snapshot(), step=step), at_once=True)
    assert capsys.readouterr().err.count("no longer kept") == 1

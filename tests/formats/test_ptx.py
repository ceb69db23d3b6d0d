from pathlib import Path

import numpy as np
import pytest

from sap_core.io import read_cloud
from tests.scans import MAP_OFFSET, colored_ball

BALL = colored_ball()
AROUND_Z = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])  # by a right angle


def station(points: np.ndarray, colors: np.ndarray | None, *, turn: np.ndarray, place: np.ndarray) -> list[str]:
    """A station of which one more pixel saw nothing; ``turn`` takes columns from its frame to the common one."""
    matrix = np.vstack([np.column_stack([turn.T, np.zeros(3)]), np.append(place, 1)])
    above = [str(len(points) + 1), "1", *(" ".join(map(repr, row.tolist())) for row in (place, *turn, *matrix))]
    local = (points - place) @ turn
    columns = [local, np.full((len(points), 1), 0.5), *([] if colors is None else [colors])]
    rows = [" ".join(f"{value:.17g}" for value in row) for row in np.hstack(columns)]
    rows.insert(3, "0 0 0 0.5" + (" 0 0 0" if colors is not None else ""))
    return above + rows


@pytest.mark.parametrize("colors", [BALL.colors, None], ids=["colours", "none"])
def test_all_stations_are_in_the_common_frame(tmp_path: Path, colors: np.ndarray | None) -> None:
    points = BALL.points + MAP_OFFSET
    lines = []
    for part, turn, away in ((slice(100), np.eye(3), (5, 0, 0)), (slice(100, 162), AROUND_Z, (0, -7, -1))):
        seen = None if colors is None else colors[part]
        lines += station(points[part], seen, turn=turn, place=MAP_OFFSET + np.array(away))
    (tmp_path / "scan.ptx").write_text("\r\n".join(lines) + "\r\n")
    read = read_cloud(tmp_path / "scan.ptx")
    assert np.abs(read.cloud.points - points).max() < 1e-8
    assert np.array_equal(read.cloud.colors, colors) if colors is not None else read.cloud.colors is None
    assert read.notices == ("2 of 164 points are 0 0 0, where nothing was measured, and were left out",)

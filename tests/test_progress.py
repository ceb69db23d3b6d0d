import io
import sys

import pytest

from sap_viewer.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_with_loss_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(0.0) as progress:
        progress.show(0.5, "step 6/12, loss 2e-3")
        progress.show(1.0, "step 12/12, loss 1e-3")
    last = sys.stderr.getvalue().strip().split("\r")[-1]
    assert last.startswith("100%|")
    assert "step 12/12, loss 1e-3" in last
    assert last.endswith("<00:00]")


def test_a_log_gets_a_line_for_each_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress(0.0) as progress:
        for step in range(1, 1001):
            progress.show(step / 1000, f"step {step}/1000")
    lines = sys.stderr.getvalue().splitlines()
    assert lines == [f"sap-viewer: {tenth}0%, step {tenth}00/1000" for tenth in range(1, 11)]


def test_a_log_says_where_a_run_ended_that_began_and_ended_between_two_tenths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress(0.55) as progress:
        for share in (0.56, 0.57, 0.61, 0.62):
            progress.show(share, f"at {share}")
    assert sys.stderr.getvalue().splitlines() == ["sap-viewer: 61%, at 0.61", "sap-viewer: 62%, at 0.62"]


def test_of_a_run_of_which_nothing_was_shown_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress(0.0):
        pass
    assert sys.stderr.getvalue() == ""

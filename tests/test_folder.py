from pathlib import Path

import pytest

from sap_viewer.desktop.panel import folder
from sap_viewer.desktop.panel.folder import Contents, File, look_into, size_text


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in ("b.ply", "A.PLY", "notes.md", "c.xyz", ".hidden.ply"):
        (tmp_path / name).write_text("x" * 12)
    for name in ("older", ".git"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_folders_and_files_that_fit_by_name(scans: Path) -> None:
    assert look_into(scans, (".ply",)) == Contents(("older",), (File("A.PLY", "12 B"), File("b.ply", "12 B")))
    assert [file.name for file in look_into(scans, ()).files] == ["A.PLY", "b.ply", "c.xyz", "notes.md"]


def test_what_cannot_be_shown_is_said(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_into(scans, (".las",)) == Contents(("older",), (), "There is no such file here.")
    gone = look_into(scans / "gone", ())
    assert (gone.folders, gone.files) == ((), ())
    assert "gone cannot be read" in gone.note
    monkeypatch.setattr(folder, "_MOST", 3)
    many = look_into(scans, ())
    assert len(many.files) == 3
    assert many.note.startswith("and 1 more")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (439_550, "440 kB"), (2_300_000_000, "2.3 GB"), (10**13, "10 TB")],
)
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text

"""What guide and README promise holds: their command lines parse, their pictures are there, their keys do something."""

import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
import tyro

from sap_viewer import evaluate, evaluate_dataset, predict, train
from sap_viewer.desktop.keys import MEANINGS, written
from sap_viewer.desktop.panel import help_page
from tests.test_command_line import parsed

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guide.md"
PAGES = (GUIDE, ROOT / "README.md")


def commands(program: str) -> list[str]:
    """The lines of the pages' shell blocks that begin with the program, without comments."""
    blocks = (block for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))
    lines = (line.partition("#")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line.startswith(f"{program} ")]


@pytest.mark.parametrize("line", commands("sap-viewer"))
def test_the_viewer_understands_its_command_lines(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    options = parsed(line, monkeypatch)
    assert options.scan is None or options.scan.suffix
    if options.scan is not None and options.scan.parts[0] == "assets":
        assert (ROOT / options.scan).exists()


@pytest.mark.parametrize("line", commands("sap-evaluate"))
def test_the_evaluation_understands_its_command_lines(line: str) -> None:
    assert tyro.cli(evaluate.Options, args=shlex.split(line)[1:]).files


@pytest.mark.parametrize(
    ("program", "line"),
    [
        (program, line)
        for program in (predict, train, evaluate_dataset)
        for line in commands(f"sap-{program.__name__.rpartition('.')[2].replace('_', '-')}")
    ],
)
def test_the_other_programs_understand_their_command_lines(program: ModuleType, line: str) -> None:
    assert tyro.cli(program.Options, args=shlex.split(line)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pictures_and_pages_that_are_linked_exist(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text())
    assert len(targets) > 3
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_each_picture_is_shown_and_of_a_moderate_size() -> None:
    pictures = set((ROOT / "docs/images/guide").iterdir())
    assert pictures == {GUIDE.parent / target for target in re.findall(r"\((images/guide/[^)]+)\)", GUIDE.read_text())}
    sizes = [path.stat().st_size for path in (*pictures, ROOT / "docs/images/windows.png")]
    assert max(sizes) < 350_000
    assert sum(sizes) < 2_500_000


def test_keys_of_the_guide_are_in_the_help_page() -> None:
    told = set(re.findall(r"<kbd>(.*?)</kbd>", GUIDE.read_text()))
    others = {name for names, _ in help_page.PANEL for name in names.split(", ")}
    assert told <= {written(key) for key in MEANINGS} | others

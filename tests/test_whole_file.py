import errno
import os
from pathlib import Path

import pytest

from sap_core.whole_file import whole_file


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "out.ply"
    target.write_text("old")
    with whole_file(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_the_temporary_file_lies_beside_its_target_with_its_suffix(tmp_path: Path) -> None:
    with whole_file(tmp_path / "out.mp4") as temporary:
        temporary.touch()
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".mp4")


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_behind(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "out.ply"
    target.write_text("old")
    with pytest.raises(type(failure)), whole_file(target) as temporary:  # noqa: PT012
        temporary.write_text("half of the n")
        raise failure
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_written_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "out.ply"):
        pass
    assert not list(tmp_path.iterdir())


def test_two_writers_of_one_target_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "out.ply"
    with whole_file(target) as first, whole_file(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"  # the outer block ends last


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file, link = tmp_path / "elsewhere" / "file.ply", tmp_path / "link.ply"
    link.symlink_to(file)
    with whole_file(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert file.read_text() == "new"


def test_the_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with whole_file(tmp_path / "out.ply") as temporary:
        temporary.touch()
    assert os.stat(tmp_path / "out.ply").st_mode == os.stat(tmp_path / "plain").st_mode

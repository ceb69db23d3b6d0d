import pytest

from sap_core.config import Settings
from sap_core.validate.error import InputError
from sap_viewer.desktop.verdict import await_load, memory_is_in_doubt
from sap_viewer.snapshot import Snapshot
from tests.test_memory import free


class Told:
    """A session whose engine publishes these snapshots, one after the other, and then ends."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self._snapshots = list(snapshots)

    @property
    def alive(self) -> bool:
        return bool(self._snapshots)

    def snapshot(self) -> Snapshot:
        return self._snapshots.pop(0)


STARTING = Snapshot()
BUSY = Snapshot(status="busy", message="Loading spot")


def test_a_load_is_awaited_until_the_engine_has_taken_it() -> None:
    session = Told(STARTING, BUSY, Snapshot(run=1), Snapshot(run=1))
    await_load(session)
    assert session.alive


def test_a_refused_load_is_an_input_error() -> None:
    with pytest.raises(InputError, match="needs about 6 GB"):
        await_load(Told(STARTING, BUSY, Snapshot(message="resolution 512 needs about 6 GB")))


def test_a_dead_engine_ends_the_wait() -> None:
    session = Told(STARTING, BUSY)
    await_load(session)
    assert not session.alive


def test_memory_is_in_doubt_where_a_large_scan_would_not_fit() -> None:
    assert memory_is_in_doubt(Settings(resolution=100_000))
    assert not memory_is_in_doubt(Settings(resolution=16, points=1_000))
    with free(100_000_000):
        # What the process of the tests holds counts as available, and may be more than a coarse run needs.
        assert memory_is_in_doubt(Settings(resolution=512))
        assert memory_is_in_doubt(Settings(preset="published", resolution=512))

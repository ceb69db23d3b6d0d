"""Messages between two ends of a channel, and what becomes of them when an end goes."""

import os
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from sap_core.geometry import Mesh, PointCloud
from sap_viewer.channel import Channel
from sap_viewer.commands import Pause, SetParameters
from sap_viewer.snapshot import Snapshot

Ends = tuple[Channel, Channel]


@pytest.fixture
def ends() -> Iterator[Ends]:
    here, there = map(Channel, socket.socketpair())
    yield here, there
    here.close()
    there.close()


def snapshot(vertices: int, *, step: int = 1) -> Snapshot:
    rng = np.random.default_rng(vertices)
    mesh = Mesh(
        rng.normal(size=(vertices, 3)), rng.integers(0, vertices, (2 * vertices, 3)), distances=rng.random(vertices)
    )
    return Snapshot(run=1, step=step, name="é", cloud=PointCloud(rng.normal(size=(7, 3))), mesh=mesh)


@pytest.mark.parametrize("vertices", [1, 300, 100_000])
def test_messages_arrive_whole_and_in_order(ends: Ends, vertices: int) -> None:
    here, there = ends
    sent = snapshot(vertices)
    for message in (Pause(), sent, "last"):
        here.send(message)
    assert there.receive() == Pause()
    arrived = there.receive()
    assert there.receive() == "last"
    assert not there.poll()
    assert (arrived.name, arrived.step) == ("é", 1)
    for got, meant in (
        (arrived.mesh.vertices, sent.mesh.vertices),
        (arrived.mesh.faces, sent.mesh.faces),
        (arrived.mesh.distances, sent.mesh.distances),
        (arrived.cloud.points, sent.cloud.points),
    ):
        assert got.dtype == meant.dtype
        assert np.array_equal(got, meant)
        assert not got.flags.writeable
        assert got.flags.aligned


def test_arrays_of_any_layout_arrive(ends: Ends) -> None:
    here, there = ends
    values = np.arange(200_000, dtype=np.float32).reshape(100, 1000, 2)
    sent = [values[::2, :, 1], np.asfortranarray(values[0]), np.zeros((0, 3)), np.array(7), values]
    here.send(sent)
    for got, meant in zip(there.receive(), sent, strict=True):
        assert got.shape == meant.shape
        assert np.array_equal(got, meant)


def test_a_large_message_waits_for_no_reader_and_its_file_goes_with_its_arrays(ends: Ends) -> None:
    here, there = ends
    before = open_files()
    for step in range(3):  # in this thread: a socket would hold a part of one of them
        here.send(snapshot(100_000, step=step))
    latest = [there.receive() for _ in range(3)][-1]
    assert open_files() == before + 1
    vertices, points = latest.mesh.vertices, latest.cloud.points
    del latest
    assert np.array_equal(vertices, snapshot(100_000).mesh.vertices)
    del vertices
    assert open_files() == before
    assert np.array_equal(points, snapshot(100_000).cloud.points)  # a small array keeps no file


def test_a_writer_may_keep_the_last_files_so_that_it_frees_their_memory_and_not_the_reader() -> None:
    before = open_files()
    writer, reader = socket.socketpair()
    here, there = Channel(writer, files_kept=2), Channel(reader)
    kept = []
    for step in range(4):
        here.send(snapshot(100_000, step=step))
        there.receive()
        kept.append(open_files() - before - 2)
    here.close()
    there.close()
    assert kept == [1, 2, 2, 2]
    assert open_files() == before


def test_a_large_message_arrives_where_no_file_can_be_written(ends: Ends) -> None:
    here, there = ends
    before = open_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        sending = threading.Thread(target=here.send, args=(snapshot(100_000),))
        sending.start()
        arrived = there.receive()
        sending.join()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert np.array_equal(arrived.mesh.faces, snapshot(100_000).mesh.faces)
    assert open_files() == before


def test_small_messages_take_no_descriptors(ends: Ends) -> None:
    here, there = ends
    before = open_files()
    sent = [SetParameters(Snapshot().requested) for _ in range(100)]
    for message in sent:
        here.send(message)
    assert open_files() == before
    assert [there.receive() for _ in sent] == sent


def test_the_end_comes_after_what_was_sent(ends: Ends) -> None:
    here, there = ends
    here.send("last words")
    here.close()
    assert there.poll()
    assert there.receive() == "last words"
    with pytest.raises(EOFError):
        there.receive()
    with pytest.raises(BrokenPipeError):
        there.send("into the void")
    with pytest.raises(OSError, match="Bad file descriptor"):
        here.send("from a closed end")


def test_closing_wakes_those_who_wait(ends: Ends) -> None:
    here, _ = ends
    failures: list[type[Exception]] = []

    def wait(act: Callable[[], object]) -> None:
        try:
            while True:
                act()
        except (OSError, EOFError) as error:
            failures.append(type(error))

    threads = [threading.Thread(target=wait, args=(act,)) for act in (here.receive, lambda: here.send("x" * 1000))]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    here.close()
    for thread in threads:
        thread.join(5.0)
    assert len(failures) == 2


def test_polling_waits_no_longer_than_asked(ends: Ends) -> None:
    here, there = ends
    assert not there.poll(0.01)
    threading.Timer(0.05, here.send, ["now"]).start()
    assert there.poll(None)
    assert there.receive() == "now"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))

"""Messages between two processes: small ones through a socket, large ones as files in memory.

Of a large message only the file's descriptor goes through the socket. The reader maps the file, and the large arrays of
the message lie in it: reading takes no time, and nothing waits for the writer. A file is there until the last of these
arrays is gone. Where none can be written, the message itself goes through the socket.
"""

import mmap
import os
import pickle
import select
import socket
import struct
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

_LARGE = 1 << 16  # bytes; many small messages may wait in a socket, but not many descriptors
_ALIGNMENT = 64  # of the arrays in a message
_HEADER = struct.Struct("<QQ")  # bytes of the body, and its parts
_LENGTH = struct.Struct("<Q")  # of a part; the body begins with those of all parts


class Channel:
    """One end of a connection. One thread may send while another receives.

    Args:
        end: of a pair of sockets.
        files_kept: how many of the last files sent stay open here. Who lets go of a file last spends the time that it
            takes to free its memory; with 2, that is the writer of messages that replace one another.
    """

    def __init__(self, end: socket.socket, *, files_kept: int = 0) -> None:
        self._socket = end
        self._files_kept = files_kept
        self._files: deque[int] = deque()
        self._readable = select.poll()
        self._readable.register(end, select.POLLIN)

    @classmethod
    def inherited(cls, descriptor: int, *, files_kept: int = 0) -> "Channel":
        """The end that another process has left to this one."""
        return cls(socket.socket(fileno=descriptor), files_kept=files_kept)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: Any) -> None:
        """Send what can be pickled; waits while the other end reads nothing and much is on its way.

        Raises:
            OSError: one of the ends is closed.
        """
        arrays: list[memoryview] = []

        def is_small(array: pickle.PickleBuffer) -> bool:
            """Those are pickled with the rest, so that who keeps one does not keep the file."""
            raw = array.raw()
            if len(raw) >= _LARGE:
                arrays.append(raw)
            return len(raw) < _LARGE

        pickled = pickle.dumps(message, protocol=5, buffer_callback=is_small)
        parts = [memoryview(pickled), *arrays]
        body = list(_laid_out(parts))
        size = sum(map(len, body))
        header = _HEADER.pack(size, len(parts))
        file = _file_of(body) if size >= _LARGE else None
        if file is None:
            self._socket.sendall(b"".join((header, *body)))
            return
        try:
            socket.send_fds(self._socket, [header], [file])
        finally:
            self._files.append(file)
            self._keep(self._files_kept)

    def receive(self) -> Any:
        """The next message, which is waited for. Its arrays may refuse writes.

        Raises:
            EOFError: the other end is closed, and all that it has sent was received.
            OSError: this end is closed.
        """
        header, files, _, _ = socket.recv_fds(self._socket, _HEADER.size, 1)
        size, count = _HEADER.unpack(header + self._read(_HEADER.size - len(header)))
        body = memoryview(_map(files[0], size) if files else self._read(size))
        pickled, *arrays = _parts(body, count)
        return pickle.loads(pickled, buffers=arrays)

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Whether within so many seconds there is something to receive, be it the end; None waits for it."""
        return bool(self._readable.poll(None if timeout is None else 1000 * timeout))

    def close(self) -> None:
        """Hang up; whoever waits at either end is woken."""
        with suppress(OSError):  # the other end may be gone
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._keep(0)

    def _keep(self, most: int) -> None:
        with suppress(IndexError):  # the other thread may have taken the last
            while len(self._files) > most:
                os.close(self._files.popleft())

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        left = memoryview(data)
        while left:
            count = self._socket.recv_into(left)
            if not count:
                raise EOFError("the other end is closed")
            left = left[count:]
        return data


def _laid_out(parts: Sequence[memoryview]) -> Iterator[memoryview]:
    """The body of a message: the lengths of its parts and the parts, all aligned."""
    lengths = b"".join(_LENGTH.pack(len(part)) for part in parts)
    for piece in (memoryview(lengths), *parts):
        yield piece
        yield memoryview(bytes(_padding(len(piece))))


def _parts(body: memoryview, count: int) -> Iterator[memoryview]:
    """What was laid out."""
    end = count * _LENGTH.size
    for (length,) in _LENGTH.iter_unpack(body[:end]):
        start = end + _padding(end)
        end = start + length
        yield body[start:end]


def _padding(length: int) -> int:
    return -length % _ALIGNMENT


def _file_of(body: Sequence[memoryview]) -> int | None:
    """The descriptor of a file without a name that holds the body; None where none can be written."""
    try:
        file = _file_in_memory()
    except OSError:
        return None
    try:
        for piece in body:
            while piece:
                piece = piece[os.write(file, piece) :]
    except OSError:  # a limit of file sizes holds for memory, too
        os.close(file)
        return None
    return file


def _file_in_memory() -> int:
    if sys.platform == "linux":
        return os.memfd_create("message")
    with tempfile.TemporaryFile() as file:  # macOS: on disk, until the last array is gone
        return os.dup(file.fileno())


def _map(file: int, size: int) -> mmap.mmap:
    try:
        return mmap.mmap(file, size, access=mmap.ACCESS_READ)
    finally:
        os.close(file)

"""Child processes that talk to their parent over a channel.

A child is started as ``python -m MODULE`` rather than by ``multiprocessing``, which would import the
user's main script again: ``sap_viewer.show(points)`` has to work from a script without a main guard.
The child leads a session of its own, so that Ctrl-C in a terminal reaches the parent alone.
Linux and macOS; Windows would hand over a pipe's handle instead of a file descriptor.
"""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from sap_viewer.channel import Channel

_LAST_BREATH_S = 1.0
_HANG_UP = object()


class ChildProcess:
    """A running child module and the channel to it.

    Args:
        module: to be run; it calls ``channel_to_parent``.
        environment: variables for the child, where the parent has none of that name.
        niceness: of the child, from its first moment, above that of the parent.

    Messages to a child that has ended or hung up are dropped: ``alive`` tells.
    Sending never waits, though a child that is busy, still starting or minimised reads nothing for a while.
    """

    def __init__(self, module: str, *, environment: Mapping[str, str] | None = None, niceness: int = 0) -> None:
        own_end, child_end = socket.socketpair()
        self._channel = Channel(own_end)
        descriptor = child_end.fileno()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(descriptor)],  # -P: a random.py in the user's folder is no module
            pass_fds=[descriptor],
            start_new_session=True,
            env={**(environment or {}), **os.environ},
        )
        child_end.close()
        with suppress(ProcessLookupError):  # it has ended already
            os.setpriority(os.PRIO_PROCESS, self._process.pid, os.nice(0) + niceness)
        self._hung_up = False
        self._heard = False
        self._outgoing: SimpleQueue[Any] = SimpleQueue()
        threading.Thread(target=self._send_all, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._hung_up and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that killed it."""
        return self._process.poll()

    def send(self, message: Any) -> None:
        self._outgoing.put(message)

    def receive(self) -> list[Any]:
        """All messages that have arrived."""
        messages = []
        try:
            while self._channel.poll():
                messages.append(self._channel.receive())
                self._heard = True
        except (EOFError, OSError):
            self._hung_up = True
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_LAST_BREATH_S)  # so that its exit code is known
        return messages

    def close(self, timeout: float = 5.0) -> None:
        """Hang up and wait for the child to end; past the timeout in seconds it is killed.

        One that has not said anything is still starting, has done nothing, and is not waited for.
        """
        self._hung_up = True
        self._outgoing.put(_HANG_UP)
        self._channel.close()
        if not self._heard:
            self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send_all(self) -> None:
        for message in iter(self._outgoing.get, _HANG_UP):
            try:
                self._channel.send(message)
            except OSError:
                self._hung_up = True
                return


def channel_to_parent(*, files_kept: int = 0) -> Channel:
    """The child's end; receiving raises ``EOFError`` when the parent is gone."""
    return Channel.inherited(int(sys.argv[1]), files_kept=files_kept)

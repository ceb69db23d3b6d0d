"""The engine's process: ``python -m sap_viewer.engine.engine_process FD``, started by ``session.EngineSession``."""

import logging
import threading
import time
from dataclasses import replace
from queue import SimpleQueue

from sap_viewer.channel import Channel
from sap_viewer.commands import Command, Load
from sap_viewer.engine.engine import Engine
from sap_viewer.process import channel_to_parent
from sap_viewer.publishing import completed, update
from sap_viewer.snapshot import Snapshot, Taken

_PUBLISH_INTERVAL_S = 1 / 30
FILES_KEPT = 2  # the snapshot that a front end shows, and the one that it is about to show
_IDLE_POLL_S = 0.01  # while a snapshot waits for the one before it to be taken
_MEASURE_AFTER_S = 0.05  # of rest; a front end that asks for a few steps at a time leaves less


class Outbox:
    """Completes and sends snapshots from a thread; only one that was taken makes room for the next: none pile up."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._queue: SimpleQueue[Snapshot] = SimpleQueue()
        self._not_taken = 0
        threading.Thread(target=self._send_all, daemon=True).start()

    @property
    def free(self) -> bool:
        return not self._not_taken

    def put(self, snapshot: Snapshot) -> None:
        self._not_taken += 1
        self._queue.put(snapshot)

    def taken(self) -> None:
        """The front end has taken one."""
        self._not_taken -= 1

    def _send_all(self) -> None:
        sent = Snapshot()
        while True:
            snapshot = completed(self._queue.get(), sent)
            try:
                self._channel.send(update(snapshot, sent))
            except OSError:  # the parent is gone; the engine's own reading ends the process
                return
            sent = snapshot


def serve(channel: Channel) -> None:
    """Run an engine until its parent hangs up."""
    engine = Engine()
    outbox = Outbox(channel)
    published_at = 0.0
    while True:
        messages = _receive(channel, timeout=_patience(engine))
        if messages is None:
            return
        if not messages and engine.unmeasured and not engine.changed:
            engine.measure()
        for message in messages:  # many changes of one parameter are cheap: only the last one meets a step
            if isinstance(message, Taken):
                outbox.taken()
                continue
            if isinstance(message, Load):
                outbox.put(replace(engine.snapshot(), status="busy", message=f"Loading {message.name}"))
            engine.handle(message)
        asked = not all(isinstance(message, Taken) for message in messages)
        if engine.running:
            if asked and outbox.free:  # a step may take seconds: first the front end hears that it was heard
                outbox.put(engine.snapshot())
            engine.advance()
        due = not engine.running or time.monotonic() - published_at >= _PUBLISH_INTERVAL_S
        if engine.changed and outbox.free and due:
            outbox.put(engine.snapshot())
            published_at = time.monotonic()


def _patience(engine: Engine) -> float | None:
    """Seconds to wait for a command; None for as long as it takes."""
    if engine.running:
        return 0.0
    if engine.changed:
        return _IDLE_POLL_S
    return _MEASURE_AFTER_S if engine.unmeasured else None


def _receive(channel: Channel, *, timeout: float | None) -> list[Command | Taken] | None:
    """What has arrived, waiting for the first at most the timeout; None when the parent is gone."""
    messages: list[Command | Taken] = []
    try:
        while channel.poll(0.0 if messages else timeout):
            messages.append(channel.receive())
    except (EOFError, OSError):
        return None
    return messages


if __name__ == "__main__":
    logging.basicConfig(format="sap-viewer engine: %(message)s")
    serve(channel_to_parent(files_kept=FILES_KEPT))

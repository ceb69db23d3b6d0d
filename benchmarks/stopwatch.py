"""A clock that runs only inside its ``with`` blocks."""

import time
from types import TracebackType


class Stopwatch:
    """Adds up the wall time of the blocks that it surrounds.

    Attributes:
        seconds: of all blocks so far.
        lap: of the last block.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.lap = 0.0

    def __enter__(self) -> "Stopwatch":
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lap = time.perf_counter() - self._started
        self.seconds += self.lap

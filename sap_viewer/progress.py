"""How far a run is: a bar in a terminal, and in a log some lines."""

import sys
from types import TracebackType
from typing import Self

from tqdm import tqdm

_BAR = "{percentage:3.0f}%|{bar}| {desc} [{elapsed}<{remaining}]"
_LINES = 10


class Progress:
    """Shows on standard error what share of a run is done, while it is the context of a block.

    A log gets a line for each tenth that is reached, and one for where the run ended.
    """

    def __init__(self, done: float) -> None:
        self._bar = tqdm(total=1.0, initial=done, bar_format=_BAR, mininterval=0.5, disable=not sys.stderr.isatty())
        self._lines = int(_LINES * done)
        self._untold = ""

    def show(self, done: float, what: str) -> None:
        """The run has come this far."""
        if not self._bar.disable:
            self._bar.set_description_str(what, refresh=False)
            self._bar.update(done - self._bar.n)
            return
        self._untold = f"sap-viewer: {done:.0%}, {what}"
        if int(_LINES * done) > self._lines:
            self._lines = int(_LINES * done)
            self._tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()
        self._tell()

    def _tell(self) -> None:
        if self._untold:
            print(self._untold, file=sys.stderr, flush=True)
            self._untold = ""

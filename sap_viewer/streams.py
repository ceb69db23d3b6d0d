"""Standard output and error that end no program: those of a terminal that was closed, a pipe nobody reads, or none."""

import io
import os
import sys
from typing import TextIO

from typing_extensions import Buffer

_INPUT, _OUTPUT, _ERROR = 0, 1, 2


def outlive_readers() -> None:
    """Let the program go on, and write its files, where nobody reads what it says.

    What was closed becomes the null device, so that no file or socket is opened in its place and then written to. What
    cannot be written is lost, for there is nobody left to tell. A letter that the encoding lacks becomes a question
    mark. Streams that a caller has put in the place of the standard ones are left alone.
    """
    for descriptor in (_INPUT, _OUTPUT, _ERROR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest that is free, so this one
    if sys.stdout is sys.__stdout__:
        sys.stdout = _outliving(sys.stdout, _OUTPUT)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _outliving(sys.stderr, _ERROR)


class _Outliving(io.FileIO):
    """A descriptor that becomes the null device when it can no longer be written to."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self.fileno())
            os.close(null)
            return super().write(data)


def _outliving(stream: TextIO | None, descriptor: int) -> TextIO:
    """The stream over its descriptor anew; Python has none where the descriptor was closed."""
    if stream is not None:
        stream.flush()
    buffer = io.BufferedWriter(_Outliving(descriptor, "w", closefd=False))
    return io.TextIOWrapper(
        buffer,
        encoding=None if stream is None else stream.encoding,
        errors="replace",
        line_buffering=stream is None or bool(stream.line_buffering),
        write_through=getattr(stream, "write_through", False),
    )

"""The exit codes of the programs, and how a program ends with one."""

import sys
from collections.abc import Callable
from typing import NoReturn

from sap_viewer.streams import outlive_readers

DONE = 0
FAILED = 1  # on the way: the engine, a full disk
BAD_INPUT = 2  # before the run: a scan, an option or a display that cannot be used
INTERRUPTED = 130  # Ctrl-C, as shells count it


def exit_with(program: Callable[[], int]) -> NoReturn:
    """Run a program and end with its code, or with that of Ctrl-C where the program had nothing to finish for it.

    It goes on where its standard output or error is closed or has lost its reader.
    """
    outlive_readers()
    try:
        sys.exit(program())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)

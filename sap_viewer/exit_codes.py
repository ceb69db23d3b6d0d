"""The exit codes of ``sap-viewer``."""

DONE = 0
FAILED = 1  # on the way: the engine, a full disk
BAD_INPUT = 2  # before the run: a scan, an option or a display that cannot be used
INTERRUPTED = 130  # Ctrl-C, as shells count it

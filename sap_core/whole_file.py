"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write to the path that this yields; when the block ends well, it becomes ``path``.

    The temporary file lies beside its target, since renaming is atomic only within a file system, and keeps
    the target's suffix, by which libraries choose a format. When the block fails, the temporary file is removed
    and an older file at ``path`` stays as it was. A symbolic link stays a link: the file it points to is replaced.

    Raises:
        OSError: the file cannot be put in place. Errors of the block, a full disk among them, pass through.
    """
    target = path.resolve()
    temporary = temporary_beside(target)
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """A hidden name in the folder of ``path`` that no file has, with the same suffix."""
    return path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")

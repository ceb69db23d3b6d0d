"""Files as programs really write them under the name of .ply, made into what plyfile takes."""

import re
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from sap_core.formats.numerals import plain_nan

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = re.compile(rb"\n\s+")  # at the beginning of lines, and lines of nothing else
_LONGEST = 1_000_000  # bytes; what has not ended by then is no header


def open_ply(path: Path) -> IO[bytes]:
    """Open a file so that plyfile can read it, as a copy where it would stumble.

    It stumbles over a byte order mark, letters that are not ASCII (in comments), blanks at the end of a line, empty
    lines, line ends of two kinds, and numbers of text that Windows has written as ``-nan(ind)``.

    Raises:
        OSError: the file cannot be read, or there is no room for a copy.
    """
    with path.open("rb") as stream:
        header = _header(stream)
        plain = _plain(header)
        if b"\nformat ascii" in plain:
            return BytesIO(plain + _BLANKS.sub(b"\n", plain_nan(stream.read())).lstrip())
        if plain != header:
            copy = TemporaryFile()  # a file, since plyfile maps it; the caller closes it  # noqa: SIM115
            copy.write(plain)
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            return copy
    return path.open("rb")


def _header(stream: IO[bytes]) -> bytes:
    """All lines up to the end of the header; none of a file that has no such end."""
    header = b""
    while (line := stream.readline(_LONGEST)) and len(header) < _LONGEST:
        header += line
        if line.strip() == b"end_header":
            return header
    return b""


def _plain(header: bytes) -> bytes:
    lines = header.removeprefix(_BYTE_ORDER_MARK).splitlines()
    words = [line.decode("ascii", "replace").encode("ascii", "replace").strip() for line in lines]
    return b"".join(word + b"\n" for word in words if word)

"""What parsers raise on bytes that they did not expect, as one sentence for the user."""

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sap_core.validate.error import InputError
from sap_core.validate.files import damaged, inaccessible, too_large

# The libraries do not promise fewer.
_PARSER_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def parsing(path: Path) -> Iterator[None]:
    """Read a file in this block.

    Raises:
        InputError: the file cannot be read, is damaged or too large; one that the block itself raises passes through.
    """
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        raise inaccessible(path, error) from error
    except MemoryError as error:
        raise too_large(path) from error
    except _PARSER_ERRORS as error:
        raise damaged(path) from error

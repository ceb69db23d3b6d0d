"""Numbers as programs write them, those that are none included."""

import re

# The C library of Windows: -nan(ind), nan(snan), -1.#IND, 1.#QNAN00, 1.#INF, and 1.#J where 1.#INF was rounded.
_NO_NUMBER = r"[-+]?(?:nan\([a-z]*\)|1\.#(?:ind|qnan|snan|inf|j)0*)"
_TEXT = re.compile(_NO_NUMBER, re.IGNORECASE)
_BYTES = re.compile(_NO_NUMBER.encode(), re.IGNORECASE)


def number(text: str) -> float:
    """The number that a word is; NaN for what stands for none or for an infinite one under Windows.

    Raises:
        ValueError: it is another word.
    """
    try:
        return float(text)
    except ValueError:
        if _TEXT.fullmatch(text.strip()):
            return float("nan")
        raise


def plain_nan(contents: bytes) -> bytes:
    """The contents of a text file, with ``nan`` where Windows writes that a number is none or infinite."""
    return _BYTES.sub(b"nan", contents)

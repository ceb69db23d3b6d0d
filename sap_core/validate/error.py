"""What cannot be used, and the words that sentences about it share."""

from collections.abc import Sequence


class InputError(ValueError):
    """The input cannot be used; the message is one sentence for the user."""


def one_of(words: Sequence[str]) -> str:
    """The words in a row, the last after an "or"."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def reason_of(error: OSError) -> str:
    """What the operating system said."""
    return error.strerror or str(error)

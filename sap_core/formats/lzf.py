"""LZF, the compression inside .pcd files: runs of literal bytes, and references to bytes before."""

_LONGEST_RUN = 32


def decompress(data: bytes, *, size: int) -> bytes:
    """What was compressed.

    Args:
        data: its compressed bytes.
        size: of what they were made of.

    Raises:
        ValueError: the bytes are damaged, or not so many come out.
        IndexError: they end in the middle.
    """
    out, place = bytearray(), 0
    while place < len(data):
        control = data[place]
        place += 1
        if control < _LONGEST_RUN:
            out += data[place : place + control + 1]
            place += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += data[place]
            place += 1
        length += 2
        start = len(out) - ((control & 31) << 8) - data[place] - 1
        place += 1
        if start < 0:
            raise ValueError("a reference to before the beginning")
        repeated = out[start : start + length]
        out += (repeated * (length // len(repeated) + 1))[:length]  # it may overlap what it makes
    if len(out) != size:
        raise ValueError(f"{len(out)} bytes instead of {size}")
    return bytes(out)

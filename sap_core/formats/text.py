"""Tables of numbers as text: .xyz, .asc, .txt, .pts and .csv."""

import re
from array import array
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from sap_core.formats.columns import scan_of_columns
from sap_core.formats.headings import Heading
from sap_core.formats.numerals import number
from sap_core.formats.scan import Scan
from sap_core.geometry import FloatArray
from sap_core.validate.contents import another_count, not_a_row

_MOST_ABOVE = 2  # a count of the points and the names of the columns
_POINTS_ONLY, _WITH_COLORS = 4, 7  # columns of a .pts file: x y z intensity, and x y z intensity r g b
_DECIMAL_COMMAS = re.compile(r"[^\s,]+(,[^\s,]+)?(\s+[^\s,]+(,[^\s,]+)?){2,}")  # between blanks or tabs
_REMARK = re.compile(r"(?<!\d\.)#.*")  # but 1.#QNAN is none

Lines = Iterator[tuple[int, str]]  # with their numbers


def read(path: Path) -> Scan:
    """Read a point per line: by the names of the columns where a line above has them, else by ``scan_of_columns``.

    Columns are separated by spaces, tabs, commas or semicolons; unless by commas, the decimal mark may be a comma.
    ``#`` starts a remark, ``//`` at the start of a line too. Above the first point one line may count the points, and
    one may name the columns, be it as a remark; later lines may count the points that follow them, as .pts files do
    for every station. Of a .pts file with 4 or 7 unnamed columns, the fourth is the intensity, which is left out.

    Raises:
        InputError: a line is no row like the first, a count is wrong, or what the columns are cannot be told.
        OSError: the file cannot be read.
    """
    with path.open(encoding=_encoding(path), errors="replace") as stream:
        lines = enumerate(stream, start=1)
        heading, first = _above(lines, path)
        table = _table(chain(first, lines), heading, path)
    if heading is not None:
        return Scan(heading.cloud(table, source=str(path)))
    if path.suffix.lower() == ".pts" and table.shape[1] in (_POINTS_ONLY, _WITH_COLORS):
        table = np.delete(table, 3, axis=1)
    return scan_of_columns(table, source=str(path))


def _encoding(path: Path) -> str:
    """UTF-8, unless the file begins with the byte order mark of UTF-16, in which Windows shells write."""
    with path.open("rb") as stream:
        return "utf-16" if stream.read(2) in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"


def _above(lines: Lines, path: Path) -> tuple[Heading | None, list[tuple[int, str]]]:
    """The heading that names the columns of the first row, and the line of that row, if there is one."""
    headings: list[Heading] = []
    passed = 0
    for line_number, line in lines:
        content = _content(line)
        if content:
            fields = _fields(content)
            heading = next((each for each in reversed(headings) if each.fits(len(fields))), None)
            if len(_numbers(fields, heading)) > 1:
                return heading, [(line_number, line)]
            if passed == _MOST_ABOVE:
                raise not_a_row(path, line_number, content, 0)
            passed += 1
        named = Heading.of(line)
        headings += [named] if named else []
    return None, []


def _table(lines: Iterable[tuple[int, str]], heading: Heading | None, path: Path) -> FloatArray:
    """The numbers of all rows, or those of the columns that a heading makes use of."""
    values, rows, width = array("d"), 0, 0
    counts = []  # of the points that follow: the line, what it says, and the rows above it
    for line_number, line in lines:
        content = _content(line)
        if not content:
            continue
        fields = _fields(content)
        if len(fields) == 1 and content.isdecimal():
            counts.append((line_number, int(content), rows))
            continue
        width = width or len(fields)
        fits = len(fields) == width if heading is None else heading.fits(len(fields))
        row = _numbers(fields, heading) if fits else []
        if not row:
            raise not_a_row(path, line_number, content, heading.width if heading else width)
        values.extend(row)
        rows += 1
    for (line_number, said, above), (*_, below) in pairwise([*counts, (0, 0, rows)]):
        if below - above != said:
            raise another_count(path, line_number, said=said, found=below - above)
    return np.array(values).reshape(rows, -1) if rows else np.zeros((0, 3))


def _content(line: str) -> str:
    """A line without its remark; nothing of one that is all remark."""
    line = line.strip()
    if line.startswith("//"):
        return ""
    return _REMARK.sub("", line).rstrip() if "#" in line else line


def _fields(content: str) -> list[str]:
    content = content.replace('"', "")
    if ";" in content:
        return content.replace(",", ".").split(";")
    if "," in content and not _DECIMAL_COMMAS.fullmatch(content):
        return content.split(",")
    return content.replace(",", ".").split()


def _numbers(fields: list[str], heading: Heading | None) -> list[float]:
    """The numbers in the columns that are made use of; none if one of them is another word."""
    used = fields if heading is None else heading.used(fields)
    try:
        return list(map(float, used))
    except ValueError:
        pass
    try:
        return list(map(number, used))
    except ValueError:
        return []

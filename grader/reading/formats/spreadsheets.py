"""Excel tables (.xlsx)."""

import warnings
import zipfile
from collections.abc import Iterator, Mapping
from io import BufferedReader
from itertools import zip_longest
from typing import Any, Final

from grader.problems import Problem
from grader.reading.content import Unreadable
from grader.reading.formats.messages import UNCOMPUTED
from grader.reading.formats.tables import HEADER_WITHIN, Row, Table, header_among

MAX_UNPACKED: Final = 256 << 20
"""Bytes the archive may unpack to: a small file can unpack to more than the memory holds."""

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 256

_CHUNK: Final = 1 << 20
_FORMULA: Final = (b"<f>", b"<f ", b"<f/")


def tables_in(stream: BufferedReader, mapping: Mapping[str, str]) -> list[Table]:
    """Give the sheets that hold messages.

    Raises:
        Unreadable: It is no Excel table, it is broken, or no sheet holds messages.
    """
    found = []
    for sheet, rows in sheets(stream).items():
        if header := header_among(rows[:HEADER_WITHIN], mapping):
            below, columns = header
            found.append(Table(columns=columns, rows=_Rows(rows, below), sheet=sheet))
    if not found:
        raise Unreadable(
            "No sheet has a column that is known to hold messages.",
            "Name the columns 会话ID, 角色, 内容, 时间 (conversation_id, speaker, text, time), or map them.",
        )
    return found


class _Rows:
    """The rows of a sheet below the one of names, from the first at each call."""

    def __init__(self, rows: list[tuple[Any, ...]], below: int) -> None:
        self._rows = rows
        self._below = below

    def __call__(self) -> Iterator[Row | Problem]:
        return (Row(n, cells) for n, cells in enumerate(self._rows[self._below :], self._below + 1))


def sheets(stream: BufferedReader) -> dict[str, list[tuple[Any, ...]]]:
    """Give the rows of every sheet by its name; a formula without a stored result is ``UNCOMPUTED``.

    Raises:
        Unreadable: It is no Excel table, it is broken, or it unpacks to too much.
    """
    try:
        formulas = _has_formulas(stream)
        computed = _loaded(stream, data_only=True)
        if not formulas:
            return computed
        return {
            name: _marked(computed[name], rows) for name, rows in _loaded(stream, data_only=False).items()
        }
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - a broken archive makes zipfile, expat and openpyxl fail in any way
        raise Unreadable(
            f"The Excel file is broken ({type(error).__name__}).",
            "Open it in a spreadsheet program and save it again, or export it as CSV.",
        ) from None


def _has_formulas(stream: BufferedReader) -> bool:
    """Check the archive before anything is unpacked, and tell whether any sheet computes."""
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        if not any(member.filename == "xl/workbook.xml" for member in members):
            raise Unreadable(
                "The file holds a zip archive that is no Excel table.",
                "Unpack it, and give the files inside.",
            )
        if (size := sum(member.file_size for member in members)) > MAX_UNPACKED:
            raise Unreadable(
                f"The Excel file unpacks to {size >> 20:,} MiB; at most {MAX_UNPACKED >> 20} MiB are read.",
                "Split it, or export it as CSV.",
            )
        return any(_holds_formula(archive, m) for m in members if m.filename.startswith("xl/worksheets/"))


def _holds_formula(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    before = b""
    with archive.open(member) as unpacked:
        while chunk := unpacked.read(_CHUNK):
            if any(tag in before + chunk for tag in _FORMULA):
                return True
            before = chunk[-len(_FORMULA[0]) :]
    return False


def _loaded(stream: BufferedReader, *, data_only: bool) -> dict[str, list[tuple[Any, ...]]]:
    import openpyxl  # heavy, and only spreadsheets need it

    stream.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which no value depends on
        book = openpyxl.load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
        try:
            found = {}
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # some exporters write wrong ones
                rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
                found[sheet.title] = list(map(_trimmed, rows))
            return found
        finally:
            book.close()


def _trimmed(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leave out the empty cells at the end."""
    width = len(cells)
    while width and cells[width - 1] is None:
        width -= 1
    return cells[:width]


def _marked(computed: list[tuple[Any, ...]], formulas: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Mark the cells that hold a formula but no result."""
    return [
        tuple(
            UNCOMPUTED if value is None and formula is not None else value
            for value, formula in zip_longest(values, row)
        )
        for values, row in zip_longest(computed, formulas, fillvalue=())
    ]

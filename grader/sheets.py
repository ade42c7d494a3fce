"""Tables as CSV and as Excel workbooks, row by row, in which no cell is ever a formula.

A spreadsheet runs a cell that begins with one of a few characters (CSV injection, OWASP): text that people gave must
not do that.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Cell: TypeAlias = str | int | float | bool | datetime | None

_DANGEROUS: Final = tuple("=+-@\t\r\n＝＋－＠")
_MARK: Final = "\ufeff"
"""The byte-order mark, by which Excel knows CSV in UTF-8."""

_ROWS: Final = 200
"""Rows of CSV that leave together."""

_PIECE: Final = 128 * 1024
_SHEET_ROWS: Final = 1_048_575
"""Rows of a sheet of Excel below the header."""

_CELL: Final = 32_767
"""Characters of a cell of Excel."""


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Write CSV in UTF-8 (RFC 4180, with a byte-order mark); dangerous text begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write(_MARK)
    writer.writerow(map(_csv_cell, header))
    written = iter(rows)
    while True:
        writer.writerows(map(_csv_cell, row) for row in islice(written, _ROWS))
        piece = text.getvalue()
        if not piece:
            return
        yield piece.encode("utf-8", errors="replace")
        text.seek(0)
        text.truncate()


def xlsx_pieces(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], *, folder: Path, name: str = "Grades"
) -> Iterator[bytes]:
    """Write a workbook, in a file of ``folder`` that has no name and with one row at a time in memory.

    Text is never taken for a formula or an address; dangerous text has Excel's own mark for text. Rows that one sheet
    cannot hold go on in the next.
    """
    from xlsxwriter import Workbook

    with tempfile.TemporaryFile(dir=folder) as file, tempfile.TemporaryDirectory(dir=folder) as working:
        with Workbook(file, {"constant_memory": True, "tmpdir": working}) as workbook:
            write = _writer(workbook)
            written = iter(rows)
            for number, first in enumerate(chain([()], written), start=1):
                sheet = workbook.add_worksheet(name if number == 1 else f"{name} {number}")
                sheet.freeze_panes(1, 0)
                # The row that showed that another sheet is needed is its first.
                whole = chain([header], [first] if first else [], islice(written, _SHEET_ROWS - bool(first)))
                for place, row in enumerate(whole):
                    for column, cell in enumerate(row):
                        write(sheet, place, column, cell)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _csv_cell(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case str():
            return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
    return cell


def _writer(workbook: Any) -> Callable[["Worksheet", int, int, Cell], None]:
    time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    text = workbook.add_format({"quote_prefix": True})

    def write(sheet: "Worksheet", row: int, column: int, cell: Cell) -> None:
        match cell:
            case bool():
                sheet.write_boolean(row, column, cell)
            case int() | float():
                sheet.write_number(row, column, cell)
            case datetime():
                sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None), time)
            case str() if cell:
                style = text if cell.startswith(_DANGEROUS) else None
                sheet.write_string(row, column, cell[:_CELL], style)

    return write

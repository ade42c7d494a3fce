"""Delimited tables: CSV with commas, semicolons or bars, and TSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TextIO

from grader.problems import Problem
from grader.reading.formats.columns import listed_columns
from grader.reading.formats.tables import HEADER_WITHIN, Row, Table, header_among
from grader.reading.refusal import listed

SUFFIXES: Final = frozenset({".csv", ".tsv", ".tab"})
MAX_CELL: Final = 16 << 20
"""Characters of one cell; a quotation mark that is never closed would else swallow the file."""

DELIMITERS: Final = ",\t;|"


def table_in(text: TextIO, head: str, source: str, mapping: Mapping[str, str]) -> Table | None:
    """Find the table of messages in a text; None where its first rows name no columns of one."""
    headers = ((delimiter, header_among(first_rows(head, delimiter), mapping)) for delimiter in DELIMITERS)
    found = [(delimiter, *header) for delimiter, header in headers if header]
    if not found:
        return None
    delimiter, names_row, columns = max(found, key=lambda header: len(header[2]))
    return Table(
        columns=columns, rows=lambda: rows(text, delimiter, source, below=names_row, text_at=columns["text"])
    )


def first_rows(head: str, delimiter: str) -> list[list[str]]:
    """Give the rows among which the column names are."""
    found = []
    try:
        for cells in csv.reader(io.StringIO(head), delimiter=delimiter):
            found.append(cells)
            if len(found) == HEADER_WITHIN:
                break
    except csv.Error:
        pass
    return found


def unknown_columns(head: str, source: str) -> Problem:
    """Say that a delimited file has no column with messages."""
    names = max((first_rows(head, d)[:1] or [[]] for d in DELIMITERS), key=lambda found: len(found[0]))[0]
    if "file" in listed_columns(names):
        return Problem(
            source=source,
            place=None,
            problem="The table lists files; it holds no messages.",
            remedy="Give it as the manifest of the recordings it lists.",
        )
    return Problem(
        source=source,
        place=None,
        problem=f"No column of the table is known to hold the messages; its columns are: {listed(names)}.",
        remedy="Name the columns 会话ID, 角色, 内容, 时间 (conversation_id, speaker, text, time), or map them.",
    )


def rows(
    text: TextIO, delimiter: str, source: str, *, below: int, text_at: int | None = None
) -> Iterator[Row | Problem]:
    """Give the rows below the one of names. ``text_at``: the column of words, which unquoted delimiters may split."""
    csv.field_size_limit(MAX_CELL)
    text.seek(0)
    ended = False

    def lines() -> Iterator[str]:
        nonlocal ended
        yield from text
        ended = True

    reader = csv.reader(lines(), delimiter=delimiter)
    number = width = 0
    try:
        for number, cells in enumerate(reader, 1):
            if ended:  # a row is whole at its line's end, unless a quotation mark is open
                yield _unclosed(source, number)
            elif number == below:
                width = len(cells)
            elif number > below:
                yield _row(number, cells, width, delimiter, text_at)
    except csv.Error as error:
        yield Problem(
            source=source,
            place=f"row {number + 1}",
            problem=f"The table cannot be read from there on: {error}.",
            remedy="Look for a quotation mark that is not closed, or export the table again.",
        )


def _row(number: int, cells: Sequence[str], width: int, delimiter: str, text_at: int | None) -> Row:
    if len(cells) <= width:
        return Row(number, cells)
    if text_at == width - 1:
        joined = delimiter.join(cells[text_at:])
        return Row(number, [*cells[:text_at], joined], "Words with unquoted delimiters were joined again")
    return Row(number, cells, "The row has more cells than there are columns")


def _unclosed(source: str, number: int) -> Problem:
    return Problem(
        source=source,
        place=f"row {number}",
        problem="A quotation mark is opened in the row and not closed before the file ends.",
        remedy="Close it, or export the table again, whole; the row was left out.",
    )

"""Tables with a message a row: rows are gathered into conversations by their id, wherever they stand.

A table is gone through twice: first to see where each conversation ends, then to give each as soon as it is whole and
none before it is still open. Only open conversations are in memory.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader.problems import Problem
from grader.reading.drafts import Draft
from grader.reading.formats.columns import message_columns
from grader.reading.formats.messages import UNCOMPUTED, Messages, Uncomputed, written

HEADER_WITHIN: Final = 10
"""The row of column names is among the first so many."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    number: int
    """Counted from 1, the row of names included."""
    cells: Sequence[Any]
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under column names."""

    columns: Mapping[str, int]
    """Position of each field's column."""
    rows: Callable[[], Iterator[Row | Problem]]
    """Gives the rows below the names, from the first each time."""
    sheet: str | None = None


def header_among(
    rows: Sequence[Sequence[Any]], mapping: Mapping[str, str]
) -> tuple[int, dict[str, int]] | None:
    """Find the row of column names: the first that names the text and another field, or the text the caller mapped.

    Returns:
        Its number, from 1, and the positions of the fields; None where there is no such row.
    """
    for number, cells in enumerate(rows, 1):
        columns = message_columns(cells, mapping)
        if "text" in columns and (len(columns) > 1 or "text" in mapping):
            return number, columns
    return None


def drafts(table: Table, source: str) -> Iterator[Draft | Problem]:
    """Give the conversations of a table in the order of their first rows."""
    last = {key: row.number for key, row in _keyed(table) if isinstance(row, Row)}
    gathered: dict[str | Uncomputed, Messages] = {}
    waiting: deque[str | Uncomputed] = deque()
    for key, row in _keyed(table):
        if isinstance(row, Problem):
            yield row
            continue
        if key not in gathered:
            waiting.append(key)
            first_row = row.number if "id" in table.columns else None
            gathered[key] = Messages(source=source, sheet=table.sheet, first_row=first_row)
        cells = {name: row.cells[at] if at < len(row.cells) else None for name, at in table.columns.items()}
        gathered[key].add(cells | {"id": key}, row.number, row.remark)
        while waiting and last.get(waiting[0], 0) <= row.number:
            yield gathered.pop(waiting.popleft()).draft()
    yield from (gathered[key].draft() for key in waiting)  # where the file changed in between


def _keyed(table: Table) -> Iterator[tuple[str | Uncomputed, Row | Problem]]:
    """Give each row with the id of its conversation; an empty cell (merged ones) means the id above it."""
    position = table.columns.get("id")
    key: str | Uncomputed = ""
    for row in table.rows():
        if isinstance(row, Problem):
            yield key, row
        elif any(cell not in (None, "") for cell in row.cells):
            cell = row.cells[position] if position is not None and position < len(row.cells) else None
            if cell not in (None, ""):
                key = UNCOMPUTED if cell is UNCOMPUTED else written(cell).strip()
            yield key, row

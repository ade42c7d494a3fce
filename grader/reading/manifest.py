"""Manifests: tables with a row for each file, found as ``manifest.csv`` in a folder or named by the caller."""

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.problems import Problem
from grader.reading import characters
from grader.reading.content import Unreadable, kind_of, not_text, opened
from grader.reading.encoding import encoding_of, text_of
from grader.reading.files import absolute, is_there, suffix_of, unreadable
from grader.reading.formats.columns import listed_columns
from grader.reading.formats.delimited import DELIMITERS, first_rows, rows
from grader.reading.formats.messages import written
from grader.reading.formats.spreadsheets import sheets
from grader.reading.formats.tables import HEADER_WITHIN, Row
from grader.reading.particulars import particulars

NAMES: Final = frozenset({"manifest.csv", "manifest.tsv", "manifest.xlsx"})
_HEAD: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a row says of a file."""

    path: str
    """Absolute."""
    row: int
    data: Mapping[str, Any]


class Manifest:
    """What a table says of files, by their path relative to the table's folder, else by their name alone."""

    def __init__(self, path: Path) -> None:
        self._source = characters.tidy(str(path))
        self._folder = path.parent
        self.problems: list[Problem] = []
        """What is wrong with the table itself."""
        entries = list(self._entries(path))
        names = Counter(Path(entry.path).name for entry in entries)
        self._by_path = {entry.path: entry for entry in reversed(entries)}
        self._by_name = {name: e for e in entries if names[name := Path(e.path).name] == 1}
        self._used: set[str] = set()

    def of(self, path: Path) -> Mapping[str, Any]:
        """Give the contract's fields for a file; none where no row names it."""
        entry = self._by_path.get(absolute(path)) or self._by_name.get(path.name)
        if entry is None:
            return {}
        self._used.add(entry.path)
        return entry.data

    def unmatched(self) -> Iterator[Problem]:
        """Give a problem for each row whose file was neither read nor is there."""
        for path, entry in sorted(self._by_path.items(), key=lambda item: item[1].row):
            if path not in self._used and not is_there(Path(path)):
                name = characters.tidy(Path(path).name)
                yield self._problem(
                    f"row {entry.row}",
                    f"The row names a file that is not there: {name[:200]}.",
                    "Correct the name, or add the file.",
                )

    def _entries(self, path: Path) -> Iterator[_Entry]:
        try:
            tables = _tables(path, self._source)
        except Unreadable as fault:
            self.problems.append(self._problem(None, fault.problem, fault.remedy))
            return
        except (OSError, EOFError, zlib.error) as error:
            self.problems.append(unreadable(path, error))
            return
        headers = [_header(table) for table in tables]
        if not any(headers):
            self.problems.append(
                self._problem(
                    None, "No column of the manifest names the files.", "Call that column 文件名 or file."
                )
            )
        for table, header in zip(tables, headers, strict=True):
            for item in table if header else ():
                if isinstance(item, Problem):
                    self.problems.append(item)
                elif header and item.number > header.number and (entry := self._entry(header, item)):
                    yield entry

    def _entry(self, header: Row, row: Row) -> _Entry | None:
        at = listed_columns(header.cells)["file"]
        name = written(row.cells[at]).strip() if at < len(row.cells) else ""
        if not name or "\0" in name:
            return None
        path = absolute(self._folder / name.replace("\\", "/"))
        named = zip(map(written, header.cells), row.cells, strict=False)
        return _Entry(path, row.number, particulars({key: cell for key, cell in named if key}))

    def _problem(self, place: str | None, problem: str, remedy: str) -> Problem:
        return Problem(source=self._source, place=place, problem=problem, remedy=remedy)


def _header(table: list[Row | Problem]) -> Row | None:
    first = (row for row in table[:HEADER_WITHIN] if isinstance(row, Row))
    return next((row for row in first if "file" in listed_columns(row.cells)), None)


def _tables(path: Path, source: str) -> list[list[Row | Problem]]:
    with opened(path) as (stream, _):
        kind = kind_of(stream)
        if kind == "zip":
            return [[Row(n, cells) for n, cells in enumerate(sheet, 1)] for sheet in sheets(stream).values()]
        encoding = encoding_of(stream) if kind == "text" else None
        if encoding is None:
            raise not_text(suffix_of(path))
        with text_of(stream, encoding) as text:
            head = text.read(_HEAD)
            delimiter = max(DELIMITERS, key=lambda d: _columns_known(head, d))
            return [list(rows(text, delimiter, source, below=0))]


def _columns_known(head: str, delimiter: str) -> int:
    return max((len(listed_columns(cells)) for cells in first_rows(head, delimiter)), default=0)

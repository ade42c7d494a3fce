"""The messages of one conversation as a table's rows give them, field by field."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from grader.problems import Problem
from grader.reading import times
from grader.reading.drafts import Draft
from grader.reading.formats import clock
from grader.reading.formats.columns import contract_fields
from grader.reading.remarks import Remarks

_OF_MESSAGE: Final = frozenset(
    {"speaker", "text", "time", "date", "start", "end", "start_ms", "end_ms", "subject"}
)
_ERRORS: Final = frozenset("#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A".split())


class Uncomputed:
    """Stands for a formula whose result the file does not hold."""


UNCOMPUTED: Final = Uncomputed()


def written(cell: object) -> str:
    """Give a cell as text: whole numbers without decimals, dates in ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


class Messages:
    """Gathers the rows of one conversation.

    ``first_row`` tells it from others of the table; None where the table is one conversation.
    """

    def __init__(self, *, source: str, sheet: str | None, first_row: int | None) -> None:
        self._source = source
        self._sheet = sheet
        self._first_row = first_row
        self._fields: dict[str, Any] = {}
        self._turns: list[dict[str, Any]] = []
        self._moments: list[datetime | float | None] = []
        self._uncomputed: list[int] = []
        self._remarks = Remarks()

    def add(self, cells: Mapping[str, Any], row: int, remark: str | None) -> None:
        """Take a row, its cells by field; what is said of the conversation counts where it is said first."""
        if any(cell is UNCOMPUTED for cell in cells.values()):
            self._uncomputed.append(row)
            return
        if remark:
            self._remarks.note(remark, f"row {row}")
        for name in cells.keys() - _OF_MESSAGE - self._fields.keys():
            if cells[name] not in (None, ""):
                self._fields[name] = cells[name]
        text = written(cells.get("text"))
        if text in _ERRORS:
            self._remarks.note("A spreadsheet's error value stands where words should", f"row {row}")
        turn: dict[str, Any] = {"speaker": _speaker(cells), "text": text}
        began = self._moment(cells, "start", row)
        ended = self._moment(cells, "end", row)
        sent = self._moment(cells, "time", row)
        if isinstance(began, float):
            turn["start"] = began
        if isinstance(ended, float):
            turn["end"] = ended
        if cells.get("subject") and not self._turns:
            self._fields["subject"] = written(cells["subject"])
        self._turns.append(turn)
        self._moments.append(began if isinstance(began, datetime) and sent is None else sent)

    def _moment(self, cells: Mapping[str, Any], field: str, row: int) -> datetime | float | None:
        """Read a time; a column of dates completes one of clock times, one of milliseconds stands for one of seconds."""
        cell = cells.get(field)
        if cell in (None, "") and (milliseconds := cells.get(f"{field}_ms")) not in (None, ""):
            value = times.moment(milliseconds)
            return value / 1000 if isinstance(value, float) else None
        moment = None if cell in (None, "") else times.moment(cell)
        if (
            field == "time"
            and not isinstance(moment, datetime)
            and (day := cells.get("date")) not in (None, "")
        ):
            cell = f"{written(day)[:10]} {written(cell)}" if cell not in (None, "") else day
            moment = times.moment(cell)
        if cell in (None, ""):
            return None
        if moment is None:
            self._remarks.note("Times that could not be read were dropped", f"row {row}")
        return moment

    def draft(self) -> Draft | Problem:
        """Give the conversation; a problem where formulas stand in place of its content."""
        if self._uncomputed:
            return Problem(
                source=self._source,
                place=self._placed(self._uncomputed[0]),
                problem=f"A formula without a stored result stands where content should ({len(self._uncomputed)} rows).",
                remedy="Open the table in a spreadsheet program, paste the values in place of the formulas and save it.",
            )
        channel, remarks = clock.place(self._turns, self._moments)
        fields = {
            name: value if name == "answer_delay" else written(value) for name, value in self._fields.items()
        }
        data = {"channel": channel} | contract_fields(fields)
        data |= {"turns": self._turns, "remarks": [*self._remarks.sentences(), *remarks]}
        return Draft(data=data, place=self._placed(self._first_row), part=self._sheet)

    def _placed(self, row: int | None) -> str | None:
        parts = (self._sheet and f"sheet {self._sheet}", row and f"row {row}")
        return ", ".join(part for part in parts if part) or None


def _speaker(cells: Mapping[str, Any]) -> str | None:
    """Give the speaker's name, or the role where it is the name of the conversation's agent or customer."""
    name = written(cells.get("speaker")).strip()
    for role in ("agent", "customer"):
        if name and name == written(cells.get(role)).strip():
            return role
    return name or None

"""Grades as a table for spreadsheets: a row a conversation, two columns a criterion."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from grader.files import whole
from grader.grade import CriterionGrade, Grade
from grader.sheets import Cell, csv_pieces, xlsx_pieces

_HEADER: Final = "conversation_id scorecard scorecard_version turn_model speech_model score passed decision reasons".split()


def write_table(path: Path, grades: Callable[[], Iterable[Grade]]) -> None:
    """Write the table whole, as a workbook where the name ends in ``.xlsx``, else as CSV; ``grades`` is asked twice: for the criteria there are, and for the rows.

    Raises:
        OutputError: it cannot be written.
    """
    criteria = list(dict.fromkeys(criterion.id for grade in grades() for criterion in grade.criteria))
    header = _HEADER + [f"{criterion}{kind}" for criterion in criteria for kind in ("", ":probability")]
    rows = (_row(grade, criteria) for grade in grades())
    with whole(path) as file:
        if path.suffix == ".xlsx":
            file.buffer.writelines(xlsx_pieces(header, rows, folder=path.parent))
        else:
            file.buffer.writelines(csv_pieces(header, rows))


def _row(grade: Grade, criteria: Sequence[str]) -> list[Cell]:
    verdicts = {criterion.id: criterion for criterion in grade.criteria}
    return [
        grade.conversation_id,
        grade.scorecard.name,
        grade.scorecard.version,
        grade.models.turns,
        grade.models.speech,
        grade.score,
        grade.passed,
        grade.triage.decision,
        " ".join(grade.triage.reasons),
        *_cells(verdicts.get(criterion) for criterion in criteria),
    ]


def _cells(verdicts: Iterable[CriterionGrade | None]) -> Iterator[Cell]:
    for verdict in verdicts:
        yield verdict.state if verdict else None
        yield verdict.probability if verdict else None

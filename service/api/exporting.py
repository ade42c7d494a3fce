"""Exports, piece by piece: as much as fits a page of the store is in memory, however much leaves."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from grader.sheets import Cell
from service.database import Database, exports
from service.database.exports import Exported, Reviewed
from service.database.paging import Page
from service.database.selection import Scope, Selection
from service.database.tables import ReviewRow, VerdictRow

_T = TypeVar("_T")

_HEADER: Final = (
    "conversation_id uid source channel language happened_at received_at agent team queue turns grade_id graded_at "
    "scorecard scorecard_version turn_model speech_model score passed decision reasons review_outcome reviewed_by "
    "reviewed_at final_score final_passed"
).split()


def grade_lines(database: Database, selection: Selection, scope: Scope) -> Iterator[bytes]:
    """Give the grades as JSON Lines: each is the contract's grade with where it belongs and what a person said."""
    for page in _pages(database, partial(exports.graded, selection=selection, scope=scope, words=True)):
        yield b"".join(_line(_grade(one)) for one in page)


def grade_header(criteria: Sequence[str]) -> list[str]:
    """Give the names of a table's columns: the particulars, then three for each criterion."""
    return _HEADER + [
        f"{criterion}{kind}" for criterion in criteria for kind in ("", ":probability", ":human")
    ]


def grade_rows(
    database: Database, selection: Selection, scope: Scope, criteria: Sequence[str]
) -> Iterator[list[Cell]]:
    """Give the grades as rows below ``grade_header``."""
    for page in _pages(database, partial(exports.graded, selection=selection, scope=scope, words=False)):
        for one in page:
            yield _row(one, criteria)


def correction_lines(database: Database, find: Callable[..., Page[Reviewed]]) -> Iterator[bytes]:
    """Give people's verdicts as JSON Lines, in the form that ``grader train --corrections`` reads."""
    for page in _pages(database, find):
        yield b"".join(map(_correction, page))


def _pages(database: Database, find: Callable[..., Page[_T]]) -> Iterator[Sequence[_T]]:
    """Give pages, each read in a transaction of its own: a slow reader holds none open."""
    cursor: str | None = None
    while True:
        with database.read() as session:
            page = find(session, cursor=cursor)
        if page.items:
            yield page.items
        if page.next is None:
            return
        cursor = page.next


def _grade(one: Exported) -> dict[str, Any]:
    row = one.conversation
    return {
        **json.loads(one.grade.document),
        "uid": row.id,
        "grade_id": one.grade.id,
        "source": row.source,
        "channel": row.channel,
        "language": row.language,
        "happened_at": row.happened_at.isoformat(),
        "agent": row.agent_id,
        "team": row.team,
        "queue": row.queue,
        "graded_at": one.grade.graded_at.isoformat(),
        "review": _review(one.review, one.verdicts) if one.review else None,
    }


def _review(review: ReviewRow, verdicts: Sequence[VerdictRow]) -> dict[str, Any]:
    return {
        "outcome": review.outcome,
        "score": review.final_score,
        "passed": review.final_passed,
        "by": review.done_by,
        "at": review.done_at.isoformat() if review.done_at else None,
        "verdicts": list(map(_verdict, verdicts)),
    }


def _verdict(verdict: VerdictRow) -> dict[str, Any]:
    return {
        "subject": verdict.subject,
        "criterion": verdict.criterion,
        "turn": verdict.turn,
        "label": verdict.label,
        "machine": verdict.machine,
        "value": verdict.value,
        "by": verdict.actor,
        "at": verdict.created_at.isoformat(),
        "scorecard": {"name": verdict.scorecard_name, "version": verdict.scorecard_version},
    }


def _row(one: Exported, criteria: Sequence[str]) -> list[Cell]:
    row, grade, review = one.conversation, one.grade, one.review
    given: list[Cell] = [
        row.external_id,
        row.id,
        row.source,
        row.channel,
        row.language,
        row.happened_at,
        row.received_at,
        row.agent_id,
        row.team,
        row.queue,
        row.turn_count,
        grade.id,
        grade.graded_at,
        grade.scorecard_name,
        grade.scorecard_version,
        grade.turn_model,
        grade.speech_model,
        grade.score,
        grade.passed,
        grade.decision,
        " ".join(grade.reasons),
        review.outcome if review else None,
        review.done_by if review else None,
        review.done_at if review else None,
        grade.final_score,
        grade.final_passed,
    ]
    machine = {result.criterion: result for result in one.criteria}
    human = {verdict.criterion: verdict.value for verdict in one.verdicts if verdict.subject == "criterion"}
    for criterion in criteria:
        result = machine.get(criterion)
        given += [
            result.state if result else None,
            result.probability if result else None,
            human.get(criterion),
        ]
    return given


def _correction(one: Reviewed) -> bytes:
    said = {
        "uid": one.conversation.id,
        "source": one.conversation.source,
        "reasons": one.review.reasons,
        "kind": one.review.kind,
        "verdicts": list(map(_verdict, one.verdicts)),
    }
    # Both documents are JSON as it stands in the store; what was said goes with them.
    rest = json.dumps(said, ensure_ascii=False)[1:]
    line = f'{{"conversation": {one.conversation.document}, "grade": {one.grade.document}, {rest}\n'
    return line.encode()


def _line(data: dict[str, Any]) -> bytes:
    return f"{json.dumps(data, ensure_ascii=False)}\n".encode()

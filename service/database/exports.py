"""What leaves the store in whole lists: grades with what people said of them, and people's verdicts to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from service.database import grades
from service.database.paging import Page, page
from service.database.selection import Scope, Selection, joined, restrict
from service.database.tables import ConversationRow, CriterionResultRow, GradeRow, ReviewRow, VerdictRow

PIECE: Final = 200
"""Grades that are in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A grade that stands."""

    conversation: ConversationRow
    grade: GradeRow
    criteria: Sequence[CriterionResultRow]
    review: ReviewRow | None
    """The last one that is done."""
    verdicts: Sequence[VerdictRow]
    """Those that stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A grade that people looked at."""

    conversation: ConversationRow
    grade: GradeRow
    review: ReviewRow
    """The first one that is done: it says why the grade came to a person."""
    verdicts: Sequence[VerdictRow]
    """Those that stand."""


def graded(
    session: Session, selection: Selection, scope: Scope, *, cursor: str | None, words: bool
) -> Page[Exported]:
    """Give a piece of the grades that stand, those of the conversations received last first.

    ``words`` says whether documents are read; without, the rows' ``document`` must not be touched.
    """
    statement = restrict(joined(), selection.model_copy(update={"graded": True}), scope)
    statement = statement.options(defer(ConversationRow.document))
    if not words:
        statement = statement.options(defer(GradeRow.document))
    found = page(session, statement, [ConversationRow.id], cursor=cursor, limit=PIECE)
    both = [(row, grade) for row, grade in found.items if grade is not None]
    ids = [grade.id for _, grade in both]
    criteria = grades.criteria_of(session, ids)
    reviews = _done_reviews(session, ids)
    said = _verdicts(session, ids)
    items = [
        Exported(
            conversation=row,
            grade=grade,
            criteria=criteria[grade.id],
            review=reviews[grade.id][-1] if reviews[grade.id] else None,
            verdicts=_standing(said[grade.id]),
        )
        for row, grade in both
    ]
    return Page(items=items, next=found.next)


def criterion_ids(session: Session, selection: Selection, scope: Scope) -> list[str]:
    """Give the criteria of the grades that are meant, in the order in which scorecards have them."""
    current = (GradeRow.conversation_id == ConversationRow.id) & (GradeRow.standing == "current")
    place = func.min(CriterionResultRow.position)
    statement = (
        select(CriterionResultRow.criterion)
        .select_from(ConversationRow)
        .join(GradeRow, current)
        .join(CriterionResultRow, CriterionResultRow.grade_id == GradeRow.id)
        .group_by(CriterionResultRow.criterion)
        .order_by(place, CriterionResultRow.criterion)
    )
    return list(session.scalars(restrict(statement, selection, scope)))


def reviewed(
    session: Session,
    selection: Selection,
    scope: Scope,
    *,
    since: datetime | None = None,
    cursor: str | None = None,
) -> Page[Reviewed]:
    """Give a piece of the grades with a review that is done, the oldest first; without those whose words were removed."""
    done = (ReviewRow.grade_id == GradeRow.id) & (ReviewRow.state == "done")
    if since is not None:
        done = done & (ReviewRow.done_at >= since)
    statement = (
        select(ConversationRow, GradeRow)
        .join(GradeRow, GradeRow.conversation_id == ConversationRow.id)
        .where(ConversationRow.document.is_not(None), select(ReviewRow.id).where(done).exists())
    )
    wanted = restrict(statement, selection, scope)
    found = page(session, wanted, [GradeRow.id], cursor=cursor, limit=PIECE, descending=False)
    ids = [grade.id for _, grade in found.items]
    reviews = _done_reviews(session, ids)
    said = _verdicts(session, ids)
    items = [
        Reviewed(
            conversation=row,
            grade=grade,
            review=min(reviews[grade.id], key=lambda review: review.id),
            verdicts=_standing(said[grade.id]),
        )
        for row, grade in found.items
    ]
    return Page(items=items, next=found.next)


def _done_reviews(session: Session, grade_ids: Sequence[str]) -> dict[str, list[ReviewRow]]:
    """Give the reviews of each grade that are done, in the order in which they were."""
    found: dict[str, list[ReviewRow]] = {grade_id: [] for grade_id in grade_ids}
    done = select(ReviewRow).where(ReviewRow.grade_id.in_(grade_ids), ReviewRow.state == "done")
    for row in session.scalars(done.order_by(ReviewRow.done_at, ReviewRow.id)):
        found[row.grade_id].append(row)
    return found


def _verdicts(session: Session, grade_ids: Sequence[str]) -> dict[str, list[VerdictRow]]:
    found: dict[str, list[VerdictRow]] = {grade_id: [] for grade_id in grade_ids}
    of_them = select(VerdictRow).where(VerdictRow.grade_id.in_(grade_ids)).order_by(VerdictRow.id)
    for row in session.scalars(of_them):
        found[row.grade_id].append(row)
    return found


def _standing(said: Sequence[VerdictRow]) -> list[VerdictRow]:
    """Give of several verdicts on one thing the last one."""
    last = {(row.subject, row.criterion, row.turn, row.label): row for row in said}
    return list(last.values())

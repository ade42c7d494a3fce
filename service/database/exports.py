"""What leaves the store in whole lists: grades with what people said of them, and people's verdicts to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from service.database import grades, verdicts
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
    """All of them, the oldest first: of several on one thing the last one stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A review that is done, with the grade it was about."""

    conversation: ConversationRow
    grade: GradeRow
    review: ReviewRow
    verdicts: Sequence[VerdictRow]


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
    reviews = _last_reviews(session, ids)
    said = _verdicts(session, ids)
    items = [
        Exported(
            conversation=row,
            grade=grade,
            criteria=criteria[grade.id],
            review=reviews.get(grade.id),
            verdicts=said[grade.id],
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
    """Give a piece of the reviews that are done, the oldest first; without those whose words were removed."""
    statement = (
        select(ConversationRow, GradeRow, ReviewRow)
        .join(GradeRow, GradeRow.conversation_id == ConversationRow.id)
        .join(ReviewRow, ReviewRow.grade_id == GradeRow.id)
        .where(ReviewRow.state == "done", ConversationRow.document.is_not(None))
    )
    if since is not None:
        statement = statement.where(ReviewRow.done_at >= since)
    wanted = restrict(statement, selection, scope)
    found = page(session, wanted, [ReviewRow.id], cursor=cursor, limit=PIECE, descending=False)
    said = verdicts.of_reviews(session, [review.id for _, _, review in found.items])
    items = [
        Reviewed(conversation=row, grade=grade, review=review, verdicts=said[review.id])
        for row, grade, review in found.items
    ]
    return Page(items=items, next=found.next)


def _last_reviews(session: Session, grade_ids: Sequence[str]) -> dict[str, ReviewRow]:
    done = select(ReviewRow).where(ReviewRow.grade_id.in_(grade_ids), ReviewRow.state == "done")
    ordered = done.order_by(ReviewRow.done_at, ReviewRow.id)
    return {row.grade_id: row for row in session.scalars(ordered)}


def _verdicts(session: Session, grade_ids: Sequence[str]) -> dict[str, list[VerdictRow]]:
    found: dict[str, list[VerdictRow]] = {grade_id: [] for grade_id in grade_ids}
    of_them = select(VerdictRow).where(VerdictRow.grade_id.in_(grade_ids)).order_by(VerdictRow.id)
    for row in session.scalars(of_them):
        found[row.grade_id].append(row)
    return found

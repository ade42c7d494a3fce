"""What people say of grades: beside the machine's word, never over it, and only ever added to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.grade import Evidence, State
from service.database import grades
from service.database.events import emit
from service.database.paging import Page, page_of
from service.database.tables import (
    ConversationRow,
    GradeRow,
    ReviewOutcome,
    ReviewRow,
    VerdictRow,
    VerdictSubject,
)
from service.database.types import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person says about a criterion, or about a label of one turn."""

    subject: VerdictSubject
    value: str
    """A state of the grade's, or a value of the label's."""
    criterion: str | None = None
    turn: int | None = None
    label: str | None = None
    machine: str | None = None
    """What the machine had said."""
    fatal: bool | None = None
    """Whether the criterion is failed fatally."""
    points: float | None = None
    comment: str | None = None
    """Redacted."""
    evidence: Sequence[Evidence] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All that a person says of a grade, and what it comes to."""

    verdicts: Sequence[Verdict]
    outcome: ReviewOutcome
    final_score: float | None
    final_passed: bool | None
    comment: str | None = None
    """Redacted."""


def close(
    session: Session, review: ReviewRow, actor: str, judgement: Judgement, *, at: datetime
) -> ReviewRow:
    """End a review with a person's judgement, which stands from now on, and tell the subscribers.

    The caller has locked the review.
    """
    grade = session.get_one(GradeRow, review.grade_id)
    session.add_all(_row(review, grade, actor, verdict) for verdict in judgement.verdicts)
    review.state, review.claimed_until = "done", None
    review.done_by, review.done_at = actor, at
    review.outcome, review.comment = judgement.outcome, judgement.comment
    review.final_score, review.final_passed = judgement.final_score, judgement.final_passed
    _let_stand(session, grade, judgement)
    session.flush()
    conversation = session.get_one(ConversationRow, review.conversation_id)
    emit(session, "conversation.reviewed", _told(review, conversation), conversation=conversation)
    return review


def of_reviews(session: Session, review_ids: Sequence[str]) -> dict[str, list[VerdictRow]]:
    """Give the verdicts of reviews by review, each in the order they were given."""
    of_them = select(VerdictRow).where(VerdictRow.review_id.in_(review_ids))
    found: dict[str, list[VerdictRow]] = {review_id: [] for review_id in review_ids}
    for row in session.scalars(of_them.order_by(VerdictRow.id)):
        found[row.review_id].append(row)
    return found


def of_grade(session: Session, grade_id: str) -> Sequence[VerdictRow]:
    """Give all verdicts on a grade, the oldest first: of several on one thing the last one stands."""
    of_it = select(VerdictRow).where(VerdictRow.grade_id == grade_id)
    return session.scalars(of_it.order_by(VerdictRow.id)).all()


def listed(
    session: Session, *, since: datetime | None = None, cursor: str | None = None, limit: int = 500
) -> Page[VerdictRow]:
    """List all verdicts, the oldest first: corrections from which training learns."""
    statement = select(VerdictRow)
    if since is not None:
        statement = statement.where(VerdictRow.created_at >= since)
    return page_of(session, statement, [VerdictRow.id], cursor=cursor, limit=limit, descending=False)


def _let_stand(session: Session, grade: GradeRow, judgement: Judgement) -> None:
    grade.final_score, grade.final_passed = judgement.final_score, judgement.final_passed
    grade.review_outcome = judgement.outcome
    said = {verdict.criterion: cast("State", verdict.value) for verdict in judgement.verdicts}
    for result in grades.criteria(session, grade.id):
        result.final_state = said.get(result.criterion, result.final_state)


def _row(review: ReviewRow, grade: GradeRow, actor: str, verdict: Verdict) -> VerdictRow:
    return VerdictRow(
        id=new_id(),
        review_id=review.id,
        conversation_id=review.conversation_id,
        grade_id=grade.id,
        actor=actor,
        subject=verdict.subject,
        criterion=verdict.criterion,
        turn=verdict.turn,
        label=verdict.label,
        machine=verdict.machine,
        value=verdict.value,
        fatal=verdict.fatal,
        points=verdict.points,
        comment=verdict.comment,
        evidence=[item.model_dump() for item in verdict.evidence],
        scorecard_name=grade.scorecard_name,
        scorecard_version=grade.scorecard_version,
    )


def _told(row: ReviewRow, conversation: ConversationRow) -> dict[str, Any]:
    return {
        "conversation_id": conversation.id,
        "external_id": conversation.external_id,
        "source": conversation.source,
        "grade_id": row.grade_id,
        "review_id": row.id,
        "outcome": row.outcome,
        "score": row.final_score,
        "passed": row.final_passed,
    }

"""A grade and all that follows from it: the transcript, the review it needs, the events. One transaction."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from grader.pipeline import Graded
from service.database import conversations, events, grades, reviews
from service.database.tables import ConversationRow, EventType, GradeRow, ReviewRow

_ALARMING: Final = ("fatal:", "escalation")
"""Beginnings of the triage reasons somebody is told of at once."""


def store_first(session: Session, row: ConversationRow, graded: Graded) -> GradeRow:
    """Keep the first grade of a conversation that the caller has just added as it was graded."""
    grade_row = grades.add(session, row, graded.grade, first=True)
    announce(session, [(row, grade_row)])
    return grade_row


def store(session: Session, row: ConversationRow, graded: Graded, *, job_id: str | None = None) -> GradeRow:
    """Keep what the grader gave for a conversation, as its current grade.

    The caller holds the row's lock (``conversations.get(…, lock=True)``).
    """
    conversations.write(row, graded.conversation)
    grade_row = grades.add(session, row, graded.grade, job_id=job_id)
    announce(session, [(row, grade_row)])
    return grade_row


def announce(session: Session, graded: Sequence[tuple[ConversationRow, GradeRow]]) -> None:
    """Queue the reviews that grades ask for which stand from now on, and tell the subscribers."""
    asked = reviews.enqueue_new(session, [grade for _, grade in graded if grade.decision == "review"])
    events.emit_all(session, [told for row, grade in graded for told in _told(row, grade, asked)])


def request_review(
    session: Session, row: ConversationRow, grade: GradeRow, *, actor: str, request: str
) -> tuple[ReviewRow, bool]:
    """Ask for a review as a person does, and tell the subscribers; see ``reviews.ask``.

    Raises:
        ConflictError: the words of the conversation were removed.
    """
    conversations.require_words(row)
    review, is_new = reviews.ask(session, grade, actor=actor, request=request)
    if is_new:
        data = {**summary(row, grade), "review_id": review.id}
        events.emit(session, "review.needed", data, conversation=row)
    return review, is_new


def summary(row: ConversationRow, grade: GradeRow) -> dict[str, Any]:
    """Give what events say of a grade: no words of the conversation."""
    return {
        "conversation_id": row.id,
        "external_id": row.external_id,
        "source": row.source,
        "grade_id": grade.id,
        "score": grade.score,
        "passed": grade.passed,
        "decision": grade.decision,
        "reasons": grade.reasons,
        "scorecard": {"name": grade.scorecard_name, "version": grade.scorecard_version},
    }


def _told(
    row: ConversationRow, grade: GradeRow, asked: Mapping[str, ReviewRow]
) -> Iterator[tuple[EventType, dict[str, Any], ConversationRow]]:
    data = summary(row, grade)
    yield "conversation.graded", data, row
    if grade.id in asked:
        yield "review.needed", {**data, "review_id": asked[grade.id].id}, row
    if alarming := [reason for reason in grade.reasons if reason.startswith(_ALARMING)]:
        yield "alert.raised", {**data, "alerts": alarming}, row

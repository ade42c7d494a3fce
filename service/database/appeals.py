"""Appeals against a grade, and the final word on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from service.database import conversations, reviews, verdicts
from service.database.errors import ConflictError, MissingError
from service.database.events import emit
from service.database.paging import Page, page
from service.database.selection import Scope, Selection, restrict
from service.database.tables import AdjudicationRow, AppealRow, AppealState, ConversationRow, GradeRow
from service.database.types import new_id, now
from service.database.verdicts import Judgement

Decision: TypeAlias = Literal["upheld", "partly_upheld", "rejected"]


def raise_appeal(
    session: Session,
    grade: GradeRow,
    *,
    raised_by: str,
    grounds: str,
    criteria: Sequence[str] = (),
    within: timedelta | None = None,
    at: datetime | None = None,
) -> AppealRow:
    """Object to a grade; it comes into the review queue before all but fatal hits.

    Args:
        session: of the transaction.
        grade: the one objected to.
        raised_by: ``user:ID`` or ``key:ID``.
        grounds: redacted.
        criteria: those objected to; none for the whole.
        within: how long after the grade, or the last review of it, that may be done.
        at: now.

    Raises:
        ConflictError: an appeal against the grade is open or decided already, it comes too late, or the words are gone.
    """
    # Of two that come at once, the second sees the first.
    conversation = conversations.get(session, grade.conversation_id, lock=True)
    if conversation is None:
        raise MissingError("There is no such conversation.")
    conversations.require_words(conversation)
    _require_appealable(session, grade, within=within, at=at or now())
    review = reviews.enqueue(session, grade, reasons=_reasons(criteria), kind="appeal")
    row = AppealRow(
        id=new_id(),
        conversation_id=conversation.id,
        grade_id=grade.id,
        review_id=review.id,
        raised_by=raised_by,
        agent_id=conversation.agent_id,
        criteria=list(criteria),
        grounds=grounds,
    )
    session.add(row)
    session.flush()
    emit(session, "appeal.raised", _told(row, conversation), conversation=conversation)
    return row


def adjudicate(
    session: Session,
    appeal_id: str,
    *,
    judge: str,
    decision: Decision,
    reason: str,
    judgement: Judgement,
    at: datetime | None = None,
) -> AdjudicationRow:
    """Decide an appeal for good; its item in the queue ends with the judge's own verdicts.

    Raises:
        MissingError: there is no such appeal.
        ConflictError: it is decided already, or somebody else holds its item.
    """
    at = at or now()
    row = open_for_decision(session, appeal_id)
    grade = session.get_one(GradeRow, row.grade_id)
    item = reviews.enqueue(session, grade, reasons=_reasons(row.criteria), kind="appeal")
    review = reviews.locked(session, item.id)
    if reviews.holder(review, at) not in {None, judge}:
        raise ConflictError(
            "Somebody else holds the appeal. Leave it to them, or wait until their claim ends."
        )
    verdicts.close(session, review, judge, judgement, at=at)
    row.state, row.decided_at, row.review_id = decision, at, review.id
    word = AdjudicationRow(id=new_id(), appeal_id=row.id, judge=judge, decision=decision, reason=reason)
    session.add(word)
    session.flush()
    conversation = session.get_one(ConversationRow, row.conversation_id)
    emit(session, "appeal.decided", _told(row, conversation), conversation=conversation)
    return word


def withdraw(session: Session, appeal_id: str, *, at: datetime | None = None) -> AppealRow:
    """Take an appeal back.

    Raises:
        MissingError: there is no such appeal.
        ConflictError: it is decided already.
    """
    row = open_for_decision(session, appeal_id)
    row.state, row.decided_at = "withdrawn", at or now()
    if row.review_id and (review := reviews.locked(session, row.review_id)).state != "done":
        review.state, review.claimed_until = "obsolete", None
    session.flush()
    return row


def listed(
    session: Session,
    selection: Selection,
    scope: Scope,
    *,
    state: AppealState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Row[AppealRow, ConversationRow, GradeRow]]:
    """List appeals, the latest first."""
    statement = (
        select(AppealRow, ConversationRow, GradeRow)
        .join(ConversationRow, ConversationRow.id == AppealRow.conversation_id)
        .join(GradeRow, GradeRow.id == AppealRow.grade_id)
    )
    if state is not None:
        statement = statement.where(AppealRow.state == state)
    return page(session, restrict(statement, selection, scope), [AppealRow.id], cursor=cursor, limit=limit)


def of_conversation(session: Session, conversation_id: str) -> Sequence[AppealRow]:
    """Give all appeals about a conversation, the latest first."""
    of_it = select(AppealRow).where(AppealRow.conversation_id == conversation_id)
    return session.scalars(of_it.order_by(AppealRow.id.desc())).all()


def of_review(session: Session, review_id: str) -> AppealRow | None:
    """Find the appeal that an item of the queue is about."""
    about = select(AppealRow).where(AppealRow.review_id == review_id)
    return session.scalar(about.order_by(AppealRow.id.desc()).limit(1))


def adjudications_of(session: Session, appeal_id: str) -> Sequence[AdjudicationRow]:
    """Give the decisions on an appeal."""
    of_it = select(AdjudicationRow).where(AdjudicationRow.appeal_id == appeal_id)
    return session.scalars(of_it.order_by(AdjudicationRow.id)).all()


def get(session: Session, appeal_id: str) -> AppealRow | None:
    """Find an appeal."""
    return session.get(AppealRow, appeal_id)


def open_for_decision(session: Session, appeal_id: str) -> AppealRow:
    """Find an appeal that is open, and keep others from deciding it until the transaction ends.

    Raises:
        MissingError: there is no such appeal.
        ConflictError: it is decided already.
    """
    row = session.get(AppealRow, appeal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError("There is no such appeal.")
    if row.state != "open":
        raise ConflictError("The appeal is decided already; its decision is final.")
    return row


def _require_appealable(session: Session, grade: GradeRow, *, within: timedelta | None, at: datetime) -> None:
    states = set(session.scalars(select(AppealRow.state).where(AppealRow.grade_id == grade.id)))
    if "open" in states:
        raise ConflictError(
            "An appeal against this grade is open already. Wait for its decision, or withdraw it."
        )
    if states - {"withdrawn"}:
        raise ConflictError("An appeal against this grade was decided. That is final.")
    if within is not None and at > _known_since(session, grade) + within:
        raise ConflictError(f"A grade may be appealed against for {within.days} days. They are over.")


def _known_since(session: Session, grade: GradeRow) -> datetime:
    """Since when the grade is what it is: a person's correction counts anew."""
    done = [row.done_at for row in reviews.done_of(session, grade.id) if row.done_at]
    return max([grade.graded_at, *done])


def _reasons(criteria: Sequence[str]) -> list[str]:
    return [f"appeal:{criterion}" for criterion in criteria] or ["appeal"]


def _told(row: AppealRow, conversation: ConversationRow) -> dict[str, Any]:
    return {
        "conversation_id": conversation.id,
        "external_id": conversation.external_id,
        "source": conversation.source,
        "grade_id": row.grade_id,
        "appeal_id": row.id,
        "state": row.state,
        "criteria": row.criteria,
    }

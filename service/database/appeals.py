"""Appeals against a grade, and the final word on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from service.database.errors import ConflictError, MissingError
from service.database.events import emit
from service.database.paging import Page, page
from service.database.reviews import enqueue
from service.database.selection import Scope, Selection, restrict
from service.database.tables import AdjudicationRow, AppealRow, AppealState, ConversationRow, GradeRow
from service.database.types import new_id, now


def raise_appeal(
    session: Session,
    grade: GradeRow,
    *,
    raised_by: str,
    grounds: str,
    criteria: Sequence[str] = (),
) -> AppealRow:
    """Object to a grade; it comes into the review queue before all but fatal hits.

    Args:
        session: of the transaction.
        grade: the one objected to.
        raised_by: ``user:ID`` or ``key:ID``.
        grounds: redacted.
        criteria: those objected to; none for the whole.

    Raises:
        ConflictError: an appeal against the grade is open already.
    """
    same = (AppealRow.grade_id == grade.id) & (AppealRow.state == "open")
    if session.scalar(select(AppealRow.id).where(same)):
        raise ConflictError(
            "An appeal against this grade is open already. Wait for its decision, or withdraw it."
        )
    conversation = session.get_one(ConversationRow, grade.conversation_id)
    review = enqueue(session, grade, reasons=[f"appeal:{criterion}" for criterion in criteria], kind="appeal")
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
    decision: AppealState,
    reason: str,
    at: datetime | None = None,
) -> AdjudicationRow:
    """Decide an appeal for good.

    Raises:
        MissingError: there is no such appeal.
        ConflictError: it is decided already.
    """
    row = _open(session, appeal_id)
    row.state, row.decided_at = decision, at or now()
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
    row = _open(session, appeal_id)
    row.state, row.decided_at = "withdrawn", at or now()
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


def adjudications_of(session: Session, appeal_id: str) -> Sequence[AdjudicationRow]:
    """Give the decisions on an appeal."""
    of_it = select(AdjudicationRow).where(AdjudicationRow.appeal_id == appeal_id)
    return session.scalars(of_it.order_by(AdjudicationRow.id)).all()


def get(session: Session, appeal_id: str) -> AppealRow | None:
    """Find an appeal."""
    return session.get(AppealRow, appeal_id)


def _open(session: Session, appeal_id: str) -> AppealRow:
    row = session.get(AppealRow, appeal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError("There is no such appeal.")
    if row.state != "open":
        raise ConflictError("The appeal is decided already; its decision is final.")
    return row


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

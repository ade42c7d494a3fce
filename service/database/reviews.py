"""The review queue: a claim is a lease, so that two people never hold one item and nobody holds one for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from grader.grade import Evidence
from service.database.errors import ConflictError, LostLeaseError, MissingError
from service.database.events import emit
from service.database.paging import Page, page, page_of
from service.database.selection import Scope, Selection, restrict
from service.database.tables import (
    ConversationRow,
    GradeRow,
    ReviewKind,
    ReviewOutcome,
    ReviewRow,
    ReviewState,
    VerdictRow,
    VerdictSubject,
)
from service.database.types import new_id, now

CLAIM: Final = timedelta(minutes=15)
"""How long an item is held, unless the claim is renewed."""

_RANKS: Final = (("fatal:", 0), ("escalation", 10), ("random_sample", 40))
_RANK_OF_APPEAL: Final = 5
_RANK_OF_DOUBT: Final = 20


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
    points: float | None = None
    comment: str | None = None
    """Redacted."""
    evidence: Sequence[Evidence] = ()


def enqueue(
    session: Session, grade: GradeRow, *, reasons: Sequence[str], kind: ReviewKind = "triage"
) -> ReviewRow:
    """Ask a person to look at a grade; where that is asked already, give what stands."""
    same = and_(ReviewRow.grade_id == grade.id, ReviewRow.kind == kind, _is_open())
    if found := session.scalar(select(ReviewRow).where(same)):
        return found
    row = ReviewRow(
        id=new_id(),
        conversation_id=grade.conversation_id,
        grade_id=grade.id,
        kind=kind,
        rank=_RANK_OF_APPEAL if kind == "appeal" else _rank(reasons),
        reasons=list(reasons),
    )
    session.add(row)
    session.flush()
    return row


def queue(
    session: Session,
    selection: Selection,
    scope: Scope,
    *,
    state: ReviewState | None = "waiting",
    at: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Row[ReviewRow, ConversationRow, GradeRow]]:
    """List items, the most urgent first. A claim that ran out waits again."""
    statement = restrict(_joined(), selection, scope)
    if state == "waiting":
        statement = statement.where(_is_free(at or now()))
    elif state is not None:
        statement = statement.where(ReviewRow.state == state)
    keys = [ReviewRow.rank, ReviewRow.id]
    return page(session, statement, keys, cursor=cursor, limit=limit, descending=False)


def claim_next(
    session: Session,
    actor: str,
    scope: Scope,
    *,
    selection: Selection | None = None,
    at: datetime | None = None,
) -> ReviewRow | None:
    """Claim the most urgent item that is free; None where there is none."""
    at = at or now()
    free = restrict(_joined(), selection or Selection(), scope).where(_is_free(at))
    ordered = free.order_by(ReviewRow.rank, ReviewRow.id).limit(1)
    found = session.execute(ordered.with_for_update(of=ReviewRow, skip_locked=True)).first()
    return _take(found[0], actor, at) if found else None


def claim(session: Session, review_id: str, actor: str, *, at: datetime | None = None) -> ReviewRow:
    """Claim an item, or renew one's own claim.

    Raises:
        MissingError: there is no such item.
        ConflictError: somebody else holds it, or it is over.
    """
    at = at or now()
    row = locked(session, review_id)
    if row.state in {"done", "obsolete"}:
        raise ConflictError("The item is reviewed already, or its grade was replaced. Take another one.")
    if _holder(row, at) not in {None, actor}:
        raise ConflictError("Somebody else holds the item. Take another one, or wait until the claim ends.")
    if _holder(row, at) == actor:
        row.claimed_until = at + CLAIM
        return row
    return _take(row, actor, at)


def release(session: Session, review_id: str, actor: str, *, at: datetime | None = None) -> ReviewRow:
    """Give an item back without a verdict.

    Raises:
        MissingError: there is no such item.
        LostLeaseError: the actor does not hold it.
    """
    row = _held(session, review_id, actor, at or now())
    row.state, row.claimed_by, row.claimed_until = "waiting", None, None
    session.flush()
    return row


def submit(
    session: Session,
    review_id: str,
    actor: str,
    verdicts: Sequence[Verdict],
    *,
    outcome: ReviewOutcome,
    final_score: float | None,
    final_passed: bool | None,
    comment: str | None = None,
    at: datetime | None = None,
) -> ReviewRow:
    """Write a person's verdicts down beside the machine's, and tell the subscribers.

    Raises:
        MissingError: there is no such item.
        LostLeaseError: the actor does not hold it, or no longer.
    """
    at = at or now()
    row = _held(session, review_id, actor, at)
    grade = session.get_one(GradeRow, row.grade_id)
    session.add_all(_verdict_row(row, grade, actor, verdict) for verdict in verdicts)
    row.state, row.claimed_until = "done", None
    row.done_by, row.done_at = actor, at
    row.outcome, row.final_score, row.final_passed, row.comment = outcome, final_score, final_passed, comment
    session.flush()
    conversation = session.get_one(ConversationRow, row.conversation_id)
    emit(session, "conversation.reviewed", _told(row, conversation), conversation=conversation)
    return row


def get(session: Session, review_id: str) -> ReviewRow | None:
    """Find an item."""
    return session.get(ReviewRow, review_id)


def locked(session: Session, review_id: str) -> ReviewRow:
    """Find an item and keep others from changing it until the transaction ends.

    Raises:
        MissingError: there is no such item.
    """
    row = session.get(ReviewRow, review_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError("There is no such review.")
    return row


def of_conversation(session: Session, conversation_id: str) -> Sequence[ReviewRow]:
    """Give all items of a conversation, the latest first."""
    of_it = select(ReviewRow).where(ReviewRow.conversation_id == conversation_id)
    return session.scalars(of_it.order_by(ReviewRow.id.desc())).all()


def verdicts_of(session: Session, review_id: str) -> Sequence[VerdictRow]:
    """Give the verdicts of an item, in the order they were given."""
    return session.scalars(
        select(VerdictRow).where(VerdictRow.review_id == review_id).order_by(VerdictRow.id)
    ).all()


def verdicts(
    session: Session, *, since: datetime | None = None, cursor: str | None = None, limit: int = 500
) -> Page[VerdictRow]:
    """List all verdicts, the oldest first: corrections from which training learns."""
    statement = select(VerdictRow)
    if since is not None:
        statement = statement.where(VerdictRow.created_at >= since)
    return page_of(session, statement, [VerdictRow.id], cursor=cursor, limit=limit, descending=False)


def counts(session: Session) -> dict[str, int]:
    """Count items by state."""
    states = select(ReviewRow.state, func.count()).group_by(ReviewRow.state)
    return dict(session.execute(states).all())


def _joined() -> Select[ReviewRow, ConversationRow, GradeRow]:
    return (
        select(ReviewRow, ConversationRow, GradeRow)
        .join(ConversationRow, ConversationRow.id == ReviewRow.conversation_id)
        .join(GradeRow, GradeRow.id == ReviewRow.grade_id)
    )


def _is_open() -> Any:
    return ReviewRow.state.in_(["waiting", "claimed"])


def _is_free(at: datetime) -> Any:
    ran_out = and_(ReviewRow.state == "claimed", ReviewRow.claimed_until <= at)
    return or_(ReviewRow.state == "waiting", ran_out)


def _holder(row: ReviewRow, at: datetime) -> str | None:
    holds = row.state == "claimed" and row.claimed_until is not None and row.claimed_until > at
    return row.claimed_by if holds else None


def _take(row: ReviewRow, actor: str, at: datetime) -> ReviewRow:
    row.state, row.claimed_by, row.claimed_until = "claimed", actor, at + CLAIM
    row.claim += 1
    return row


def _held(session: Session, review_id: str, actor: str, at: datetime) -> ReviewRow:
    row = locked(session, review_id)
    if _holder(row, at) != actor:
        raise LostLeaseError("You do not hold the item, or no longer. Claim it again.")
    return row


def _rank(reasons: Sequence[str]) -> int:
    ranks = [next((rank for start, rank in _RANKS if r.startswith(start)), _RANK_OF_DOUBT) for r in reasons]
    return min(ranks, default=_RANK_OF_DOUBT)


def _verdict_row(row: ReviewRow, grade: GradeRow, actor: str, verdict: Verdict) -> VerdictRow:
    return VerdictRow(
        id=new_id(),
        review_id=row.id,
        conversation_id=row.conversation_id,
        grade_id=grade.id,
        actor=actor,
        subject=verdict.subject,
        criterion=verdict.criterion,
        turn=verdict.turn,
        label=verdict.label,
        machine=verdict.machine,
        value=verdict.value,
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

"""The review queue: a claim is a lease, so that two people never hold one item and nobody holds one for ever."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from service.database.errors import ConflictError, LostLeaseError, MissingError
from service.database.paging import Page, page
from service.database.selection import Scope, Selection, restrict
from service.database.tables import (
    AppealRow,
    ConversationRow,
    GradeRow,
    ReviewKind,
    ReviewRow,
    ReviewState,
)
from service.database.tables.reviews import DONE, OPEN
from service.database.types import new_id, now

CLAIM: Final = timedelta(minutes=15)
"""How long an item is held, unless the claim is renewed."""

_RANKS: Final = (("fatal:", 0), ("escalation", 10), ("random_sample", 40))
_RANK_OF_APPEAL: Final = 5
_RANK_OF_REQUEST: Final = 15
_RANK_OF_DOUBT: Final = 20


def enqueue(session: Session, grade: GradeRow, *, reasons: Sequence[str], kind: ReviewKind) -> ReviewRow:
    """Ask a person to look at a grade; where that is asked already, give what stands."""
    if found := _open(session, grade, kind):
        return found
    row = _new(grade, reasons, kind)
    session.add(row)
    session.flush()
    return row


def enqueue_new(session: Session, grades: Sequence[GradeRow]) -> dict[str, ReviewRow]:
    """Ask people to look at grades that stand from now on, for the machine's own reasons; give the items by grade."""
    rows = {grade.id: _new(grade, grade.reasons, "triage") for grade in grades}
    session.add_all(rows.values())
    session.flush()
    return rows


def ask(session: Session, grade: GradeRow, *, actor: str, request: str) -> tuple[ReviewRow, bool]:
    """Ask for a review as a person does; give the item, and whether it was not asked for already.

    The caller holds the conversation's lock. ``request`` says why; redacted.
    """
    if found := _open(session, grade, "requested"):
        return found, False
    row = enqueue(session, grade, reasons=["requested"], kind="requested")
    row.requested_by, row.request = actor, request
    session.flush()
    return row, True


def queue(
    session: Session,
    selection: Selection,
    scope: Scope,
    *,
    state: ReviewState | None = "waiting",
    kind: ReviewKind | None = None,
    done_by: str | None = None,
    at: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Row[ReviewRow, ConversationRow, GradeRow]]:
    """List items, the most urgent first; those that are done, the last done first. A claim that ran out waits again."""
    at = at or now()
    statement = restrict(_joined(), selection, scope)
    if state == "waiting":
        statement = statement.where(_is_free(at))
    elif state == "claimed":
        statement = statement.where(text(OPEN), ReviewRow.state == "claimed", ReviewRow.claimed_until > at)
    elif state == "done":
        statement = statement.where(text(DONE))
    elif state is not None:
        statement = statement.where(ReviewRow.state == state)
    if kind is not None:
        statement = statement.where(ReviewRow.kind == kind)
    if done_by is not None:
        statement = statement.where(ReviewRow.done_by == done_by)
    is_over = state == "done"
    keys = [ReviewRow.done_at if is_over else ReviewRow.rank, ReviewRow.id]
    return page(session, statement, keys, cursor=cursor, limit=limit, descending=is_over)


def claim_next(
    session: Session,
    actor: str,
    scope: Scope,
    *,
    judges: bool,
    selection: Selection | None = None,
    kind: ReviewKind | None = None,
    lease: timedelta = CLAIM,
    at: datetime | None = None,
) -> ReviewRow | None:
    """Claim the most urgent item that is free; None where there is none.

    Args:
        session: of the transaction.
        actor: ``user:ID`` or ``key:ID``.
        scope: what the actor may see.
        judges: whether the actor may decide appeals.
        selection: which items are wanted.
        kind: of which kind; None for any.
        lease: how long it is held.
        at: now.
    """
    at = at or now()
    free = restrict(_joined(), selection or Selection(), scope).where(
        _is_free(at), _takeable(actor, judges=judges)
    )
    if kind is not None:
        free = free.where(ReviewRow.kind == kind)
    ordered = free.order_by(ReviewRow.rank, ReviewRow.id).limit(1)
    found = session.execute(ordered.with_for_update(of=ReviewRow, skip_locked=True)).first()
    return _take(found[0], actor, at + lease) if found else None


def claim(
    session: Session,
    review_id: str,
    actor: str,
    *,
    lease: timedelta = CLAIM,
    at: datetime | None = None,
) -> ReviewRow:
    """Claim an item, or renew one's own claim.

    Raises:
        MissingError: there is no such item.
        ConflictError: somebody else holds it, or it is over.
    """
    at = at or now()
    row = locked(session, review_id)
    if row.state in {"done", "obsolete"}:
        raise ConflictError("The item is reviewed already, or its grade was replaced. Take another one.")
    if holder(row, at) not in {None, actor}:
        raise ConflictError("Somebody else holds the item. Take another one, or wait until the claim ends.")
    if holder(row, at) == actor:
        row.claimed_until = at + lease
        return row
    return _take(row, actor, at + lease)


def release(session: Session, review_id: str, actor: str, *, at: datetime | None = None) -> ReviewRow:
    """Give an item back without a verdict.

    Raises:
        MissingError: there is no such item.
        LostLeaseError: the actor does not hold it.
    """
    row = held(session, review_id, actor, at=at)
    row.state, row.claimed_by, row.claimed_until = "waiting", None, None
    session.flush()
    return row


def held(session: Session, review_id: str, actor: str, *, at: datetime | None = None) -> ReviewRow:
    """Find an item that the actor holds, and keep others from changing it until the transaction ends.

    Raises:
        MissingError: there is no such item.
        LostLeaseError: the actor does not hold it, or no longer.
    """
    row = locked(session, review_id)
    if holder(row, at or now()) != actor:
        raise LostLeaseError("You do not hold the item, or no longer. Claim it again.")
    return row


def holder(row: ReviewRow, at: datetime) -> str | None:
    """Give who holds an item; None where it is free or over."""
    holds = row.state == "claimed" and row.claimed_until is not None and row.claimed_until > at
    return row.claimed_by if holds else None


def may_take(session: Session, review_id: str, actor: str, *, judges: bool) -> bool:
    """Tell whether an item is one that the actor may work on.

    An appeal is decided by a judge who neither raised it nor reviewed the grade.
    """
    this = select(ReviewRow.id).where(ReviewRow.id == review_id, _takeable(actor, judges=judges))
    return session.scalar(this) is not None


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


def done_of(session: Session, grade_id: str) -> Sequence[ReviewRow]:
    """Give the reviews of a grade that are done, the latest first: its final score is the one that stands."""
    of_it = select(ReviewRow).where(ReviewRow.grade_id == grade_id, ReviewRow.state == "done")
    return session.scalars(of_it.order_by(ReviewRow.done_at.desc(), ReviewRow.id.desc())).all()


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


def _new(grade: GradeRow, reasons: Sequence[str], kind: ReviewKind) -> ReviewRow:
    return ReviewRow(
        id=new_id(),
        conversation_id=grade.conversation_id,
        grade_id=grade.id,
        kind=kind,
        rank=_rank(kind, reasons),
        reasons=list(reasons),
    )


def _open(session: Session, grade: GradeRow, kind: ReviewKind) -> ReviewRow | None:
    same = (ReviewRow.grade_id == grade.id, ReviewRow.kind == kind)
    return session.scalar(select(ReviewRow).where(*same, text(OPEN)))


def _is_free(at: datetime) -> ColumnElement[bool]:
    return and_(text(OPEN), or_(ReviewRow.state == "waiting", ReviewRow.claimed_until <= at))


def _takeable(actor: str, *, judges: bool) -> Any:
    if not judges:
        return ReviewRow.kind != "appeal"
    earlier = aliased(ReviewRow)
    reviewed = select(earlier.id).where(
        earlier.grade_id == ReviewRow.grade_id, earlier.state == "done", earlier.done_by == actor
    )
    raised = select(AppealRow.id).where(AppealRow.review_id == ReviewRow.id, AppealRow.raised_by == actor)
    return or_(ReviewRow.kind != "appeal", and_(~reviewed.exists(), ~raised.exists()))


def _take(row: ReviewRow, actor: str, until: datetime) -> ReviewRow:
    row.state, row.claimed_by, row.claimed_until = "claimed", actor, until
    row.claim += 1
    return row


def _rank(kind: ReviewKind, reasons: Sequence[str]) -> int:
    if kind != "triage":
        return _RANK_OF_APPEAL if kind == "appeal" else _RANK_OF_REQUEST
    ranks = [next((rank for start, rank in _RANKS if r.startswith(start)), _RANK_OF_DOUBT) for r in reasons]
    return min(ranks, default=_RANK_OF_DOUBT)

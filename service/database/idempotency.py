"""Repetitions of a request get the first answer; another request under the same key is refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.database.errors import ConflictError
from service.database.tables import IdempotencyRow
from service.database.types import now

KEPT: Final = timedelta(hours=24)
ABANDONED: Final = timedelta(minutes=5)
"""After this time a request that never got an answer counts as lost, and its repetition is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the first request was answered."""

    status: int
    headers: dict[str, Any]
    body: str | None


class OtherRequestError(ConflictError):
    """The key was used for another request."""


class InProgressError(ConflictError):
    """The first request of that key is still being answered."""


def begin(
    session: Session, *, owner: str, key: str, request_hash: str, at: datetime | None = None
) -> Answer | None:
    """Reserve a key for a request; give the answer where it had one already. Commit before doing the work.

    Raises:
        OtherRequestError: the key was used for another request.
        InProgressError: the first request is still being answered.
    """
    at = at or now()
    row = session.get(IdempotencyRow, (owner, key), with_for_update=True, populate_existing=True)
    if row is not None and row.expires_at <= at:
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        _reserve(session, owner=owner, key=key, request_hash=request_hash, at=at)
        return None
    if row.request_hash != request_hash:
        raise OtherRequestError(f"The Idempotency-Key {key} was used for another request. Use a new one.")
    if row.status is not None:
        return Answer(status=row.status, headers=row.headers, body=row.answer)
    if at - row.created_at < ABANDONED:
        raise InProgressError(
            "The first request with this Idempotency-Key is being answered. Repeat it later."
        )
    row.created_at = at
    session.flush()
    return None


def finish(
    session: Session,
    *,
    owner: str,
    key: str,
    answer: Answer,
    conversation_id: str | None = None,
) -> None:
    """Keep the answer, in the transaction of the work."""
    row = session.get_one(IdempotencyRow, (owner, key))
    row.status, row.headers, row.answer = answer.status, answer.headers, answer.body
    row.conversation_id = conversation_id
    session.flush()


def abandon(session: Session, *, owner: str, key: str) -> None:
    """Free a key whose request failed without doing anything."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.owner == owner, IdempotencyRow.key == key))


def forget(session: Session, *, at: datetime | None = None) -> None:
    """Remove what is kept too long."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_at <= (at or now())))


def _reserve(session: Session, *, owner: str, key: str, request_hash: str, at: datetime) -> None:
    row = IdempotencyRow(owner=owner, key=key, request_hash=request_hash, created_at=at, expires_at=at + KEPT)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise InProgressError(
            "The first request with this Idempotency-Key is being answered. Repeat it later."
        ) from None

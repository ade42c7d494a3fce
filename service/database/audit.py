"""The audit log: who read, exported, changed, appealed, deleted. Rows are only added, each chained to the one before."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.database.paging import Page, page_of
from service.database.tables import AuditHeadRow, AuditRow
from service.database.types import now, to_json

_HEAD: Final = 1
_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What checking the chain found."""

    rows: int
    """How many were checked."""
    head: str
    """Hash of the last one: kept elsewhere, it proves later that nothing before it was rewritten."""
    broken_at: int | None = None
    """Number of the first row that was changed, put in or taken out; None where the chain is whole."""


def append(
    session: Session,
    *,
    actor: str,
    action: str,
    object_kind: str,
    object_id: str | None = None,
    details: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> AuditRow:
    """Write down who did what. Call it last in a transaction: until that ends, nobody else can write here.

    Args:
        session: of the transaction in which it was done.
        actor: ``user:ID``, ``key:ID``, ``system`` or ``command``.
        action: ``read``, ``export``, ``create``, ``change``, ``review``, ``appeal``, ``adjudicate``, ``delete``,
            ``erase``, ``purge``, ``login`` …
        object_kind: ``conversation``, ``grade``, ``scorecard`` …
        object_id: which one; None for many.
        details: ids, numbers and names of fields; no personal data.
        request_id: of the request in which it was done.
    """
    head = session.get_one(AuditHeadRow, _HEAD, with_for_update=True, populate_existing=True)
    row = AuditRow(
        number=head.number + 1,
        at=now(),
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        details=details or {},
        request_id=request_id,
        previous_hash=head.hash,
    )
    row.hash = _hash(row)
    head.number, head.hash = row.number, row.hash
    session.add(row)
    session.flush()
    return row


def verify(session: Session) -> Verification:
    """Check every row against the one before, and the last against the head."""
    number, before = 0, ""
    for row in session.scalars(select(AuditRow).order_by(AuditRow.number)).yield_per(_CHUNK):
        if (row.number, row.previous_hash, row.hash) != (number + 1, before, _hash(row)):
            return Verification(rows=number, head=before, broken_at=number + 1)
        number, before = row.number, row.hash
    head = session.get_one(AuditHeadRow, _HEAD, populate_existing=True)
    whole = (head.number, head.hash) == (number, before)
    return Verification(rows=number, head=before, broken_at=None if whole else number + 1)


def listed(
    session: Session,
    *,
    actor: str | None = None,
    action: str | None = None,
    object_kind: str | None = None,
    object_id: str | None = None,
    since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditRow]:
    """List rows, the latest first."""
    given = (
        (AuditRow.actor, actor),
        (AuditRow.action, action),
        (AuditRow.object_kind, object_kind),
        (AuditRow.object_id, object_id),
    )
    statement = select(AuditRow).where(*(column == value for column, value in given if value is not None))
    if since is not None:
        statement = statement.where(AuditRow.at >= since)
    return page_of(session, statement, [AuditRow.number], cursor=cursor, limit=limit)


def _hash(row: AuditRow) -> str:
    said = [
        row.number,
        row.at.isoformat(timespec="microseconds"),
        row.actor,
        row.action,
        row.object_kind,
        row.object_id,
        row.details,
        row.request_id,
        row.previous_hash,
    ]
    return hashlib.sha256(to_json(said).encode()).hexdigest()

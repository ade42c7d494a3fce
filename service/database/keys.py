"""API keys of platforms: only their hashes are kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from service.database.errors import MissingError
from service.database.paging import Page, page_of
from service.database.tables import ApiKeyRow
from service.database.types import new_id, now
from service.roles import KeyRole

BEGINNING: Final = "cg_"
_SHOWN: Final = 10
_USE_NOTED_EVERY: Final = timedelta(minutes=1)
"""A key's last use is written at most this often: requests must not queue up for it."""


def create(
    session: Session,
    *,
    name: str,
    role: KeyRole = "platform",
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    created_by: str | None = None,
) -> tuple[str, ApiKeyRow]:
    """Make a key; it is given here and never again."""
    key = BEGINNING + secrets.token_urlsafe(32)
    row = ApiKeyRow(
        id=new_id(),
        name=name,
        prefix=key[:_SHOWN],
        key_hash=_hash(key),
        role=role,
        scopes=list(scopes),
        expires_at=expires_at,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return key, row


def valid(session: Session, key: str, *, at: datetime | None = None) -> ApiKeyRow | None:
    """Find the row of a key that is neither revoked nor expired."""
    row = session.scalar(select(ApiKeyRow).where(ApiKeyRow.key_hash == _hash(key)))
    if row is None or row.revoked_at is not None:
        return None
    return None if row.expires_at is not None and row.expires_at <= (at or now()) else row


def use_is_due(row: ApiKeyRow, *, at: datetime | None = None) -> bool:
    """Tell whether the last use on record is so old that ``note_use`` should be called."""
    return row.used_at is None or (at or now()) - row.used_at >= _USE_NOTED_EVERY


def note_use(session: Session, key_id: str, *, at: datetime | None = None) -> None:
    """Write down that a key was used now."""
    at = at or now()
    stale = or_(ApiKeyRow.used_at.is_(None), ApiKeyRow.used_at <= at - _USE_NOTED_EVERY)
    session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id, stale).values(used_at=at))


def revoke(session: Session, key_id: str, *, at: datetime | None = None) -> ApiKeyRow:
    """End a key at once.

    Raises:
        MissingError: there is no such key.
    """
    row = session.get(ApiKeyRow, key_id)
    if row is None:
        raise MissingError("There is no such key.")
    row.revoked_at = row.revoked_at or at or now()
    session.flush()
    return row


def listed(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[ApiKeyRow]:
    """List keys, the latest first."""
    return page_of(session, select(ApiKeyRow), [ApiKeyRow.id], cursor=cursor, limit=limit)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()

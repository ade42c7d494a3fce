"""The audit log: a chain of rows, each holding the hash of the one before."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from service.database.base import Base
from service.database.types import now


class AuditRow(Base):
    """Who did what. A trigger refuses changes."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "object_kind", "object_id"), Index(None, "actor", "number"))

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    """``user:ID``, ``key:ID``, ``system`` or ``command``."""
    action: Mapped[str]
    """``read``, ``export``, ``change``, ``appeal``, ``delete`` … as ``docs/store.md`` lists them."""
    object_kind: Mapped[str]
    object_id: Mapped[str | None]
    details: Mapped[dict[str, Any]]
    """Never personal data."""
    request_id: Mapped[str | None]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    """SHA-256 of all the above."""


class AuditHeadRow(Base):
    """The end of the chain: one row, which writers lock; it shows when the last rows were cut off."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str]

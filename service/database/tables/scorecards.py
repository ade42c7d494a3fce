"""Scorecard versions and from when on they are applied."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.database.base import Base
from service.database.types import LongText, id_column, now


class ScorecardRow(Base):
    """One version of a scorecard; it never changes."""

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[str] = id_column()
    name: Mapped[str]
    version: Mapped[int]
    language: Mapped[str | None]
    """Of the conversations it is for; None for any."""
    yaml: Mapped[str] = mapped_column(LongText)
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]


class ActivationRow(Base):
    """From a time on, a version is the one for its language. Only ever added, never for a time that is past."""

    __tablename__ = "scorecard_activations"
    __table_args__ = (Index(None, "language", "active_from"),)

    id: Mapped[str] = id_column()
    scorecard_id: Mapped[str] = mapped_column(ForeignKey("scorecards.id"), index=True)
    language: Mapped[str]
    """That of the scorecard; ``any`` where it has none."""
    active_from: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]

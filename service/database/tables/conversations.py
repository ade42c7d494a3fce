"""Conversations and the recordings they came from."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from grader.conversation import Channel
from service.database.base import Base
from service.database.prefixes import Folded
from service.database.types import LongText, id_column, now, one_of


class RecordingRow(Base):
    """The original of a recording, which lies on disk."""

    __tablename__ = "recordings"

    id: Mapped[str] = id_column()
    path: Mapped[str | None]
    """Below the data folder; None once it was purged or erased."""
    sha256: Mapped[str] = mapped_column(index=True)
    """Of the audio as it came, in hexadecimal digits."""
    size: Mapped[int]
    """Bytes of the audio as it came."""
    media_type: Mapped[str]
    encrypted: Mapped[bool] = mapped_column(default=False)
    duration: Mapped[float | None]
    """Seconds, once it was decoded."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]
    """Who sent it: ``key:ID`` or ``user:ID``."""
    purged_at: Mapped[datetime | None]


class ConversationRow(Base):
    """A conversation as it may be stored: redacted, with roles."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index(None, "team", "id"),
        Index(None, "agent_id", "id"),
        Index(None, "channel", "received_at"),
        Index(None, "happened_at"),
    )

    id: Mapped[str] = id_column()
    source: Mapped[str]
    """The platform that sent it; external ids are unique within one."""
    external_id: Mapped[str]
    """The platform's own name for the conversation."""
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    language: Mapped[str | None]
    happened_at: Mapped[datetime]
    """When it began; when it was received where nobody said."""
    received_at: Mapped[datetime] = mapped_column(default=now)
    agent_id: Mapped[str | None]
    team: Mapped[str | None]
    queue: Mapped[str | None]
    direction: Mapped[str | None]
    customer_hash: Mapped[str | None] = mapped_column(index=True)
    """``service.identity.customer_hash`` of the platform's customer id: found again for erasure, read by nobody."""
    turn_count: Mapped[int] = mapped_column(default=0)
    document: Mapped[str | None] = mapped_column(LongText)
    """The redacted conversation in the contract's JSON, without turns until transcribed; None once purged or erased."""
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"), index=True)
    created_by: Mapped[str | None]
    purged_at: Mapped[datetime | None]
    """When the transcript was removed because its time was over."""
    erased_at: Mapped[datetime | None]
    """When everything about the customer was removed on request."""


for _name in (
    ConversationRow.external_id,
    ConversationRow.agent_id,
    ConversationRow.team,
    ConversationRow.queue,
):
    Index(f"ix_conversations_{_name.key}_folded", Folded(_name), ConversationRow.id)

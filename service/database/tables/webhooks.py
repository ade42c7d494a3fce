"""Webhooks: who wants to hear of what, what happened, and how telling it went."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.database.base import Base
from service.database.types import LongText, id_column, now, one_of

EventType: TypeAlias = Literal[
    "conversation.graded",
    "conversation.reviewed",
    "review.needed",
    "appeal.raised",
    "appeal.decided",
    "alert.raised",
    "job.failed",
    "ping",
]
"""``ping`` goes to one subscriber who asks whether events reach it; nobody subscribes to it."""

DeliveryState: TypeAlias = Literal["waiting", "sending", "delivered", "failed"]
"""``failed``: given up after days; it can be sent again."""


class WebhookRow(Base):
    """A subscription."""

    __tablename__ = "webhooks"

    id: Mapped[str] = id_column()
    url: Mapped[str] = mapped_column(LongText)
    events: Mapped[list[str]]
    """``EventType`` each."""
    description: Mapped[str] = mapped_column(default="")
    secrets: Mapped[list[dict[str, Any]]]
    """Sealed signing secrets, the newest first, and until when each signs: ``{"sealed": …, "until": time or null}``."""
    source: Mapped[str | None]
    """Only events of what this platform sent, to which the subscription belongs; None for all."""
    team: Mapped[str | None]
    """Only events of this team; None for all."""
    active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None]
    """Why the service switched it off."""
    failing_since: Mapped[datetime | None]
    """Since when nothing was delivered though it was tried."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]


class EventRow(Base):
    """Something that happened, written in the transaction in which it did. Its id is the ``webhook-id``."""

    __tablename__ = "outbox_events"
    __table_args__ = (Index(None, "type", "id"),)

    id: Mapped[str] = id_column()
    type: Mapped[EventType] = mapped_column(one_of(EventType))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    team: Mapped[str | None]
    body: Mapped[str] = mapped_column(LongText)
    """The JSON that is sent, byte for byte the same in every attempt."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class DeliveryRow(Base):
    """An event on its way to one subscriber."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "webhook_id"),
        Index(None, "webhook_id", "state", "available_at"),
        Index(None, "webhook_id", "id"),
    )

    id: Mapped[str] = id_column()
    event_id: Mapped[str] = mapped_column(ForeignKey("outbox_events.id", ondelete="CASCADE"))
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    available_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]


class DeliveryAttemptRow(Base):
    """One try at a delivery."""

    __tablename__ = "delivery_attempts"

    id: Mapped[str] = id_column()
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
    status: Mapped[int | None]
    """HTTP status of the answer; None where there was none."""
    error: Mapped[str | None] = mapped_column(LongText)
    duration: Mapped[float]
    """Seconds."""
    created_at: Mapped[datetime] = mapped_column(default=now)

"""What requests and answers say of webhooks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from service.api.shapes import Name, Sent, Shown
from service.database.tables import (
    DeliveryAttemptRow,
    DeliveryRow,
    DeliveryState,
    EventRow,
    EventType,
    WebhookRow,
)
from service.database.types import storable

Subscribable: TypeAlias = Literal[
    "conversation.graded",
    "conversation.reviewed",
    "review.needed",
    "appeal.raised",
    "appeal.decided",
    "alert.raised",
    "job.failed",
]

Url = Annotated[
    str,
    AfterValidator(storable),
    Field(
        min_length=1,
        max_length=2000,
        description="https, a public address; the operator may allow others.",
        examples=["https://shop.example/hooks/callgrader"],
    ),
]
Events = Annotated[
    list[Subscribable],
    AfterValidator(lambda kinds: list(dict.fromkeys(kinds))),
    Field(min_length=1, max_length=20),
]
Text = Annotated[str, AfterValidator(storable), Field(max_length=500)]


class NewWebhook(Sent):
    """A subscription to make."""

    url: Url
    events: Events = Field(examples=[["conversation.graded", "job.failed"]])
    description: Text = ""
    """For people."""
    team: Name | None = None
    """Only events of this team's conversations."""


class WebhookChange(Sent):
    """What to change of a subscription; what is left out stays."""

    url: Url | None = None
    events: Events | None = None
    active: bool | None = None
    """`true` switches one on again that was switched off; what waited meanwhile is sent then."""
    description: Text | None = None


class WebhookView(Shown):
    """A subscription, without its secret."""

    id: str = Field(examples=["0198a3d2-54e1-7aa0-8c6e-9b1f0d2e3c47"])
    url: str = Field(examples=["https://shop.example/hooks/callgrader"])
    events: list[Subscribable]
    description: str
    team: str | None
    """Only events of this team; null for all."""
    source: str | None
    """Only events of what this platform sent, to which the subscription belongs; null for all."""
    active: bool
    disabled_reason: str | None = Field(examples=["It answered 410 Gone."])
    """Why the service switched it off."""
    failing_since: datetime | None
    """Since when nothing was delivered though it was tried."""
    created_at: datetime


class MadeWebhook(WebhookView):
    """A subscription that was made."""

    secret: str | None = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDc2hG1QxwyXk="])
    """With which its events are signed. Shown this once; null where the request was repeated."""


class NewSecret(Shown):
    """A secret that replaces another."""

    secret: str | None = Field(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDc2hG1QxwyXk="])
    """Shown this once; null where the request was repeated."""
    previous_until: datetime
    """Until then the one before signs too, at most."""


class AttemptView(Shown):
    """One try at a delivery."""

    at: datetime
    status: int | None = Field(examples=[503])
    """HTTP status of the answer; null where there was none."""
    error: str | None = Field(examples=["The answer was 503; only 2xx counts as delivered."])
    duration: float = Field(examples=[0.031])
    """Seconds."""


class DeliveryView(Shown):
    """An event on its way to the subscriber."""

    id: str
    event_id: str
    """The `webhook-id`."""
    event: EventType
    state: DeliveryState
    """`failed` was given up after three days; it can be sent again."""
    created_at: datetime
    next_attempt_at: datetime | None
    """Where it waits."""
    delivered_at: datetime | None
    attempts: list[AttemptView]
    """In order."""


def webhook_view(row: WebhookRow) -> WebhookView:
    """Say how a subscription stands."""
    return WebhookView.model_validate(row, from_attributes=True)


def delivery_view(row: DeliveryRow, event: EventRow, attempts: Sequence[DeliveryAttemptRow]) -> DeliveryView:
    """Say how a delivery stands."""
    return DeliveryView(
        id=row.id,
        event_id=event.id,
        event=event.type,
        state=row.state,
        created_at=row.created_at,
        next_attempt_at=row.available_at if row.state == "waiting" else None,
        delivered_at=row.delivered_at,
        attempts=[
            AttemptView(at=one.created_at, status=one.status, error=one.error, duration=one.duration)
            for one in attempts
        ],
    )

"""The outbox: an event is written in the transaction in which it happens, with a delivery for each subscriber."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.database.tables import ConversationRow, DeliveryRow, EventRow, EventType, WebhookRow
from service.database.types import new_id, now, to_json


def emit(
    session: Session,
    kind: EventType,
    data: dict[str, Any],
    *,
    conversation: ConversationRow | None = None,
    job_id: str | None = None,
) -> EventRow:
    """Write an event down and queue its deliveries; ``data`` holds ids and numbers, no words of a conversation."""
    happened = now()
    body = {"type": kind, "timestamp": happened.isoformat(), "data": data}
    event = EventRow(
        id=new_id(),
        type=kind,
        conversation_id=conversation.id if conversation else None,
        job_id=job_id,
        team=conversation.team if conversation else None,
        body=to_json(body),
        created_at=happened,
    )
    session.add(event)
    session.flush()
    for webhook in session.scalars(select(WebhookRow).where(WebhookRow.active)):
        if kind in webhook.events and webhook.team in {None, event.team}:
            session.add(
                DeliveryRow(id=new_id(), event_id=event.id, webhook_id=webhook.id, available_at=happened)
            )
    session.flush()
    return event

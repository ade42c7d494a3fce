"""The outbox: an event is written in the transaction in which it happens, with a delivery for each subscriber."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from service.database.tables import ConversationRow, DeliveryRow, EventRow, EventType, WebhookRow
from service.database.types import new_id, now, to_json

KEPT: Final = timedelta(days=90)
"""How long an event can be sent again; one that still waits to be sent stays."""


def emit(
    session: Session,
    kind: EventType,
    data: dict[str, Any],
    *,
    conversation: ConversationRow | None = None,
    job_id: str | None = None,
) -> EventRow:
    """Write an event down and queue its deliveries; ``data`` holds ids and numbers, no words of a conversation."""
    event = _event(kind, data, conversation=conversation, job_id=job_id)
    _tell(session, [(event, conversation.source if conversation else None)])
    return event


def emit_all(session: Session, happened: Iterable[tuple[EventType, dict[str, Any], ConversationRow]]) -> None:
    """Write events about conversations down together, as ``emit`` does each of them."""
    _tell(
        session,
        [
            (_event(kind, data, conversation=conversation), conversation.source)
            for kind, data, conversation in happened
        ],
    )


def ping(session: Session, webhook: WebhookRow) -> DeliveryRow:
    """Send one subscriber an event that says nothing but that events reach it."""
    event = _event("ping", {"webhook_id": webhook.id})
    session.add(event)
    session.flush()
    row = _queue(session, event, webhook)
    session.flush()
    return row


def forget(session: Session, *, at: datetime | None = None) -> int:
    """Remove events that are too old to be sent again, with the log of their deliveries; give their number."""
    under_way = select(DeliveryRow.event_id).where(DeliveryRow.state.in_(["waiting", "sending"]))
    old = EventRow.created_at < (at or now()) - KEPT
    result = session.execute(delete(EventRow).where(old, EventRow.id.not_in(under_way)))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _tell(session: Session, told: Sequence[tuple[EventRow, str | None]]) -> None:
    """Keep events, each with the platform it is about, and queue them for those who subscribed."""
    session.add_all(event for event, _ in told)
    session.flush()
    # Locked so that none is removed before this transaction, which refers to it, ends.
    active = select(WebhookRow).where(WebhookRow.active).with_for_update(read=True, key_share=True)
    for webhook in session.scalars(active).all():
        for event, source in told:
            about = webhook.source in {None, source} and webhook.team in {None, event.team}
            if about and event.type in webhook.events:
                _queue(session, event, webhook)
    session.flush()


def _event(
    kind: EventType,
    data: dict[str, Any],
    *,
    conversation: ConversationRow | None = None,
    job_id: str | None = None,
) -> EventRow:
    happened = now()
    return EventRow(
        id=new_id(),
        type=kind,
        conversation_id=conversation.id if conversation else None,
        job_id=job_id,
        team=conversation.team if conversation else None,
        body=to_json({"type": kind, "timestamp": happened.isoformat(), "data": data}),
        created_at=happened,
    )


def _queue(session: Session, event: EventRow, webhook: WebhookRow) -> DeliveryRow:
    row = DeliveryRow(id=new_id(), event_id=event.id, webhook_id=webhook.id, available_at=event.created_at)
    session.add(row)
    return row

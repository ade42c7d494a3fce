"""Webhook subscriptions and the deliveries to them: claimed under a lease, tried again, logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Row, and_, func, or_, select, update
from sqlalchemy.orm import Session

from service.database.errors import ConflictError, LostLeaseError, MissingError
from service.database.paging import Page, page, page_of
from service.database.tables import (
    DeliveryAttemptRow,
    DeliveryRow,
    DeliveryState,
    EventRow,
    EventType,
    WebhookRow,
)
from service.database.types import new_id, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event that the holder of the lease sends."""

    id: str
    fence: int
    attempts: int
    """Including this one."""
    event_id: str
    """The ``webhook-id``: the same in every attempt."""
    event: EventType
    body: str
    """Sent byte for byte."""
    created_at: datetime
    url: str
    secrets: Sequence[dict[str, Any]]
    """As in ``WebhookRow.secrets``."""


def subscribe(
    session: Session,
    *,
    url: str,
    events: Sequence[EventType],
    secrets: Sequence[dict[str, Any]],
    description: str = "",
    team: str | None = None,
    created_by: str | None = None,
) -> WebhookRow:
    """Add a subscription; the address was checked."""
    row = WebhookRow(
        id=new_id(),
        url=url,
        events=list(events),
        secrets=list(secrets),
        description=description,
        team=team,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, webhook_id: str) -> WebhookRow | None:
    """Find a subscription; its attributes may be set."""
    return session.get(WebhookRow, webhook_id)


def remove(session: Session, webhook_id: str) -> None:
    """End a subscription, with its deliveries.

    Raises:
        MissingError: there is no such subscription.
    """
    row = get(session, webhook_id)
    if row is None:
        raise MissingError("There is no such webhook.")
    session.delete(row)
    session.flush()


def listed(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[WebhookRow]:
    """List subscriptions, the latest first."""
    return page_of(session, select(WebhookRow), [WebhookRow.id], cursor=cursor, limit=limit)


def due(session: Session, *, at: datetime | None = None) -> bool:
    """Tell whether some delivery waits to be sent."""
    return session.scalar(select(DeliveryRow.id).where(_is_due(at or now())).limit(1)) is not None


def claim(session: Session, *, limit: int, lease: timedelta, at: datetime | None = None) -> list[Delivery]:
    """Take deliveries to send; one whose sender vanished is taken again when its lease has run out."""
    at = at or now()
    statement = (
        select(DeliveryRow, EventRow, WebhookRow)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
        .where(_is_due(at), WebhookRow.active)
        .order_by(DeliveryRow.available_at, DeliveryRow.id)
        .limit(limit)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )
    taken = []
    for row, event, webhook in session.execute(statement):
        row.state, row.lease_until = "sending", at + lease
        row.fence += 1
        row.attempts += 1
        taken.append(_delivery(row, event, webhook))
    session.flush()
    return taken


def conclude(
    session: Session,
    delivery: Delivery,
    *,
    status: int | None,
    error: str | None,
    duration: float,
    retry_at: datetime | None,
) -> None:
    """Write down how sending went: delivered where there is no error, else tried again or given up.

    Args:
        session: of the transaction.
        delivery: as it was claimed.
        status: HTTP status of the answer.
        error: what went wrong; None where it was delivered.
        duration: seconds.
        retry_at: when to try again; None to give up.

    Raises:
        LostLeaseError: somebody else has taken the delivery meanwhile.
    """
    values: dict[str, Any] = {"lease_until": None}
    if error is None:
        values |= {"state": "delivered", "delivered_at": now()}
    elif retry_at is None:
        values |= {"state": "failed"}
    else:
        values |= {"state": "waiting", "available_at": retry_at}
    held = and_(
        DeliveryRow.id == delivery.id, DeliveryRow.fence == delivery.fence, DeliveryRow.state == "sending"
    )
    result = session.execute(update(DeliveryRow).where(held).values(**values))
    if not (isinstance(result, CursorResult) and result.rowcount):
        raise LostLeaseError("The delivery was taken by another sender.")
    session.add(
        DeliveryAttemptRow(
            id=new_id(), delivery_id=delivery.id, status=status, error=error, duration=duration
        )
    )
    session.flush()


def redeliver(session: Session, delivery_id: str, *, at: datetime | None = None) -> DeliveryRow:
    """Send an event again, with the same ``webhook-id``.

    Raises:
        MissingError: there is no such delivery.
        ConflictError: it is being sent.
    """
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError("There is no such delivery.")
    if row.state == "sending":
        raise ConflictError("The delivery is being sent. Wait until that is over.")
    row.state, row.attempts, row.available_at, row.delivered_at = "waiting", 0, at or now(), None
    session.flush()
    return row


def log(
    session: Session,
    webhook_id: str,
    *,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Row[DeliveryRow, EventRow]]:
    """List the deliveries to a subscriber, the latest first."""
    statement = select(DeliveryRow, EventRow).join(EventRow, EventRow.id == DeliveryRow.event_id)
    statement = statement.where(DeliveryRow.webhook_id == webhook_id)
    if state is not None:
        statement = statement.where(DeliveryRow.state == state)
    return page(session, statement, [DeliveryRow.id], cursor=cursor, limit=limit)


def attempts_of(session: Session, delivery_id: str) -> Sequence[DeliveryAttemptRow]:
    """Give the attempts of a delivery, in order."""
    of_it = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id == delivery_id)
    return session.scalars(of_it.order_by(DeliveryAttemptRow.id)).all()


def counts(session: Session) -> dict[str, int]:
    """Count deliveries by state."""
    states = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
    return dict(session.execute(states).all())


def _is_due(at: datetime) -> Any:
    waiting = and_(DeliveryRow.state == "waiting", DeliveryRow.available_at <= at)
    lost = and_(DeliveryRow.state == "sending", DeliveryRow.lease_until <= at)
    return or_(waiting, lost)


def _delivery(row: DeliveryRow, event: EventRow, webhook: WebhookRow) -> Delivery:
    return Delivery(
        id=row.id,
        fence=row.fence,
        attempts=row.attempts,
        event_id=event.id,
        event=event.type,
        body=event.body,
        created_at=event.created_at,
        url=webhook.url,
        secrets=webhook.secrets,
    )

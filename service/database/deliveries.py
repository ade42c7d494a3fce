"""Deliveries of events to subscribers: claimed under a lease with a fencing token, tried again, logged.

Delivery is at least once: a sender that vanishes after it has sent is replaced by another that sends again, with the
same ``webhook-id``, by which the subscriber knows it.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Row, Update, and_, func, or_, select, update
from sqlalchemy.orm import Session

from service.database.errors import ConflictError, LostLeaseError, MissingError
from service.database.paging import Page, page
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
    webhook_id: str
    url: str
    secrets: Sequence[dict[str, Any]]
    """As in ``WebhookRow.secrets``."""


def due(session: Session, *, beside: Collection[str] = (), at: datetime | None = None) -> Sequence[str]:
    """Give the subscriptions, other than those of ``beside``, for which something is to be sent."""
    waits = select(DeliveryRow.id).where(DeliveryRow.webhook_id == WebhookRow.id, _is_due(at or now()))
    wanting = select(WebhookRow.id).where(WebhookRow.active, waits.exists())
    return session.scalars(wanting.where(WebhookRow.id.not_in(beside))).all()


def claim(
    session: Session,
    *,
    limit: int,
    lease: timedelta,
    each: int | None = None,
    held: Mapping[str, int] | None = None,
    at: datetime | None = None,
) -> list[Delivery]:
    """Take deliveries to send; one whose sender vanished is taken again when its lease has run out.

    Args:
        session: of the transaction.
        limit: how many at most.
        lease: for how long others leave them alone.
        each: how many at most for one subscription, with those of ``held``; None for any number.
        held: how many are being sent already, by subscription.
        at: the present time.
    """
    at = at or now()
    held = held or {}
    full = [webhook_id for webhook_id, number in held.items() if each is not None and number >= each]
    wanting = list(due(session, beside=full, at=at))
    random.shuffle(wanting)  # where there is no room for all, none is always last
    taken: list[Delivery] = []
    for webhook_id in wanting:
        room = limit - len(taken)
        if each is not None:
            room = min(room, each - held.get(webhook_id, 0))
        if room > 0:
            taken += _claimed(session, webhook_id, limit=room, until=at + lease, at=at)
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
        LostLeaseError: somebody else has taken the delivery meanwhile. Nothing was written.
    """
    values: dict[str, Any] = {"lease_until": None}
    if error is None:
        values |= {"state": "delivered", "delivered_at": now()}
    elif retry_at is None:
        values |= {"state": "failed"}
    else:
        values |= {"state": "waiting", "available_at": retry_at}
    if not _changed(session, _of(delivery).values(**values)):
        raise LostLeaseError("The delivery was taken by another sender.")
    session.add(
        DeliveryAttemptRow(
            id=new_id(), delivery_id=delivery.id, status=status, error=error, duration=duration
        )
    )
    session.flush()


def give_back(session: Session, claimed: Sequence[Delivery], *, at: datetime | None = None) -> None:
    """Return deliveries that a sender cannot finish because it is stopped; it does not count as an attempt."""
    values = {"state": "waiting", "attempts": DeliveryRow.attempts - 1, "lease_until": None}
    for delivery in claimed:
        _changed(session, _of(delivery).values(**values, available_at=at or now()))


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


def get(session: Session, webhook_id: str, delivery_id: str) -> Row[DeliveryRow, EventRow] | None:
    """Find a delivery to a subscriber, and its event."""
    return session.execute(_to(webhook_id).where(DeliveryRow.id == delivery_id)).one_or_none()


def log(
    session: Session,
    webhook_id: str,
    *,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Row[DeliveryRow, EventRow]]:
    """List the deliveries to a subscriber, the latest first."""
    statement = _to(webhook_id)
    if state is not None:
        statement = statement.where(DeliveryRow.state == state)
    return page(session, statement, [DeliveryRow.id], cursor=cursor, limit=limit)


def attempts_of(session: Session, delivery_ids: Collection[str]) -> dict[str, list[DeliveryAttemptRow]]:
    """Give the attempts of deliveries by delivery, in order."""
    of_them = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id.in_(delivery_ids))
    found: dict[str, list[DeliveryAttemptRow]] = {delivery_id: [] for delivery_id in delivery_ids}
    for row in session.scalars(of_them.order_by(DeliveryAttemptRow.id)):
        found[row.delivery_id].append(row)
    return found


def counts(session: Session) -> dict[str, int]:
    """Count deliveries by state."""
    states = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
    return dict(session.execute(states).all())


def _to(webhook_id: str) -> Any:
    both = select(DeliveryRow, EventRow).join(EventRow, EventRow.id == DeliveryRow.event_id)
    return both.where(DeliveryRow.webhook_id == webhook_id)


def _is_due(at: datetime) -> ColumnElement[bool]:
    waiting = and_(DeliveryRow.state == "waiting", DeliveryRow.available_at <= at)
    lost = and_(DeliveryRow.state == "sending", DeliveryRow.lease_until <= at)
    return or_(waiting, lost)


def _claimed(
    session: Session, webhook_id: str, *, limit: int, until: datetime, at: datetime
) -> list[Delivery]:
    statement = (
        select(DeliveryRow, EventRow, WebhookRow)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id)
        .where(DeliveryRow.webhook_id == webhook_id, _is_due(at))
        .order_by(DeliveryRow.available_at, DeliveryRow.id)
        .limit(limit)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )
    taken = []
    for row, event, webhook in session.execute(statement):
        row.state, row.lease_until = "sending", until
        row.fence += 1
        row.attempts += 1
        taken.append(_delivery(row, event, webhook))
    return taken


def _of(delivery: Delivery) -> Update:
    held = and_(
        DeliveryRow.id == delivery.id, DeliveryRow.fence == delivery.fence, DeliveryRow.state == "sending"
    )
    return update(DeliveryRow).where(held)


def _changed(session: Session, statement: Update) -> bool:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount > 0


def _delivery(row: DeliveryRow, event: EventRow, webhook: WebhookRow) -> Delivery:
    return Delivery(
        id=row.id,
        fence=row.fence,
        attempts=row.attempts,
        event_id=event.id,
        event=event.type,
        body=event.body,
        created_at=event.created_at,
        webhook_id=webhook.id,
        url=webhook.url,
        secrets=webhook.secrets,
    )

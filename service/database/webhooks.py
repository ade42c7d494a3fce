"""Webhook subscriptions: who wants to hear of what, and whether it can be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Update, delete, func, select, update
from sqlalchemy.orm import Session

from service.database.errors import MissingError
from service.database.paging import Page, page_of
from service.database.tables import DeliveryRow, EventType, WebhookRow
from service.database.types import new_id, now


def subscribe(
    session: Session,
    *,
    url: str,
    events: Sequence[EventType],
    secrets: Sequence[dict[str, Any]],
    description: str = "",
    source: str | None = None,
    team: str | None = None,
    created_by: str | None = None,
) -> WebhookRow:
    """Add a subscription; the address was checked.

    Args:
        session: of the transaction.
        url: where events are sent.
        events: which.
        secrets: as in ``WebhookRow.secrets``.
        description: for its owner.
        source: only events of what this platform sent, to which the subscription belongs; None for all.
        team: only events of this team; None for all.
        created_by: ``user:ID`` or ``key:ID``.
    """
    row = WebhookRow(
        id=new_id(),
        url=url,
        events=list(events),
        secrets=list(secrets),
        description=description,
        source=source,
        team=team,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row


def get(session: Session, webhook_id: str, *, lock: bool = False) -> WebhookRow | None:
    """Find a subscription; ``lock`` keeps others from changing it until the transaction ends."""
    # The lock is one that lets events be written meanwhile, for their deliveries only refer to the row.
    mode: Any = {"key_share": True} if lock else None
    return session.get(WebhookRow, webhook_id, with_for_update=mode, populate_existing=lock)


def remove(session: Session, webhook_id: str) -> None:
    """End a subscription, with its deliveries.

    Raises:
        MissingError: there is no such subscription.
    """
    # In the order in which a sender takes them too: deliveries, then the subscription.
    session.execute(delete(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id))
    result = session.execute(delete(WebhookRow).where(WebhookRow.id == webhook_id))
    if not (isinstance(result, CursorResult) and result.rowcount):
        raise MissingError("There is no such webhook.")


def listed(
    session: Session, *, source: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[WebhookRow]:
    """List subscriptions, the latest first; ``source`` for one platform's own."""
    statement = select(WebhookRow)
    if source is not None:
        statement = statement.where(WebhookRow.source == source)
    return page_of(session, statement, [WebhookRow.id], cursor=cursor, limit=limit)


def reached(session: Session, webhook_id: str) -> None:
    """Note that something was delivered."""
    failing = WebhookRow.failing_since.is_not(None)
    _change(session, update(WebhookRow).where(WebhookRow.id == webhook_id, failing), failing_since=None)


def missed(session: Session, webhook_id: str, *, at: datetime | None = None) -> datetime | None:
    """Note that an attempt failed; give since when none has succeeded, None where the subscription is gone."""
    well = WebhookRow.failing_since.is_(None)
    _change(session, update(WebhookRow).where(WebhookRow.id == webhook_id, well), failing_since=at or now())
    return session.scalar(select(WebhookRow.failing_since).where(WebhookRow.id == webhook_id))


def switch_off(session: Session, webhook_id: str, reason: str) -> bool:
    """Send nothing any more until its owner switches it on; tell whether it was on."""
    on = update(WebhookRow).where(WebhookRow.id == webhook_id, WebhookRow.active)
    return _change(session, on, active=False, disabled_reason=reason)


def counts(session: Session) -> dict[str, int]:
    """Count subscriptions: ``well``, ``failing`` where the last attempts failed, ``off``."""
    states = select(WebhookRow.active, WebhookRow.failing_since.is_not(None), func.count())
    found = {"well": 0, "failing": 0, "off": 0}
    for active, failing, number in session.execute(states.group_by(*states.selected_columns[:2])):
        found["off" if not active else "failing" if failing else "well"] += number
    return found


def _change(session: Session, which: Update, **values: Any) -> bool:
    result = session.execute(which.values(**values).execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount > 0

"""Webhooks: subscriptions, their secrets, and the log of what was sent."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from service.api.access import may
from service.api.auditing import note
from service.api.errors import responses
from service.api.filters import Paged, Paging
from service.api.principal import Principal
from service.api.redacting import redacted
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.state import Service
from service.api.views import Listed
from service.api.webhook_views import (
    DeliveryView,
    MadeWebhook,
    NewSecret,
    NewWebhook,
    WebhookChange,
    WebhookView,
    delivery_view,
    webhook_view,
)
from service.database import deliveries, events, webhooks
from service.database.errors import ConflictError, MissingError
from service.database.tables import DeliveryState, WebhookRow
from service.database.types import NAME_LENGTH, now
from service.webhooks import signing
from service.webhooks.process import reach_of

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

Manager = Annotated[Principal, may("webhooks.manage")]


class DeliveryListing(Paging):
    """Which deliveries, in pages."""

    state: DeliveryState | None = None


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=MadeWebhook,
    responses=responses(HTTPStatus.CONFLICT),
)
def make_webhook(
    request: Request,
    service: Service,
    principal: Manager,
    webhook: NewWebhook,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Subscribe to events; a platform hears of its own conversations only.

    The answer holds the secret by which the events' signatures are verified (standardwebhooks.com). What is sent is
    described under *Webhooks* below, and in the OpenAPI document under `webhooks`.
    """
    repeatable = Repeatable.of(
        request, service, principal, idempotency_key, webhook.model_dump_json().encode()
    )
    if answer := repeatable.earlier():
        return answer
    try:
        reach_of(service.settings).check(webhook.url)  # asks a name server: outside of the transaction
        description = redacted(service, webhook.description)[:NAME_LENGTH]
    except BaseException:
        repeatable.abandon()
        raise
    secret, kept = signing.made(signing.sealer(service.secret))

    def work(session: Session) -> Done:
        row = webhooks.subscribe(
            session,
            url=webhook.url,
            events=webhook.events,
            secrets=kept,
            description=description,
            source=principal.scope.source,
            team=webhook.team,
            created_by=principal.actor,
        )
        made = MadeWebhook(**dict(webhook_view(row)), secret=secret)
        note(session, request, principal, "create", "webhook", about=row.id, events=row.events)
        return Done(
            status=HTTPStatus.CREATED,
            body=made.model_dump_json(),
            kept_body=made.model_copy(update={"secret": None}).model_dump_json(),
            headers={"Location": f"/v1/webhooks/{row.id}"},
        )

    return repeatable.done(work)


@router.get("", responses=responses())
def list_webhooks(service: Service, principal: Manager, paging: Paged) -> Listed[WebhookView]:
    """List subscriptions, the latest made first."""
    with service.database.read() as session:
        page = webhooks.listed(
            session, source=principal.scope.source, cursor=paging.cursor, limit=paging.limit
        )
    return Listed(items=[webhook_view(row) for row in page.items], next=page.next)


@router.get("/{webhook_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_webhook(service: Service, principal: Manager, webhook_id: str) -> WebhookView:
    """Give a subscription."""
    with service.database.read() as session:
        return webhook_view(_found(session, principal, webhook_id))


@router.patch("/{webhook_id}", responses=responses(HTTPStatus.NOT_FOUND))
def change_webhook(
    request: Request, service: Service, principal: Manager, webhook_id: str, change: WebhookChange
) -> WebhookView:
    """Change a subscription, or switch it off or on."""
    if change.url is not None:
        reach_of(service.settings).check(change.url)
    given = change.model_dump(exclude_none=True)
    if change.description is not None:
        given["description"] = redacted(service, change.description)[:NAME_LENGTH]
    with service.database.write() as session:
        row = _found(session, principal, webhook_id, lock=True)
        for field, value in given.items():
            setattr(row, field, value)
        if change.active is not None:
            row.disabled_reason = None
        if change.active or change.url is not None:
            row.failing_since = None
        session.flush()
        view = webhook_view(row)
        note(session, request, principal, "change", "webhook", about=row.id, fields=sorted(given))
    return view


@router.delete("/{webhook_id}", status_code=HTTPStatus.NO_CONTENT, responses=responses(HTTPStatus.NOT_FOUND))
def delete_webhook(request: Request, service: Service, principal: Manager, webhook_id: str) -> None:
    """End a subscription, with the log of its deliveries; what waits is not sent any more."""
    with service.database.write() as session:
        _found(session, principal, webhook_id)
        webhooks.remove(session, webhook_id)
        note(session, request, principal, "delete", "webhook", about=webhook_id)


@router.post(
    "/{webhook_id}/secret",
    status_code=HTTPStatus.CREATED,
    response_model=NewSecret,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def rotate_secret(
    request: Request,
    service: Service,
    principal: Manager,
    webhook_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Replace the secret. Events are signed with the old one too for a day, so that none is refused meanwhile."""
    repeatable = Repeatable.of(request, service, principal, idempotency_key, b"")
    at, overlap = now(), service.settings.webhook_overlap

    def work(session: Session) -> Done:
        row = _found(session, principal, webhook_id, lock=True)
        secret, row.secrets = signing.rotated(
            signing.sealer(service.secret), row.secrets, at=at, overlap=overlap
        )
        made = NewSecret(secret=secret, previous_until=at + overlap)
        note(session, request, principal, "change", "webhook", about=row.id, fields=["secret"])
        return Done(
            status=HTTPStatus.CREATED,
            body=made.model_dump_json(),
            kept_body=made.model_copy(update={"secret": None}).model_dump_json(),
        )

    return once(repeatable, work)


@router.post(
    "/{webhook_id}/test",
    status_code=HTTPStatus.ACCEPTED,
    response_model=DeliveryView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def ping_webhook(
    request: Request,
    service: Service,
    principal: Manager,
    webhook_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send a `ping`. Whether it arrived is told by the log of deliveries a moment later."""
    repeatable = Repeatable.of(request, service, principal, idempotency_key, b"")

    def work(session: Session) -> Done:
        webhook = _switched_on(_found(session, principal, webhook_id, lock=True))
        delivery = events.ping(session, webhook)
        done = _queued(session, webhook.id, delivery.id)
        note(session, request, principal, "test", "webhook", about=webhook.id)
        return done

    return once(repeatable, work)


@router.get("/{webhook_id}/deliveries", responses=responses(HTTPStatus.NOT_FOUND))
def list_deliveries(
    service: Service, principal: Manager, webhook_id: str, listing: Annotated[DeliveryListing, Query()]
) -> Listed[DeliveryView]:
    """List what was sent or is to be sent to a subscriber, the latest event first, with every attempt."""
    with service.database.read() as session:
        _found(session, principal, webhook_id)
        page = deliveries.log(
            session, webhook_id, state=listing.state, cursor=listing.cursor, limit=listing.limit
        )
        attempts = deliveries.attempts_of(session, [row.id for row, _ in page.items])
    return Listed(
        items=[delivery_view(row, event, attempts[row.id]) for row, event in page.items], next=page.next
    )


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=HTTPStatus.ACCEPTED,
    response_model=DeliveryView,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def redeliver(
    request: Request,
    service: Service,
    principal: Manager,
    *,
    webhook_id: str,
    delivery_id: str,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Send an event again at once, with the same `webhook-id`, whether it had failed or arrived."""
    repeatable = Repeatable.of(request, service, principal, idempotency_key, b"")

    def work(session: Session) -> Done:
        _switched_on(_found(session, principal, webhook_id))
        if deliveries.get(session, webhook_id, delivery_id) is None:
            raise MissingError(
                "There is no such delivery. GET /v1/webhooks/{webhook_id}/deliveries lists them."
            )
        deliveries.redeliver(session, delivery_id)
        done = _queued(session, webhook_id, delivery_id)
        note(session, request, principal, "redeliver", "webhook", about=webhook_id, delivery=delivery_id)
        return done

    return once(repeatable, work)


def _found(session: Session, principal: Principal, webhook_id: str, *, lock: bool = False) -> WebhookRow:
    row = webhooks.get(session, webhook_id, lock=lock)
    if row is None or principal.scope.source not in {None, row.source}:
        raise MissingError("There is no such webhook. GET /v1/webhooks lists them.")
    return row


def _switched_on(row: WebhookRow) -> WebhookRow:
    if not row.active:
        raise ConflictError("The webhook is switched off. Switch it on first: PATCH with active true.")
    return row


def _queued(session: Session, webhook_id: str, delivery_id: str) -> Done:
    found = deliveries.get(session, webhook_id, delivery_id)
    if found is None:
        raise MissingError("There is no such delivery.")
    row, event = found
    view = delivery_view(row, event, deliveries.attempts_of(session, [row.id])[row.id])
    return Done(status=HTTPStatus.ACCEPTED, body=view.model_dump_json())

"""Events reach their subscribers over real connections: signed, tried again, and never where they must not go."""

import ipaddress
import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
import webhook_stage
from standardwebhooks import Webhook, WebhookVerificationError
from webhook_stage import (
    SEAL,
    Answer,
    Received,
    Subscriber,
    happen,
    listening,
    say,
    sending,
    states,
    subscribe,
)

from service.addresses import Reach
from service.database import Database, audit, deliveries, webhooks
from service.database.tables import DeliveryAttemptRow, DeliveryRow, WebhookRow
from service.database.types import now
from service.webhooks import signing
from service.webhooks.sender import Pace

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK = Pace(poll=0.01, timeout=0.5)
DAY = 24 * 3600.0


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    """One that takes everything."""
    with listening(say(204)) as found:
        yield found


def _attempts(database: Database, number: int) -> list[tuple[int | None, str]]:
    """Wait until so many attempts are over; give the status and the error of each."""
    ends = time.monotonic() + webhook_stage.WAIT
    while time.monotonic() < ends:
        with database.read() as session:
            rows = session.query(DeliveryAttemptRow).order_by(DeliveryAttemptRow.id).all()
        if len(rows) >= number:
            return [(row.status, row.error or "") for row in rows]
        time.sleep(0.01)
    pytest.fail(f"there are {len(rows)} attempts only")


def _delivery(database: Database) -> DeliveryRow:
    with database.read() as session:
        return session.query(DeliveryRow).one()


def _webhook(database: Database) -> WebhookRow:
    with database.read() as session:
        return session.query(WebhookRow).one()


def test_an_event_arrives_signed_and_byte_for_byte(database: Database, subscriber: Subscriber) -> None:
    """The library of the standard verifies it; what arrives is what was written, under the event's own id."""
    _, secret = subscribe(database, subscriber.url)
    happen(database)
    with sending(database):
        (request,) = subscriber.wait(1)
    assert states(database) == ["delivered"]
    verified = Webhook(secret).verify(request.body, request.headers)
    assert verified["type"] == "conversation.graded"
    assert request.headers["content-type"] == "application/json"
    with database.read() as session:
        webhook_id = session.query(WebhookRow).one().id
        ((row, event),) = deliveries.log(session, webhook_id).items
    assert request.body == event.body.encode()
    assert request.headers["webhook-id"] == row.event_id
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body.replace(b"c-0", b"c-1"), request.headers)


@pytest.mark.parametrize(("ago", "first_signs"), [(timedelta(0), True), (timedelta(hours=2), False)])
def test_a_secret_that_was_replaced_signs_beside_the_new_one_for_its_time(
    database: Database, subscriber: Subscriber, ago: timedelta, *, first_signs: bool
) -> None:
    """Both verify during the overlap of an hour, the new one alone afterwards; nobody else's ever."""
    webhook_id, first = subscribe(database, subscriber.url)
    with database.write() as session:
        row = webhooks.get(session, webhook_id)
        assert row is not None
        second, row.secrets = signing.rotated(SEAL, row.secrets, at=now() - ago, overlap=timedelta(hours=1))
        assert "whsec" not in json.dumps(row.secrets)
    happen(database)
    with sending(database):
        (request,) = subscriber.wait(1)
    stranger, _ = signing.made(SEAL)
    for secret, verifies in ((second, True), (first, first_signs), (stranger, False)):
        if verifies:
            Webhook(secret).verify(request.body, request.headers)
            continue
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(request.body, request.headers)


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (say(200), "delivered", ""),
        (say(301, Location="http://127.0.0.1:9/"), "waiting", "301; redirects are not followed"),
        (say(400), "waiting", "The answer was 400"),
        (say(410), "failed", "The answer was 410"),
        (say(500), "waiting", "The answer was 500"),
    ],
)
def test_only_2xx_is_success(
    database: Database, subscriber: Subscriber, answer: Answer, state: str, error: str
) -> None:
    """Everything else is tried again, but after 410, with which a subscriber wants to hear no more."""
    subscriber.answer = answer
    subscribe(database, subscriber.url)
    happen(database)
    with sending(database):
        subscriber.wait(1)
    ((_, said),) = _attempts(database, 1)
    assert error in said
    assert states(database) == [state]
    assert _webhook(database).active is (state != "failed")


def _endless(handler: BaseHTTPRequestHandler, _: Received) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def _silent(_handler: BaseHTTPRequestHandler, _: Received) -> None:
    threading.Event().wait(5)


def _dripping(handler: BaseHTTPRequestHandler, _: Received) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-Slow: 1\r\n")
        threading.Event().wait(0.1)


def _broken(handler: BaseHTTPRequestHandler, _: Received) -> None:
    handler.wfile.write(b"this is no HTTP\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (_endless, 200, ""),
        (_silent, None, "no answer within 0.5 seconds"),
        (_dripping, None, "no answer within 0.5 seconds"),
        (_broken, None, "The connection broke (RemoteProtocolError)."),
    ],
)
def test_a_hostile_answer_takes_neither_time_nor_memory(
    database: Database, subscriber: Subscriber, answer: Answer, status: int | None, error: str
) -> None:
    """An endless body is cut off, an answer that trickles in counts as none; what was answered is not repeated."""
    subscriber.answer = answer
    subscribe(database, subscriber.url)
    happen(database)
    began = time.monotonic()
    with sending(database, pace=QUICK):
        ((found, said),) = _attempts(database, 1)
    assert found == status
    assert error in said
    assert time.monotonic() - began < 10


def test_where_nobody_listens_it_is_tried_again(database: Database) -> None:
    """A refused connection is an attempt that failed."""
    with listening(say(204)) as gone:
        subscribe(database, gone.url)
    happen(database)
    with sending(database, pace=QUICK):
        ((status, said),) = _attempts(database, 1)
    assert status is None
    assert "No connection" in said
    assert states(database) == ["waiting"]


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        (Reach(plain=("127.0.0.1",)), "an address that is not public"),
        (Reach(networks=webhook_stage.LOCAL.networks), "by https only"),
        (Reach(plain=("127.0.0.1",), resolve=lambda *_: ["8.8.8.8", "10.0.0.1"]), "not public"),
    ],
)
def test_the_address_is_checked_whenever_it_is_called(
    database: Database, subscriber: Subscriber, reach: Reach, said: str
) -> None:
    """A name that leads elsewhere since it was subscribed with is not followed there."""
    subscribe(database, subscriber.url)
    happen(database)
    with sending(database, reach=reach, pace=QUICK):
        ((_, error),) = _attempts(database, 1)
    assert said in error
    assert subscriber.received == []


def test_the_connection_goes_to_the_address_that_was_checked(
    database: Database, subscriber: Subscriber
) -> None:
    """The host is looked up once an attempt; a name server that answers otherwise the second time changes nothing."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    reach = Reach(
        plain=("hooks.example",),
        networks=[ipaddress.ip_network("127.0.0.0/8")],
        resolve=lambda *_: next(answers),
    )
    subscribe(database, subscriber.url.replace("127.0.0.1", "hooks.example"))
    happen(database)
    with sending(database, reach=reach, pace=QUICK):
        (request,) = subscriber.wait(1)
    assert request.headers["host"].startswith("hooks.example:")
    assert states(database) == ["delivered"]


def test_after_the_last_attempt_it_has_failed_and_can_be_sent_again(
    database: Database, subscriber: Subscriber
) -> None:
    """Every attempt carries the same id and body; a person's redelivery too."""
    subscriber.answer = say(503)
    subscribe(database, subscriber.url)
    happen(database)
    pace = Pace(poll=0.01, waits=(0.0, 0.0))
    with sending(database, pace=pace):
        subscriber.wait(3)
        assert len(_attempts(database, 3)) == 3
        assert states(database) == ["failed"]
        subscriber.answer = say(204)
        with database.write() as session:
            deliveries.redeliver(session, session.query(DeliveryRow).one().id)
        received = subscriber.wait(4)
    assert states(database) == ["delivered"]
    assert len({(request.headers["webhook-id"], request.body) for request in received}) == 1
    webhook = _webhook(database)
    assert (webhook.active, webhook.failing_since) == (True, None)


def test_a_subscription_that_fails_for_days_is_switched_off(
    database: Database, subscriber: Subscriber
) -> None:
    """It is written down in the audit log and counted; what waits is kept for when it is on again."""
    subscriber.answer = say(503)
    subscribe(database, subscriber.url)
    happen(database)
    patient = Pace(poll=0.01, waits=())
    with sending(database, pace=patient):
        subscriber.wait(1)
    assert _webhook(database).active
    with database.write() as session:
        session.query(WebhookRow).one().failing_since = now() - timedelta(days=3)
    happen(database, 2, first=1)
    with sending(database, pace=Pace(poll=0.01, waits=(), each=1)):
        _attempts(database, 2)
    webhook = _webhook(database)
    assert not webhook.active
    assert "Nothing could be delivered since" in str(webhook.disabled_reason)
    assert states(database) == ["failed", "failed", "waiting"]
    with database.read() as session:
        row = audit.listed(session).items[0]
        assert webhooks.counts(session) == {"well": 0, "failing": 0, "off": 1}
    assert (row.actor, row.action, row.object_id) == ("system", "switch_off", webhook.id)


def test_a_subscription_stays_on_while_anything_is_tried_again(
    database: Database, subscriber: Subscriber
) -> None:
    """However long nothing has arrived: it is switched off with the first delivery that is given up."""
    subscriber.answer = say(503)
    subscribe(database, subscriber.url)
    with database.write() as session:
        session.query(WebhookRow).one().failing_since = now() - timedelta(days=4)
    happen(database)
    with sending(database, pace=Pace(poll=0.01, waits=(DAY,))):
        _attempts(database, 1)
    assert _webhook(database).active
    assert states(database) == ["waiting"]


def test_a_slow_subscriber_holds_no_other_up(database: Database, subscriber: Subscriber) -> None:
    """While one with many events does not answer at all, another gets all of its own."""
    with listening(_silent) as slow:
        subscribe(database, slow.url)
        subscribe(database, subscriber.url)
        happen(database, 30)
        with sending(database, pace=Pace(poll=0.01, timeout=60, slots=8, each=4, grace=0.1)):
            subscriber.wait(30)
            assert len(slow.received) == 4
    assert sorted(states(database)) == ["delivered"] * 30 + ["waiting"] * 30


def test_a_sender_that_is_stopped_gives_back_what_it_has_not_finished(
    database: Database, subscriber: Subscriber
) -> None:
    """It waits to be sent at once by another one, and no attempt is counted."""
    subscriber.answer = _silent
    subscribe(database, subscriber.url)
    happen(database)
    with sending(database, pace=Pace(poll=0.01, grace=0.1)):
        subscriber.wait(1)
    row = _delivery(database)
    assert (row.state, row.attempts) == ("waiting", 0)
    subscriber.answer = say(204)
    with sending(database):
        subscriber.wait(2)
    assert states(database) == ["delivered"]


def test_a_secret_of_another_installation_is_said(database: Database, subscriber: Subscriber) -> None:
    """Nothing is sent unsigned."""
    subscribe(database, subscriber.url)
    happen(database)
    with sending(database, seal=signing.sealer(b"another"), pace=QUICK):
        ((_, error),) = _attempts(database, 1)
    assert "sealed under another installation secret" in error
    assert subscriber.received == []


def test_neither_secrets_nor_addresses_are_logged(
    database: Database, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where everything is logged: an address may hold a token."""
    subscriber.answer = say(410)
    _, secret = subscribe(database, f"{subscriber.url}?token=invented")
    happen(database)
    with caplog.at_level(logging.DEBUG, "service"), sending(database):
        subscriber.wait(1)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("service")]
    assert any("switched off" in message for message in ours)
    assert not [message for message in ours if "invented" in message or secret[6:] in message]


@pytest.mark.parametrize("form", ["seconds", "date", "nonsense"])
def test_retry_after_is_read_in_either_form(database: Database, subscriber: Subscriber, form: str) -> None:
    """Seconds and dates are heeded, nonsense is not."""
    wanted = {
        "seconds": "3600",
        "date": format_datetime(now() + timedelta(hours=1), usegmt=True),
        "nonsense": "soon",
    }[form]
    subscriber.answer = say(429, Retry_After=wanted)
    subscribe(database, subscriber.url)
    happen(database)
    began = now()
    with sending(database):
        subscriber.wait(1)
    waits = (_delivery(database).available_at - began).total_seconds()
    assert (3590 < waits < 3700) if form != "nonsense" else (5 <= waits < 60)

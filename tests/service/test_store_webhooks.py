"""Webhook subscriptions: events reach who asked for them, deliveries are tried again, nothing is sent by two."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from store_stage import chat, graded

from service.database import Database, conversations, deliveries, events, results, webhooks
from service.database.deliveries import Delivery
from service.database.errors import ConflictError, LostLeaseError
from service.database.types import now

LEASE = timedelta(seconds=30)


def _happen(
    database: Database, name: str, *, said: str = "您烦死了!", team: str = "returns", source: str = "shop"
) -> None:
    result = graded(chat(name, said=said, team=team))
    with database.write() as session:
        row = conversations.add(session, result.conversation, source=source)
        results.store(session, row, result)


def _claim(database: Database, **given: object) -> list[Delivery]:
    with database.write() as session:
        return deliveries.claim(session, limit=10, lease=LEASE, **given)


def test_subscribers_get_the_events_they_asked_for(database: Database) -> None:
    """Each active subscriber gets each event of its kinds and its team once, and nothing else."""
    with database.write() as session:
        mine = webhooks.subscribe(
            session, url="https://a/", events=["conversation.graded"], secrets=[], team="returns"
        )
        webhooks.subscribe(session, url="https://b/", events=["alert.raised", "review.needed"], secrets=[])
        webhooks.subscribe(
            session, url="https://c/", events=["conversation.graded"], secrets=[]
        ).active = False
        mine_id = mine.id
    _happen(database, "c-1")
    _happen(database, "c-2", team="repairs")
    got = sorted((delivery.url, delivery.event) for delivery in _claim(database))
    assert (
        got
        == [("https://a/", "conversation.graded")]
        + [("https://b/", "alert.raised")] * 2
        + [("https://b/", "review.needed")] * 2
    )
    with database.read() as session:
        assert len(deliveries.log(session, mine_id).items) == 1


def test_events_hold_no_words_of_the_conversation(database: Database) -> None:
    """What is sent names the conversation and its figures; what was said stays here."""
    with database.write() as session:
        kinds = ["conversation.graded", "review.needed", "alert.raised"]
        webhooks.subscribe(session, url="https://a/", events=kinds, secrets=[])
    _happen(database, "c-1")
    for delivery in _claim(database):
        assert "水壶" not in delivery.body
        assert "烦死了" not in delivery.body
        assert '"external_id":"c-1"' in delivery.body


def test_a_delivery_is_tried_again_under_the_same_name(database: Database) -> None:
    """A failed attempt comes back at its time with the same id and body; a delivered one does not, unless sent again."""
    with database.write() as session:
        webhooks.subscribe(session, url="https://a/", events=["conversation.graded"], secrets=[])
    _happen(database, "c-1")
    start = now()
    (first,) = _claim(database, at=start)
    with database.write() as session, pytest.raises(ConflictError, match="being sent"):
        deliveries.redeliver(session, first.id)
    with database.write() as session:
        deliveries.conclude(session, first, status=503, error="busy", duration=0.1, retry_at=start + LEASE)
    assert _claim(database, at=start + LEASE / 2) == []
    (second,) = _claim(database, at=start + LEASE)
    assert (second.event_id, second.body, second.attempts) == (first.event_id, first.body, 2)
    with database.write() as session:
        deliveries.conclude(session, second, status=204, error=None, duration=0.1, retry_at=None)
        assert not deliveries.due(session, at=start + 9 * LEASE)
        tried = [
            (attempt.status, attempt.error)
            for attempt in deliveries.attempts_of(session, [first.id])[first.id]
        ]
        assert tried == [(503, "busy"), (204, None)]
        deliveries.redeliver(session, first.id)
    (again,) = _claim(database)
    assert again.event_id == first.event_id


def test_a_vanished_sender_is_replaced_and_comes_too_late(database: Database) -> None:
    """When the lease has run out another sends; what the first one reports then is refused."""
    with database.write() as session:
        webhooks.subscribe(session, url="https://a/", events=["conversation.graded"], secrets=[])
    _happen(database, "c-1")
    (first,) = _claim(database)
    assert _claim(database) == []
    (second,) = _claim(database, at=now() + LEASE * 2)
    with database.write() as session, pytest.raises(LostLeaseError):
        deliveries.conclude(session, first, status=204, error=None, duration=0.1, retry_at=None)
    with database.write() as session:
        deliveries.conclude(session, second, status=410, error="gone", duration=0.1, retry_at=None)
        assert deliveries.counts(session) == {"failed": 1}


def test_a_platform_is_not_told_of_anothers_conversations(database: Database) -> None:
    """A subscription that belongs to a platform gets what that platform sent."""
    with database.write() as session:
        for source in ("shop", "other", None):
            webhooks.subscribe(
                session, url=f"https://{source}/", events=["conversation.graded"], secrets=[], source=source
            )
    _happen(database, "c-1")
    _happen(database, "c-2", source="other")
    told = sorted(
        (delivery.url, json.loads(delivery.body)["data"]["source"]) for delivery in _claim(database)
    )
    assert told == [
        ("https://None/", "other"),
        ("https://None/", "shop"),
        ("https://other/", "other"),
        ("https://shop/", "shop"),
    ]


def test_a_subscription_with_much_to_send_leaves_room_for_others(database: Database) -> None:
    """No more are taken for one subscription than ``each`` lets, with those that are being sent already."""
    with database.write() as session:
        for number in range(3):
            webhooks.subscribe(session, url=f"https://{number}/", events=["conversation.graded"], secrets=[])
    for number in range(4):
        _happen(database, f"c-{number}")
    first = _claim(database, each=3)
    held = Counter(delivery.webhook_id for delivery in first)
    assert sorted(held.values()) == [3, 3, 3]
    assert _claim(database, each=3, held=held) == []
    with database.read() as session:
        assert len(deliveries.due(session)) == 3
        assert deliveries.due(session, beside=held) == []
    least = first[0].webhook_id
    (one,) = _claim(database, each=3, held=held | {least: 2})
    assert one.webhook_id == least


def test_what_is_given_back_was_no_attempt(database: Database) -> None:
    """Another sender takes it at once; what the first one reports then is refused."""
    with database.write() as session:
        webhooks.subscribe(session, url="https://a/", events=["conversation.graded"], secrets=[])
    _happen(database, "c-1")
    (first,) = _claim(database)
    with database.write() as session:
        deliveries.give_back(session, [first])
    (second,) = _claim(database)
    assert (second.attempts, second.fence) == (1, 2)
    with database.write() as session, pytest.raises(LostLeaseError):
        deliveries.conclude(session, first, status=204, error=None, duration=0.1, retry_at=None)


def test_old_events_are_forgotten_once_nothing_waits(database: Database) -> None:
    """After their time they go with the log of their deliveries; what is to be sent still stays."""
    with database.write() as session:
        webhook_id = webhooks.subscribe(
            session, url="https://a/", events=["conversation.graded"], secrets=[]
        ).id
    _happen(database, "c-1", said="您好,已为您更换。")
    _happen(database, "c-2", said="您好,已为您更换。")
    (first, _) = _claim(database)
    with database.write() as session:
        deliveries.conclude(session, first, status=204, error=None, duration=0.1, retry_at=None)
    with database.write() as session:
        assert events.forget(session) == 0
        events.forget(session, at=now() + events.KEPT + LEASE)
        ((left, _),) = deliveries.log(session, webhook_id).items
        assert left.id != first.id
        assert deliveries.attempts_of(session, [first.id]) == {first.id: []}

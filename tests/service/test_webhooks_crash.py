"""Senders that are killed with -9 at random moments lose no event; what arrives twice can be told by its id."""

import os
import random
import signal
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler

import pytest
import sender_worker
from forking_stage import starter
from sqlalchemy import func, select
from standardwebhooks import Webhook
from webhook_stage import Received, happen, listening, say, subscribe

from service.database import Database, deliveries
from service.database.tables import DeliveryAttemptRow, DeliveryRow, EventRow

EVENTS = 200
KILLS = 8
SECONDS = 150.0
"""More than the work takes on a busy machine; the test ends as soon as it is done."""


class _Moody:
    """Takes most events, refuses some, breaks some connections off, and never answers to some."""

    def __init__(self) -> None:
        self._chance = random.Random(20261122)
        self._lock = threading.Lock()

    def __call__(self, handler: BaseHTTPRequestHandler, request: Received) -> None:
        with self._lock:
            mood = self._chance.random()
        time.sleep(0.01)  # so that a kill comes between what was taken and its acknowledgement
        if mood < 0.1:
            say(500)(handler, request)
        elif mood < 0.15:
            handler.close_connection = True
        elif mood < 0.17:
            time.sleep(0.5)
        else:
            say(204)(handler, request)


@pytest.mark.timeout(240)
def test_killed_senders_lose_no_event(database: Database) -> None:
    """Of 200 events each arrives; all that came under one ``webhook-id`` is the same event, and every request is signed."""
    with listening(_Moody()) as subscriber:
        _, secret = subscribe(database, subscriber.url)
        happen(database, EVENTS)
        kills = _send_under_fire(database, random.Random(20261122))
        received = list(subscriber.received)
    assert kills >= 5
    bodies = defaultdict(set)
    for request in received:
        Webhook(secret).verify(request.body, request.headers)
        bodies[request.headers["webhook-id"]].add(request.body)
    with database.read() as session:
        written = {row.id: {row.body.encode()} for row in session.scalars(_graded())}
        assert deliveries.counts(session) == {"delivered": EVENTS}
        begun = session.scalar(select(func.sum(DeliveryRow.fence)))
        ended = session.scalar(select(func.count()).select_from(DeliveryAttemptRow))
    assert len(written) == EVENTS
    assert bodies == written
    assert begun > ended, "no kill hit a sender that held a delivery"


def _graded() -> object:
    return select(EventRow).where(EventRow.type == "conversation.graded")


def _send_under_fire(database: Database, chance: random.Random) -> int:
    """Run two senders and kill one now and then until all is delivered; give the number of kills."""
    kills, ends = 0, time.monotonic() + SECONDS
    with starter(sender_worker, database.url) as start:
        running = [start(), start()]
        while time.monotonic() < ends and _open(database):
            time.sleep(chance.uniform(0.02, 0.2))
            if kills < KILLS and _sending(database):
                victim = chance.randrange(2)
                os.kill(running[victim], signal.SIGKILL)
                running[victim] = start()
                kills += 1
        for pid in running:
            os.kill(pid, signal.SIGKILL)
    return kills


def _open(database: Database) -> bool:
    with database.read() as session:
        return set(deliveries.counts(session)) != {"delivered"}


def _sending(database: Database) -> bool:
    """Tell whether something is being sent at this moment, so that a kill hits it."""
    with database.read() as session:
        return "sending" in deliveries.counts(session)

"""The processes of a machine send webhooks beside doing jobs."""

import time
from pathlib import Path

from standardwebhooks import Webhook
from webhook_stage import WAIT, happen, listening, say, states, subscribe

from service.settings import ServiceSettings
from service.store import open_database
from service.worker import Workers


def test_a_machine_sends_what_happens(tmp_path: Path) -> None:
    """What waits when it starts goes out; after it was stopped nothing is under way."""
    settings = ServiceSettings.model_validate(
        {
            "data": tmp_path,
            "secret": "invented secret",
            "speech_workers": 0,
            "text_workers": 0,
            "plain_hosts": ("127.0.0.1",),
            "private_networks": ("127.0.0.0/8",),
        }
    )
    database = open_database(settings)
    with listening(say(204)) as subscriber:
        _, secret = subscribe(database, subscriber.url)
        happen(database)
        running = Workers(settings)
        try:
            assert len(running.pids()) == 1
            (request,) = subscriber.wait(1)
            Webhook(secret).verify(request.body, request.headers)
            ends = time.monotonic() + WAIT
            while states(database) != ["delivered"] and time.monotonic() < ends:
                running.tend()
        finally:
            running.stop()
    assert states(database) == ["delivered"]
    database.close()

"""When events are tried again, and with which secrets they are signed."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from webhook_stage import SEAL

from service.database.deliveries import Delivery
from service.database.types import now
from service.webhooks import signing
from service.webhooks.posting import Outcome
from service.webhooks.sender import WAITS, Pace

DAY = 24 * 3600.0


def test_of_many_secrets_the_oldest_end() -> None:
    """However often a secret is replaced, the header holds four signatures at most, the newest first."""
    secrets, kept = [], signing.made(SEAL)[1]
    for _ in range(6):
        secret, kept = signing.rotated(SEAL, kept, at=now(), overlap=timedelta(days=1))
        secrets.append(secret)
    headers = signing.headers(SEAL, kept, event_id="e", body="{}", at=now())
    assert len(headers["webhook-signature"].split()) == 4
    for secret in secrets[-4:]:
        Webhook(secret).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets[1]).verify("{}", headers)


def test_a_secret_that_was_replaced_ends_when_it_was_told_to() -> None:
    """Another replacement does not prolong it; the one it replaces signs for its own time."""
    at, minute = now(), timedelta(minutes=1)
    first, kept = signing.made(SEAL)
    second, kept = signing.rotated(SEAL, kept, at=at - 70 * minute, overlap=60 * minute)
    _, kept = signing.rotated(SEAL, kept, at=at - 20 * minute, overlap=60 * minute)
    headers = signing.headers(SEAL, kept, event_id="e", body="{}", at=at)
    Webhook(second).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(first).verify("{}", headers)


@pytest.mark.parametrize(
    ("attempts", "retry_after", "least", "most"),
    [
        (1, 0.0, 5, 6),
        (2, 0.0, 300, 360),
        (9, 0.0, DAY, 1.2 * DAY),
        (1, 120.0, 120, 120),
        (2, 120.0, 300, 360),
        (1, 10 * DAY, DAY, DAY),
    ],
)
def test_waits_grow_to_a_day_and_heed_retry_after(
    attempts: int, retry_after: float, least: float, most: float
) -> None:
    """Each is at least the standard's, at most a fifth longer, and no less than the subscriber asks for, up to a day."""
    at = now()
    outcome = _outcome(attempts, status=503, retry_after=retry_after)
    waits = {(Pace().next_attempt(outcome, at=at) - at).total_seconds() for _ in range(50)}
    assert least <= min(waits)
    assert max(waits) <= most
    assert len(waits) > 1 or least == most


def test_attempts_end() -> None:
    """There are ten, over more than three days; after 410 there is no other."""
    assert sum(WAITS) > 3 * DAY
    assert Pace().next_attempt(_outcome(9, status=500), at=now()) is not None
    assert Pace().next_attempt(_outcome(10, status=500), at=now()) is None
    assert Pace().next_attempt(_outcome(1, status=410), at=now()) is None


def _outcome(attempts: int, *, status: int, retry_after: float = 0.0) -> Outcome:
    delivery = Delivery(
        id="d",
        fence=1,
        attempts=attempts,
        event_id="e",
        event="ping",
        body="{}",
        created_at=now(),
        webhook_id="w",
        url="https://hooks.example/",
        secrets=[],
    )
    return Outcome(delivery=delivery, status=status, error="no", duration=0.1, retry_after=retry_after)

"""What a subscriber does with a webhook: check that it is the service's, and read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from standardwebhooks import Webhook


class Event(BaseModel):
    """What happened; ids and numbers, no words of a conversation."""

    type: str
    timestamp: datetime
    data: dict[str, Any]


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> Event:
    """Check a webhook's signature and age (Standard Webhooks), and read it.

    Args:
        secret: as the subscription was given it, ``whsec_…``.
        headers: of the request; ``webhook-id`` names the event, the same in every attempt: keep it to see repetitions.
        body: of the request, byte for byte.

    Raises:
        standardwebhooks.WebhookVerificationError: it is not the service's, or too old.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    Webhook(secret).verify(body, lowered)
    return Event.model_validate_json(body)

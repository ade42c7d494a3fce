"""The secrets that events are signed with: sealed where they are kept, two of them while one replaces the other."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from standardwebhooks import Webhook

from grader.problems import InputError, Problem
from service.sealing import Sealer

BEGINNING: Final = "whsec_"
_BYTES: Final = 32
_MOST: Final = 4
"""Secrets that sign at the same time; of more the oldest end at once."""

_SEALED_ELSEWHERE: Final = Problem(
    source="webhook",
    place=None,
    problem="The signing secret was sealed under another installation secret than this machine's.",
    remedy="Give all machines the same CALLGRADER_SECRET or data folder, or rotate the webhook's secret.",
)

Kept: TypeAlias = list[dict[str, Any]]
"""As in ``WebhookRow.secrets``."""


def sealer(installation_secret: bytes) -> Sealer:
    """Give what seals the secrets of this installation's subscriptions."""
    return Sealer(installation_secret, "webhook secrets")


def made(seal: Sealer) -> tuple[str, Kept]:
    """Make a secret; give it, and what is kept of it."""
    secret = BEGINNING + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return secret, [{"sealed": seal.seal(secret), "until": None}]


def rotated(
    seal: Sealer, kept: Sequence[dict[str, Any]], *, at: datetime, overlap: timedelta
) -> tuple[str, Kept]:
    """Make a secret that signs from now on; the ones before sign beside it, for ``overlap`` at most."""
    secret, newest = made(seal)
    until = (at + overlap).isoformat()
    earlier = [{**one, "until": one["until"] or until} for one in kept if _signs(one, at)]
    return secret, [*newest, *earlier][:_MOST]


def headers(
    seal: Sealer, kept: Sequence[dict[str, Any]], *, event_id: str, body: str, at: datetime
) -> dict[str, str]:
    """Give the headers by which a subscriber knows an event.

    Raises:
        InputError: no secret can be opened, because this machine's installation secret is another.
    """
    opened = [seal.open(one["sealed"]) for one in kept if _signs(one, at)]
    signatures = [Webhook(secret).sign(event_id, at, body) for secret in opened if secret]
    if not signatures:
        raise InputError(_SEALED_ELSEWHERE)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _signs(one: dict[str, Any], at: datetime) -> bool:
    return one["until"] is None or datetime.fromisoformat(one["until"]) > at

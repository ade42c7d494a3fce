"""One attempt: an event is sent to its subscriber, and the answer's status says whether it arrived."""

import asyncio
import email.utils
import importlib.metadata
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import httpx

from grader.problems import InputError
from service.database.deliveries import Delivery
from service.database.types import now
from service.sealing import Sealer
from service.webhooks import signing

_log = logging.getLogger(__name__)

_AGENT: Final = f"callgrader/{importlib.metadata.version('callgrader')}"

GONE: Final = 410
"""The status by which a subscriber says that it wants to hear no more."""

_ANSWER: Final = 4096
"""Bytes of an answer's body that are read, so that the other end is not cut off in its midst; nothing is made of them."""

_DRAIN: Final = 1.0
"""Seconds that reading them may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt went."""

    delivery: Delivery
    status: int | None = None
    """HTTP status of the answer; None where there was none."""
    error: str | None = None
    """What went wrong, without the address and without what was answered; None where the event arrived."""
    duration: float
    """Seconds."""
    retry_after: float = 0.0
    """Seconds for which the subscriber wants to be left alone."""


async def post(client: httpx.AsyncClient, seal: Sealer, delivery: Delivery, *, within: float) -> Outcome:
    """Send an event; ``within`` is the time in seconds for everything, from looking up the host to the answer."""
    began = time.monotonic()
    status, retry_after, error = None, 0.0, None
    try:
        async with asyncio.timeout(within):
            answer = await _answer(client, seal, delivery)
        status, retry_after = answer.status_code, _seconds(answer.headers.get("Retry-After", ""))
        error = None if answer.is_success else _refusal(status)
    except TimeoutError:
        error = f"There was no answer within {within:g} seconds."
    except InputError as refusal:
        error = refusal.problem.problem
    except httpx.ConnectError as failure:
        error = f"No connection could be made: {failure}."
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        error = f"The connection broke ({type(failure).__name__})."
    except Exception as failure:  # noqa: BLE001  whatever it is, the event must not be lost with it
        _log.exception("a webhook could not be sent")
        error = f"The service could not send it ({type(failure).__name__})."
    return Outcome(
        delivery=delivery,
        status=status,
        error=error,
        duration=time.monotonic() - began,
        retry_after=retry_after,
    )


async def _answer(client: httpx.AsyncClient, seal: Sealer, delivery: Delivery) -> httpx.Response:
    signed = signing.headers(seal, delivery.secrets, event_id=delivery.event_id, body=delivery.body, at=now())
    headers = {
        **signed,
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
    }
    request = client.build_request("POST", delivery.url, content=delivery.body.encode(), headers=headers)
    answer = await client.send(request, stream=True)
    try:
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_DRAIN):
                await _read_beginning(answer)
    finally:
        await answer.aclose()
    return answer


async def _read_beginning(answer: httpx.Response) -> None:
    async for _ in answer.aiter_raw():
        if answer.num_bytes_downloaded >= _ANSWER:
            return


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"The answer was {status}; redirects are not followed. Subscribe with the address it leads to."
    return f"The answer was {status}; only 2xx counts as delivered."


def _seconds(retry_after: str) -> float:
    """Read a ``Retry-After`` header: seconds, or a date (RFC 9110, 10.2.3); 0 where it says neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        until = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now()).total_seconds())

"""Request bodies: read up to a limit, and no further."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from service.api.errors import ApiError

PIECE: Final = 128 * 1024
"""Bytes of a body that are gathered before they are worked on: all that a slow client makes the service hold."""


async def limited(request: Request, most: int) -> bytes:
    """Read a request's body of at most ``most`` bytes.

    Raises:
        ApiError: 413 where it is longer; the rest is not read.
    """
    _check_stated(request, most)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


async def streamed(request: Request, most: int, take: Callable[[bytes], None]) -> None:
    """Hand a request's body on in pieces, each in a thread of the pool, in order.

    Raises:
        ApiError: 413 where it is longer than ``most`` bytes; the rest is not read.
        starlette.requests.ClientDisconnect: the client went away before the end.
    """
    _check_stated(request, most)
    taken = 0
    gathered = bytearray()
    async for piece in request.stream():
        taken += len(piece)
        if taken > most:
            raise too_large(most)
        gathered += piece
        if len(gathered) >= PIECE:
            await run_in_threadpool(take, bytes(gathered))
            gathered.clear()
    if gathered:
        await run_in_threadpool(take, bytes(gathered))


def _check_stated(request: Request, most: int) -> None:
    """Refuse what says itself that it is too long, before any of it is read."""
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > most:
        raise too_large(most)


def too_large(most: int) -> ApiError:
    """Refuse a body, and say what is allowed."""
    return ApiError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {most:,} bytes. Send it in parts, or let the operator raise the limit.",
        headers={"Connection": "close"},
    )

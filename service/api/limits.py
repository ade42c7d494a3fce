"""Bodies that are too large or too slow: refused before they take memory, or a connection for ever."""

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.body import too_large
from service.api.errors import ApiError, answer

STREAMED: Final = frozenset({"/v1/recordings", "/v1/batches"})
"""Addresses whose bodies are read in pieces, with limits of their own."""


class BodyLimits:
    """Refuses bodies beyond a size with 413, and those of which nothing comes for too long with 408."""

    def __init__(self, app: ASGIApp, *, most: int, patience: float) -> None:
        """Guard an application.

        Args:
            app: the application.
            most: bytes of a body that is read whole.
            patience: seconds between two pieces of any body.
        """
        self._app = app
        self._most = most
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        most = None if scope["path"] in STREAMED else self._most
        try:
            _refuse_stated(scope, most)
            await self._app(scope, _Guarded(receive, most, self._patience), watched)
        except ApiError as error:
            if begun:
                raise
            refusal = answer(Request(scope), error.status, error.detail, headers=error.headers)
            await refusal(scope, receive, send)


class _Guarded:
    """What a request's body is received through."""

    def __init__(self, receive: Receive, most: int | None, patience: float) -> None:
        self._receive = receive
        self._most = most
        self._patience = patience
        self._size = 0
        self._whole = False

    async def __call__(self) -> Message:
        """Receive the next piece, or, after the last one, wait for the end of the connection."""
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), self._patience)
        except TimeoutError:
            raise ApiError(
                HTTPStatus.REQUEST_TIMEOUT,
                f"Nothing more of the body came for {self._patience:g} seconds. Send it again.",
                headers={"Connection": "close"},
            ) from None
        self._whole = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._most is not None and self._size > self._most:
            raise too_large(self._most)
        return message


def _refuse_stated(scope: Scope, most: int | None) -> None:
    """Refuse a body by the length that it states, before any of it is read."""
    stated = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if most is not None and stated.isdigit() and int(stated) > most:
        raise too_large(most)

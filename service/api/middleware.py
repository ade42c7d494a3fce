"""What every request passes through: an id, a line in the log, figures, a span, and headers that make answers safe."""

import re
import secrets
import time
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import answer
from service.logs import where
from service.metrics import Metrics
from service.telemetry import Tracing

_log = structlog.stdlib.get_logger("service.requests")

REQUEST_ID: Final = "X-Request-ID"
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Of answers that set none of their own; pages loosen the policy for what they show."""


class RequestContext:
    """Wraps each request; an error that nobody foresaw becomes a problem document, its message told to nobody."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, tracing: Tracing) -> None:
        self._app = app
        self._metrics = metrics
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id = _request_id(scope)
        status = 0
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                _make_safe(MutableHeaders(scope=message), request_id, secure=scope["scheme"] == "https")
            await send(message)

        with self._tracing.request(scope) as span:
            try:
                await self._app(scope, receive, watched)
            except Exception as error:  # noqa: BLE001  the last place where it can become an answer
                _log.error("failed", request_id=request_id, **where(error))
                if status == 0:
                    await _failure(scope)(scope, receive, watched)
            finally:
                route = _route(scope)
                seconds = time.perf_counter() - began
                method = scope["method"]
                span.answered(method=method, route=route, status=status, request_id=request_id)
                self._metrics.answered(method, route, status, seconds)
                _log.info(
                    "request",
                    request_id=request_id,
                    method=method,
                    route=route,
                    status=status,
                    milliseconds=round(1000 * seconds, 1),
                    actor=state.get("actor"),
                )


def _request_id(scope: Scope) -> str:
    """Take the sender's own id where it is one, else make one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode(
        "latin-1"
    )
    return given if _ACCEPTED.fullmatch(given) else secrets.token_hex(8)


def _route(scope: Scope) -> str:
    """Give the route's template: addresses themselves hold ids, and would make a figure each."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _make_safe(headers: MutableHeaders, request_id: str, *, secure: bool) -> None:
    headers[REQUEST_ID] = request_id
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _failure(scope: Scope) -> ASGIApp:
    detail = "Something went wrong here. Nothing of the request was kept; the log says more under the request's id."
    return answer(Request(scope), HTTPStatus.INTERNAL_SERVER_ERROR, detail)

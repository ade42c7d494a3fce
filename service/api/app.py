"""The application: routes, errors, documentation."""

import importlib.metadata
import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, Request, Response

from service.api import errors
from service.api.routes import health
from service.api.state import State

ROUTERS: Final = (health.router,)

_DESCRIPTION: Final = """\
Grades calls and chats for empathy, script adherence and compliance, with calibrated probabilities and the words each
verdict rests on. Errors are problem+json (RFC 9457). Times are UTC. Lists come in pages: send `next` of one answer as
`cursor` of the next request.
"""


def create_app(state: State) -> FastAPI:
    """Put the application together."""
    app = FastAPI(
        title="callgrader",
        version=importlib.metadata.version("callgrader"),
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        responses=errors.responses(),
    )
    app.state.service = state
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.middleware("http")(_with_request_id)
    return app


async def _with_request_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    request.state.request_id = secrets.token_hex(8)
    response = await call_next(request)
    response.headers["X-Request-ID"] = request.state.request_id
    return response

"""The application: routes, errors, documentation."""

import importlib.metadata
from typing import Final

from fastapi import FastAPI

from service.api import documentation, errors
from service.api.middleware import RequestContext
from service.api.routes import (
    audio,
    audit,
    conversations,
    health,
    jobs,
    keys,
    login,
    oidc,
    people,
    recordings,
)
from service.api.state import State

ROUTERS: Final = (
    conversations.router,
    recordings.router,
    audio.router,
    jobs.router,
    login.router,
    oidc.router,
    people.router,
    keys.router,
    audit.router,
    health.router,
)

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
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = state
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    documentation.install(app)
    app.add_middleware(RequestContext)
    return app

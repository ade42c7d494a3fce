"""The application: routes, errors, documentation."""

import importlib.metadata
from typing import Final

from fastapi import FastAPI

from service.api import documentation, errors, notices
from service.api.limits import BodyLimits
from service.api.middleware import RequestContext
from service.api.routes import (
    appeals,
    audio,
    audit,
    batches,
    console,
    conversations,
    exports,
    jobs,
    keys,
    login,
    oidc,
    operations,
    people,
    recordings,
    regrades,
    removal,
    reports,
    reviews,
    scorecards,
    webhooks,
)
from service.api.state import State

ROUTERS: Final = (
    conversations.router,
    recordings.router,
    batches.router,
    exports.router,
    reports.router,
    removal.router,
    audio.router,
    jobs.router,
    reviews.router,
    appeals.router,
    scorecards.router,
    regrades.router,
    webhooks.router,
    login.router,
    oidc.router,
    people.router,
    keys.router,
    audit.router,
    operations.router,
    console.router,
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
        redirect_slashes=False,  # the redirect would name the host that the caller claims to speak with
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = state
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.webhooks.include_router(notices.router)
    documentation.install(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimits, most=state.settings.longest_body, patience=state.settings.body_patience)
    app.add_middleware(RequestContext, metrics=state.metrics, tracing=state.tracing)
    return app

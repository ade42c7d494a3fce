"""The OpenAPI document, and the pages that show it without fetching anything from elsewhere."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema

from grader.conversation import Conversation
from service.api.errors import ProblemDocument, described

_ASSETS: Final = Path(fastapi_offline.__file__).parent / "static"
_ASSETS_URL: Final = "/docs/assets"
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def install(app: FastAPI) -> None:
    """Serve `/openapi.json` and `/docs`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents
    app.mount(_ASSETS_URL, StaticFiles(directory=_ASSETS), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    def docs(_request: Request) -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="callgrader API",
            swagger_js_url=f"{_ASSETS_URL}/swagger-ui-bundle.js",
            swagger_css_url=f"{_ASSETS_URL}/swagger-ui.css",
            swagger_favicon_url=f"{_ASSETS_URL}/favicon.png",
        )
        page.headers["Content-Security-Policy"] = _POLICY
        return page


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        description=app.description,
        license_info=app.license_info,
        routes=app.routes,
        webhooks=app.webhooks.routes,
    )
    # Bodies that are read as bytes name these schemas; no route's signature brings them in.
    _, named = models_json_schema(
        [(Conversation, "validation"), (ProblemDocument, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in named["$defs"].items():
        schemas.setdefault(name, schema)
    for operations in document["paths"].values():
        for operation in operations.values():
            shared = {str(status): said for status, said in described(*_shared(operation)).items()}
            operation["responses"] = dict(sorted({**shared, **operation["responses"]}.items()))
    return document


def _shared(operation: dict[str, Any]) -> Iterator[HTTPStatus]:
    """Give the errors that an operation may answer with for what it shares with others."""
    yield from (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.INSUFFICIENT_STORAGE,
    )
    if "requestBody" in operation:
        yield from (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ())):
        yield HTTPStatus.CONFLICT  # the first request with the key is being answered

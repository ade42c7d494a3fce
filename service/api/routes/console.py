"""The review console: static files, which ask the REST API for everything they show."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

import grader.page
import service.console
from service.database.errors import MissingError

router = APIRouter(include_in_schema=False)

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_OWN: Final = Path(service.console.__file__).parent
_SHARED: Final = Path(grader.page.__file__).parent
"""The pieces that the page of a run is made of: transcript, criteria, words, colours."""

_FILES: Final = {
    **{path.name: path for path in _OWN.iterdir() if path.suffix in _TYPES},
    **{f"page/{path.name}": path for path in _SHARED.iterdir() if path.suffix in {".css", ".js"}},
}
"""What is served, by its name: nothing else is, whatever the address."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",  # asked for anew, so that an update of the service shows at once
}


@router.get("/")
def console(request: Request) -> Response:
    """Give the console."""
    return _file(request, "index.html")


@router.get("/favicon.ico")
def favicon(request: Request) -> Response:
    """Give the icon that browsers ask for by themselves."""
    return _file(request, "favicon.svg")


@router.get("/console/{name:path}")
def console_file(request: Request, name: str) -> Response:
    """Give a file of the console."""
    return _file(request, name)


def _file(request: Request, name: str) -> Response:
    path = _FILES.get(name)
    if path is None:
        raise MissingError("There is no such file. The console is at /.")
    answer = FileResponse(path, media_type=_TYPES[path.suffix], headers=_HEADERS, stat_result=path.stat())
    if request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(None, HTTPStatus.NOT_MODIFIED, headers={**_HEADERS, "ETag": answer.headers["etag"]})
    return answer

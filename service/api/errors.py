"""Errors as problem+json (RFC 9457): what is wrong, where, and what to do about it."""

import errno
import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from grader.problems import InputError, Problem
from grader.scorecard import ScorecardError
from service.database.errors import ConflictError, LostLeaseError, MissingError, StoreError

MEDIA_TYPE: Final = "application/problem+json"
_FULL_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_POSTGRESQL_DISK_FULL: Final = "53100"
"""``disk_full`` of its error codes."""


class FieldProblem(BaseModel):
    """Something that is wrong in one place of what was sent."""

    source: str
    """The part of the request, or the file."""
    place: str | None = None
    """Where in it."""
    problem: str
    remedy: str


class ProblemDocument(BaseModel):
    """What every answer that is no success says."""

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such conversation."])
    """What is wrong and what to do, in full sentences."""
    instance: str | None = Field(default=None, examples=["/v1/conversations/0198"])
    request_id: str | None = Field(default=None, examples=["4f1c2a90d3b84e55"])
    """By which the log of the service finds this request."""
    problems: list[FieldProblem] = Field(default_factory=list)
    """Each thing that is wrong, where there may be several."""


class ApiError(HTTPException):
    """An answer that is no success; ``detail`` says what is wrong and what to do."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(status, detail, headers)
        self.status = status
        self.problems = problems


def responses(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Give what a route's documentation says of the errors it may answer with, beside those that every route has.

    Those that follow from its having a body or an idempotency key are added to the whole document.
    """
    known = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
    return described(*known, *statuses)


def described(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Give what the documentation says of errors."""
    return {
        int(status): {
            "description": status.phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
        for status in statuses
    }


def install(app: FastAPI) -> None:
    """Let every error of the application leave it as problem+json."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


def answer(
    request: Request,
    status: HTTPStatus,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> JSONResponse:
    """Put a problem into an answer."""
    document = ProblemDocument(
        title=status.phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", None),
        problems=[FieldProblem.model_validate(problem.as_json()) for problem in problems],
    )
    return JSONResponse(
        document.model_dump(mode="json"), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )


def _api_error(request: Request, error: ApiError) -> JSONResponse:
    return answer(request, error.status, error.detail, headers=error.headers, problems=error.problems)


_STATUS_OF: Final[tuple[tuple[type[StoreError], HTTPStatus], ...]] = (
    (MissingError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (LostLeaseError, HTTPStatus.CONFLICT),
    (StoreError, HTTPStatus.BAD_REQUEST),
)


def _store_error(request: Request, error: StoreError) -> JSONResponse:
    status = next(status for kind, status in _STATUS_OF if isinstance(error, kind))
    return answer(request, status, str(error))


def _input_error(request: Request, error: InputError) -> JSONResponse:
    return answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error), problems=[error.problem])


def _scorecard_error(request: Request, error: ScorecardError) -> JSONResponse:
    detail = f"The scorecard has {len(error.problems)} problems. Mend them and send it again."
    return answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, problems=error.problems)


def _validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    problems = [
        Problem(
            source=str(one["loc"][0]),
            place=".".join(map(str, one["loc"][1:])) or None,
            problem=f"{one['msg'].removesuffix('.')}.",
            remedy=_remedy(request, one["loc"]),
        )
        for one in error.errors()
    ]
    where = "; ".join(str(problem) for problem in problems[:3])
    return answer(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"The request is not as it should be. {where}",
        problems=problems,
    )


def _remedy(request: Request, place: Sequence[str | int]) -> str:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if tuple(place) == ("body",) and kind != "application/json" and not kind.endswith("+json"):
        return "Send it with Content-Type: application/json."
    return "See /docs for what belongs there."


def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    detail = {
        HTTPStatus.BAD_REQUEST: "The body is no JSON that can be read. Send JSON in UTF-8.",
        HTTPStatus.NOT_FOUND: (
            "There is nothing at this address. See /docs for what there is; "
            "a conversation whose id holds a slash is addressed by its uid."
        ),
        HTTPStatus.METHOD_NOT_ALLOWED: "This address knows other methods; the Allow header names them.",
    }.get(status, str(error.detail))
    return answer(request, status, detail, headers=error.headers)


def _database_error(request: Request, error: OperationalError) -> JSONResponse:
    if _is_full(error):
        return _no_room(request)
    detail = "The database does not answer. Nothing was changed; repeat the request."
    return answer(request, HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"})


def _disk_error(request: Request, error: OSError) -> JSONResponse:
    if error.errno not in _FULL_DISK:
        raise error
    return _no_room(request)


def _is_full(error: BaseException | None) -> bool:
    """Tell whether SQLite or PostgreSQL found no room for what it should write."""
    # SQLite then rolls back by itself, and what is raised in the end is that a savepoint is no more.
    while error is not None:
        cause = getattr(error, "orig", None)
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return True
        if getattr(cause, "sqlstate", None) == _POSTGRESQL_DISK_FULL:
            return True
        error = error.__context__
    return False


def _no_room(request: Request) -> JSONResponse:
    detail = "The disk of the service is full. Nothing was kept: make room there, then repeat the request."
    return answer(request, HTTPStatus.INSUFFICIENT_STORAGE, detail)


def _broken_off(request: Request, _error: ClientDisconnect) -> JSONResponse:
    """End a request whose sender went away; nobody reads the answer, and it is no error of the service."""
    return answer(
        request, HTTPStatus.BAD_REQUEST, "The body breaks off before its end. Send it again, whole."
    )


_HANDLERS: Final[dict[type[Exception], Any]] = {
    ApiError: _api_error,
    StoreError: _store_error,
    InputError: _input_error,
    ScorecardError: _scorecard_error,
    RequestValidationError: _validation_error,
    HTTPException: _http_error,
    OperationalError: _database_error,
    OSError: _disk_error,
    ClientDisconnect: _broken_off,
}

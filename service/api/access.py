"""Who sends a request: a platform with its key, or a person whose browser holds a session."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from service.api.errors import ApiError
from service.api.permissions import Permission
from service.api.principal import Principal, principal_of_key, principal_of_user
from service.api.state import Service, State
from service.database import accounts, keys

COOKIE: Final = "callgrader_session"
CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


_bearer: Final = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key: `grader key create`."
)
_cookie: Final = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session")


def may(permission: Permission) -> Any:
    """Give the dependency of a route that only those with a permission may use.

    A route asks for it so: ``def route(principal: Annotated[Principal, may("jobs.read")])``.
    """
    return Security(_checking(permission))


def token_hash(token: str) -> str:
    """Give what is kept of a session's cookie."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _checking(permission: Permission) -> Callable[..., Awaitable[Principal]]:
    async def check(principal: Annotated[Principal, Depends(_principal)]) -> Principal:
        if permission not in principal.permissions:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                f"The role {principal.role} does not allow this, or the key's scopes leave {permission} out. "
                "Ask an administrator.",
            )
        return principal

    return check


async def _principal(
    request: Request,
    service: Service,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    principal = await _identified(request, service, bearer, cookie)
    if principal is None:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "Who are you? Send Authorization: Bearer KEY (grader key create makes one), or log in.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return principal


async def optional_principal(
    request: Request,
    service: Service,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Principal | None:
    """Give who sends the request; None where nobody in particular does."""
    return await _identified(request, service, bearer, cookie)


async def _identified(
    request: Request, service: State, bearer: HTTPAuthorizationCredentials | None, cookie: str | None
) -> Principal | None:
    principal = None
    if bearer is not None:
        known = service.known_keys.get(bearer.credentials)
        principal = known or await run_in_threadpool(_of_key, service, bearer.credentials)
    elif cookie is not None:
        principal = await run_in_threadpool(_of_session, request, service, cookie)
    request.state.actor = principal.actor if principal else None
    return principal


def _of_key(service: State, key: str) -> Principal:
    with service.database.read() as session:
        row = keys.valid(session, key)
    if row is None:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "The key is unknown, revoked or expired. Make another with: grader key create.",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    if keys.use_is_due(row):
        with service.database.write() as session:
            keys.note_use(session, row.id)
    principal = principal_of_key(row)
    service.known_keys.put(key, principal)
    return principal


def _of_session(request: Request, service: State, cookie: str) -> Principal:
    with service.database.read() as session:
        found = accounts.of_session(session, token_hash(cookie), idle=service.settings.session_idle)
        if found is None:
            raise ApiError(HTTPStatus.UNAUTHORIZED, "The session is over. Log in again.")
        login, user = found
        principal = principal_of_user(session, user, login)
    if accounts.seen_is_due(login):
        with service.database.write() as session:
            accounts.note_seen(session, login.token_hash)
    given = request.headers.get(CSRF_HEADER, "")
    if request.method not in _SAFE_METHODS and not secrets.compare_digest(
        given.encode(), login.csrf_token.encode()
    ):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            f"The request lacks the session's CSRF token. Send it as {CSRF_HEADER}.",
        )
    return principal


Anyone = Annotated[Principal, Depends(_principal)]
"""Whoever sends the request, with whatever permissions."""

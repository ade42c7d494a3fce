"""Logging in and out, and one's own password."""

import secrets
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from service import passwords
from service.api.access import COOKIE, Anyone, token_hash
from service.api.errors import ApiError, responses
from service.api.permissions import Permission
from service.api.principal import Principal, principal_of_user
from service.api.shapes import Shown
from service.api.state import Service, State
from service.database import accounts, audit
from service.database.tables import UserRow
from service.database.types import now
from service.roles import Role

router = APIRouter(prefix="/v1", tags=["people"])

_LONGEST: Final = 4096


class LoginWays(Shown):
    """How people log in, beside a login and a password."""

    oidc: bool
    """Through an identity provider, at `/v1/login/oidc`."""


class Credentials(BaseModel):
    """A login and its password."""

    login: str = Field(max_length=255, examples=["mei.lin"])
    password: str = Field(max_length=_LONGEST, examples=["four invented words here"])


class PasswordChange(BaseModel):
    """One's password, and the one that takes its place."""

    old: str = Field(max_length=_LONGEST)
    new: str = Field(max_length=_LONGEST)


class Me(BaseModel):
    """Who sends the request, and what that allows."""

    actor: str
    """As reviews and appeals name who holds, did or raised them."""
    name: str
    role: Role
    permissions: list[Permission]
    teams: list[str] | None
    """Whose conversations are seen; null for all."""
    agent_id: str | None
    has_password: bool
    """Whether it can be changed here; not for a key, nor for an account of an identity provider."""
    must_change_password: bool
    """Until then nothing else is allowed: `POST /v1/me/password`."""
    csrf_token: str | None
    """Goes into `X-CSRF-Token` of every request that changes something; null for a key."""
    expires_at: datetime | None


def from_own_pages(request: Request) -> None:
    """Refuse what another site's page makes a browser send.

    Raises:
        ApiError: 403.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site not in {"same-origin", "none"} or not same:
        raise ApiError(
            HTTPStatus.FORBIDDEN, "Another site's page sent this. Log in on the service's own page."
        )


@router.get("/login")
def login_ways(service: Service) -> LoginWays:
    """Tell how people log in here; open to anybody."""
    return LoginWays(oidc=service.settings.oidc is not None)


@router.post(
    "/login",
    dependencies=[Depends(from_own_pages)],
    responses=responses(HTTPStatus.TOO_MANY_REQUESTS),
)
def log_in(request: Request, response: Response, service: Service, credentials: Credentials) -> Me:
    """Log a person in: the answer sets a session cookie. Failures slow further tries down."""
    subjects = throttled(request, service, credentials.login)
    with service.database.read() as session:
        user = accounts.find_user(session, credentials.login)
        password_hash = user.password_hash if user and user.active else None
    if not passwords.is_right(password_hash, credentials.password) or user is None:
        with service.database.write() as session:
            accounts.note_failure(session, subjects)
            _note(session, request, f"user:{user.id}" if user else "nobody", "login_failed")
        raise ApiError(HTTPStatus.UNAUTHORIZED, "The login or the password is wrong.")
    fresh = None
    if passwords.is_outdated(password_hash or ""):
        fresh = passwords.hashed(credentials.password)
    with service.database.write() as session:
        accounts.forget_failures(session, subjects[:1])
        user = _unchanged(session, user)
        user.password_hash = fresh or user.password_hash
        return begun(session, request, response, service, user)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT, responses=responses(HTTPStatus.BAD_REQUEST))
def log_out(request: Request, response: Response, service: Service, principal: Anyone) -> None:
    """End the session."""
    if principal.login is None:
        raise ApiError(HTTPStatus.BAD_REQUEST, "A key has no session. Revoke it with DELETE /v1/keys/{id}.")
    with service.database.write() as session:
        accounts.close_session(session, principal.login.token_hash)
        _note(session, request, principal.actor, "logout")
    response.delete_cookie(COOKIE)


@router.get("/me", responses=responses())
def who_am_i(principal: Anyone) -> Me:
    """Tell who sends the request, and what that allows."""
    return _me(principal)


@router.post(
    "/me/password",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS),
)
def change_password(request: Request, service: Service, principal: Anyone, change: PasswordChange) -> None:
    """Change one's password; all other sessions of the account end."""
    with service.database.read() as session:
        user = accounts.get_user(session, principal.user_id or "")
    if user is None or principal.login is None or user.password_hash is None:
        raise ApiError(HTTPStatus.BAD_REQUEST, "This account has no password here.")
    subjects = throttled(request, service, user.login)
    passwords.require_strength(change.new, login=user.login)
    if not passwords.is_right(user.password_hash, change.old):
        with service.database.write() as session:
            accounts.note_failure(session, subjects)
        raise ApiError(HTTPStatus.FORBIDDEN, "The old password is wrong.")
    password_hash = passwords.hashed(change.new)
    with service.database.write() as session:
        user = _unchanged(session, user)
        user.password_hash, user.must_change_password = password_hash, False
        accounts.close_sessions(session, user.id, but=principal.login.token_hash)
        _note(session, request, principal.actor, "change_password")


def throttled(request: Request, service: State, login: str) -> list[str]:
    """Give what failures are counted under: the login, and the address the request comes from.

    Raises:
        ApiError: 429 where either has to wait.
    """
    address = request.client.host if request.client else "unknown"
    subjects = [f"login:{login.lower()}", f"address:{address}"]
    with service.database.read() as session:
        until = accounts.blocked_until(session, subjects)
    if until is not None:
        seconds = max(1, round((until - now()).total_seconds()))
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"Too many tries failed. Try again in {seconds} seconds.",
            headers={"Retry-After": str(seconds)},
        )
    return subjects


def _unchanged(session: Session, checked: UserRow) -> UserRow:
    """Give the account whose password was checked, as it is now: checking takes so long that it may have been changed.

    Raises:
        ApiError: 401 where it was switched off or given another password meanwhile.
    """
    user = accounts.get_user(session, checked.id, lock=True)
    if user is None or not user.active or user.password_hash != checked.password_hash:
        raise ApiError(HTTPStatus.UNAUTHORIZED, "The account was changed meanwhile. Log in again.")
    return user


def begun(session: Session, request: Request, response: Response, service: State, user: UserRow) -> Me:
    """Open a session for a person whose word was checked, and set its cookie."""
    token = secrets.token_urlsafe(32)
    lasts = service.settings.session_lasts
    login = accounts.open_session(
        session, user, token_hash=token_hash(token), csrf_token=secrets.token_urlsafe(24), lasts=lasts
    )
    principal = principal_of_user(session, user, login)
    _note(session, request, principal.actor, "login")
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="lax",  # a login through another site must find it; what changes something needs the CSRF token
        secure=is_secure(request, service),
    )
    return _me(principal)


def is_secure(request: Request, service: State) -> bool:
    """Tell whether the browser speaks TLS, with this process or with the proxy before it."""
    return request.url.scheme == "https" or (service.settings.public_url or "").startswith("https://")


def _me(principal: Principal) -> Me:
    teams = principal.scope.teams
    return Me(
        actor=principal.actor,
        name=principal.name,
        role=principal.role,
        permissions=sorted(principal.permissions),
        teams=None if teams is None else sorted(teams),
        agent_id=principal.agent_id,
        has_password=principal.has_password,
        must_change_password=principal.must_change_password,
        csrf_token=principal.login.csrf_token if principal.login else None,
        expires_at=principal.login.expires_at if principal.login else None,
    )


def _note(session: Session, request: Request, actor: str, action: str) -> None:
    audit.append(
        session,
        actor=actor,
        action=action,
        object_kind="session",
        request_id=request.state.request_id,
    )

"""Logging in through an identity provider."""

import logging
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.api.errors import ApiError, responses
from service.api.routes.login import begun, is_secure
from service.api.state import Service, State
from service.database import accounts
from service.database.errors import ConflictError
from service.database.tables import UserRow
from service.oidc import UNDER_WAY, Person, Provider, RefusedError
from service.roles import PersonRole
from service.sealing import Sealer
from service.settings import Oidc

router = APIRouter(prefix="/v1/login/oidc", tags=["people"])

_log = logging.getLogger(__name__)

_COOKIE: Final = "callgrader_oidc"


@router.get(
    "",
    status_code=HTTPStatus.FOUND,
    response_class=RedirectResponse,
    responses=responses(HTTPStatus.NOT_FOUND),
)
def begin_oidc(request: Request, service: Service) -> Response:
    """Send the browser to the identity provider; back to the console, with `refused`, where that does not answer."""
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    try:
        address, under_way = _provider(service).begin(
            _sealer(service), redirect_uri=f"{base}/v1/login/oidc/callback"
        )
    except RefusedError as error:
        return _refused(error)
    answer = RedirectResponse(address, HTTPStatus.FOUND)
    answer.set_cookie(
        _COOKIE,
        under_way,
        max_age=int(UNDER_WAY.total_seconds()),
        httponly=True,
        samesite="lax",  # the provider sends the browser back from another site
        secure=is_secure(request, service),
        path="/v1/login/oidc",
    )
    return answer


@router.get(
    "/callback",
    status_code=HTTPStatus.FOUND,
    response_class=RedirectResponse,
    responses=responses(HTTPStatus.NOT_FOUND),
)
def finish_oidc(
    request: Request,
    service: Service,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=4096)] = "",
    under_way: Annotated[str, Cookie(alias=_COOKIE)] = "",
) -> Response:
    """Take the identity provider's word, open a session, and go to the console; without a session, with `refused`."""
    answer = RedirectResponse("/", HTTPStatus.FOUND)
    try:
        provider = _provider(service)
        person = provider.finish(_sealer(service), under_way, code=code, state=state)
        with service.database.write() as session:
            user = _account(session, provider.settings, person)
            if user is not None and user.active:
                begun(session, request, answer, service, user)
    except RefusedError as error:
        answer = _refused(error)
    else:
        # What the provider takes away is taken away first.
        if user is None:
            answer = _refused(RefusedError("no_role", "No group of theirs has a role here."))
        elif not user.active:
            answer = _refused(RefusedError("switched_off", "The account is switched off."))
    answer.delete_cookie(_COOKIE, path="/v1/login/oidc")
    return answer


def _account(session: Session, settings: Oidc, person: Person) -> UserRow | None:
    """Give a person's account with the rights that the provider tells of now; one is made at the first login.

    None for somebody without a role, whose sessions end.
    """
    user = accounts.find_subject(session, person.issuer, person.subject)
    if person.role is None:
        if user is not None:
            accounts.close_sessions(session, user.id)
        return None
    user = user or _new_account(session, person, person.role)
    user.role = person.role
    if settings.agent_claim is not None:
        user.agent_id = person.agent_id
    if settings.team_claim is not None:
        accounts.set_teams(session, user.id, person.teams)
    return user


def _new_account(session: Session, person: Person, role: PersonRole) -> UserRow:
    try:
        return accounts.add_user(
            session,
            login=person.login,
            name=person.name,
            role=role,
            issuer=person.issuer,
            subject=person.subject,
        )
    except ConflictError:
        raise RefusedError("name_taken", "Another account has the login that the provider names.") from None


def _refused(error: RefusedError) -> RedirectResponse:
    """Send the browser back to the log-in page, which says what the code means; the log has the reason."""
    _log.warning("nobody was logged in by the identity provider: %s", error)
    return RedirectResponse(f"/?refused={error.refusal}", HTTPStatus.FOUND)


def _provider(service: State) -> Provider:
    if service.settings.oidc is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "No identity provider is configured. Log in with a password, or set CALLGRADER_OIDC.",
        )
    return Provider.discovered(service.settings.oidc)


def _sealer(service: State) -> Sealer:
    return Sealer(service.secret, "oidc login")

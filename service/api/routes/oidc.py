"""Logging in through an identity provider."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from service.api.errors import ApiError, responses
from service.api.routes.login import begun, is_secure
from service.api.state import Service, State
from service.database import accounts
from service.database.tables import UserRow
from service.oidc import UNDER_WAY, Person, Provider, RefusedError
from service.sealing import Sealer

router = APIRouter(prefix="/v1/login/oidc", tags=["people"])

_COOKIE: Final = "callgrader_oidc"


@router.get(
    "",
    status_code=HTTPStatus.FOUND,
    response_class=RedirectResponse,
    responses=responses(HTTPStatus.NOT_FOUND),
)
def begin_oidc(request: Request, service: Service) -> Response:
    """Send the browser to the identity provider."""
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    provider = _provider(service)
    address, under_way = provider.begin(_sealer(service), redirect_uri=f"{base}/v1/login/oidc/callback")
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
    """Take the identity provider's word, open a session, and go to the console."""
    try:
        person = _provider(service).finish(_sealer(service), under_way, code=code, state=state)
    except RefusedError as error:
        raise ApiError(HTTPStatus.UNAUTHORIZED, str(error)) from None
    answer = RedirectResponse("/", HTTPStatus.FOUND)
    with service.database.write() as session:
        user = accounts.find_subject(session, person.issuer, person.subject)
        if user is None:
            user = _new_account(session, service, person)
        elif person.role is not None:
            user.role = person.role
        if not user.active:
            raise ApiError(HTTPStatus.FORBIDDEN, "The account is switched off. Ask an administrator.")
        if person.teams:
            accounts.set_teams(session, user.id, person.teams)
        begun(session, request, answer, service, user)
    answer.delete_cookie(_COOKIE, path="/v1/login/oidc")
    return answer


def _new_account(session: Session, service: State, person: Person) -> UserRow:
    """Make the account of somebody who comes for the first time, where the settings allow it."""
    oidc = service.settings.oidc
    if oidc is None or not oidc.make_accounts or person.role is None:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "There is no account for you here, and none of your groups has a role. Ask an administrator.",
        )
    return accounts.add_user(
        session,
        login=person.login,
        name=person.name,
        role=person.role,
        agent_id=person.agent_id,
        issuer=person.issuer,
        subject=person.subject,
    )


def _provider(service: State) -> Provider:
    if service.settings.oidc is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND,
            "No identity provider is configured. Log in with a password, or set CALLGRADER_OIDC.",
        )
    return Provider.discovered(service.settings.oidc)


def _sealer(service: State) -> Sealer:
    return Sealer(service.secret, "oidc login")

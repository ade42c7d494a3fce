"""Accounts and teams."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service import passwords
from service.api.access import may
from service.api.auditing import note
from service.api.errors import ApiError, responses
from service.api.filters import Paged
from service.api.permissions import PERMISSIONS
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.shapes import Name
from service.api.state import Service
from service.api.views import Listed
from service.database import accounts
from service.database.errors import ConflictError, MissingError
from service.database.tables import TeamRow, UserRow
from service.roles import PersonRole

router = APIRouter(prefix="/v1", tags=["people"])

Manager = Annotated[Principal, may("accounts.manage")]
_ADMINISTRATOR: Final = PERMISSIONS["administrator"]


class UserView(BaseModel):
    """An account."""

    id: str
    login: str
    name: str
    role: PersonRole
    teams: list[str]
    """Whose conversations a supervisor or reviewer sees."""
    agent_id: str | None
    """For agents: as conversations name them."""
    active: bool
    must_change_password: bool
    created_at: datetime
    last_login_at: datetime | None


class NewUser(BaseModel):
    """An account to make."""

    model_config = ConfigDict(extra="forbid")

    login: Name = Field(examples=["mei.lin"])
    name: Name = Field(examples=["Lin Mei"])
    role: PersonRole
    teams: list[Name] = []
    agent_id: Name | None = None
    password: str | None = Field(default=None, max_length=passwords.LONGEST)
    """Without one a one-time password is made and given in the answer."""


class MadeUser(UserView):
    """An account that was made."""

    one_time_password: str | None
    """Shown this once; its owner must change it at the first login."""


class UserChange(BaseModel):
    """What to change of an account; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    role: PersonRole | None = None
    teams: list[Name] | None = None
    agent_id: Name | None = None
    active: bool | None = None
    password: str | None = Field(default=None, max_length=passwords.LONGEST)
    """A new one, which its owner must change."""


class TeamView(BaseModel):
    """A team, named as conversations name it."""

    id: str
    name: str
    created_at: datetime


class NewTeam(BaseModel):
    """A team to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(examples=["returns"])


@router.get("/users", responses=responses())
def list_users(service: Service, _principal: Manager, paging: Paged) -> Listed[UserView]:
    """List accounts, the latest made first."""
    with service.database.read() as session:
        page = accounts.users(session, cursor=paging.cursor, limit=paging.limit)
        items = [_view(session, row) for row in page.items]
    return Listed(items=items, next=page.next)


@router.post(
    "/users",
    status_code=HTTPStatus.CREATED,
    response_model=MadeUser,
    responses=responses(HTTPStatus.CONFLICT),
)
def make_user(
    request: Request,
    service: Service,
    principal: Manager,
    user: NewUser,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make an account for a person. Only who may do everything makes administrators."""
    _require_may_administer(principal, user.role)
    one_time = passwords.one_time() if user.password is None else None
    if user.password is not None:
        passwords.require_strength(user.password, login=user.login)
    repeatable = Repeatable.of(request, service, principal, idempotency_key, user.model_dump_json().encode())
    password_hash = passwords.hashed(one_time or user.password or "")

    def work(session: Session) -> Done:
        row = accounts.add_user(
            session,
            login=user.login,
            name=user.name,
            role=user.role,
            password_hash=password_hash,
            must_change_password=True,
            agent_id=user.agent_id,
        )
        accounts.set_teams(session, row.id, user.teams)
        made = MadeUser(**dict(_view(session, row)), one_time_password=one_time)
        note(session, request, principal, "create", "user", about=row.id, role=row.role)
        return Done(
            status=HTTPStatus.CREATED,
            body=made.model_dump_json(),
            # A repetition must not show the password again, nor may it lie in the store.
            kept_body=made.model_copy(update={"one_time_password": None}).model_dump_json(),
            headers={"Location": f"/v1/users/{row.id}"},
        )

    return once(repeatable, work)


@router.get("/users/{user_id}", responses=responses(HTTPStatus.NOT_FOUND))
def get_user(service: Service, _principal: Manager, user_id: str) -> UserView:
    """Give an account."""
    with service.database.read() as session:
        return _view(session, _found(session, user_id))


@router.patch("/users/{user_id}", responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT))
def change_user(
    request: Request, service: Service, principal: Manager, user_id: str, change: UserChange
) -> UserView:
    """Change an account. A new role, new teams or `active: false` end its sessions.

    Only who may do everything changes administrators or makes somebody one.
    """
    with service.database.read() as session:
        login = _found(session, user_id).login
    if change.password is not None:
        passwords.require_strength(change.password, login=login)
    password_hash = passwords.hashed(change.password) if change.password is not None else None
    given = change.model_dump(exclude_unset=True)
    with service.database.write() as session:
        row = _found(session, user_id, lock=True)
        _require_may_administer(principal, row.role, change.role)
        loses_rights = change.active is False or change.role not in {None, "administrator"}
        if row.role == "administrator" and loses_rights and not accounts.other_administrator(session, row.id):
            raise ConflictError("This is the last administrator. Make another one first.")
        for field in given.keys() & {"name", "role", "agent_id", "active"}:
            setattr(row, field, given[field])
        if password_hash is not None:
            row.password_hash, row.must_change_password = password_hash, True
        if change.teams is not None:
            accounts.set_teams(session, row.id, change.teams)
        if given.keys() - {"name"}:
            accounts.close_sessions(session, row.id)
        view = _view(session, row)
        note(session, request, principal, "change", "user", about=row.id, fields=sorted(given))
    return view


@router.get("/teams", responses=responses())
def list_teams(service: Service, _principal: Manager) -> Listed[TeamView]:
    """List all teams by name."""
    with service.database.read() as session:
        rows = accounts.teams(session)
    return Listed(items=[_team_view(row) for row in rows])


@router.post("/teams", status_code=HTTPStatus.CREATED, response_model=TeamView, responses=responses())
def make_team(
    request: Request,
    service: Service,
    principal: Manager,
    team: NewTeam,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a team; where there is one of that name, give it."""
    repeatable = Repeatable.of(request, service, principal, idempotency_key, team.model_dump_json().encode())

    def work(session: Session) -> Done:
        row = accounts.add_team(session, team.name)
        note(session, request, principal, "create", "team", about=row.id)
        return Done(status=HTTPStatus.CREATED, body=_team_view(row).model_dump_json())

    return once(repeatable, work)


def _require_may_administer(principal: Principal, *roles: PersonRole | None) -> None:
    """Keep a key that is narrowed down to accounts from making itself an administrator by way of one.

    Raises:
        ApiError: 403 where an administrator is among ``roles`` and the caller may do less than one.
    """
    if "administrator" in roles and not principal.permissions >= _ADMINISTRATOR:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "The key's scopes do not reach as far as an administrator. Ask somebody who may do everything.",
        )


def _found(session: Session, user_id: str, *, lock: bool = False) -> UserRow:
    row = accounts.get_user(session, user_id, lock=lock)
    if row is None:
        raise MissingError("There is no such account. GET /v1/users lists them.")
    return row


def _view(session: Session, row: UserRow) -> UserView:
    return UserView(
        id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        teams=list(accounts.teams_of(session, row.id)),
        agent_id=row.agent_id,
        active=row.active,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
        last_login_at=row.last_login_at,
    )


def _team_view(row: TeamRow) -> TeamView:
    return TeamView(id=row.id, name=row.name, created_at=row.created_at)

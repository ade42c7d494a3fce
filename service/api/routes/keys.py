"""API keys."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from service.api.access import may
from service.api.auditing import note
from service.api.errors import ApiError, responses
from service.api.filters import Paged
from service.api.permissions import PERMISSIONS, Permission
from service.api.principal import Principal
from service.api.repetition import Done, IdempotencyKey, Repeatable, once
from service.api.shapes import Moment, Name
from service.api.state import Service
from service.api.views import Listed
from service.database import keys
from service.database.tables import ApiKeyRow
from service.roles import KeyRole

router = APIRouter(prefix="/v1/keys", tags=["people"])

Manager = Annotated[Principal, may("keys.manage")]


class KeyView(BaseModel):
    """A key, without what it consists of."""

    id: str
    name: str
    """The platform; its conversations are kept under this name."""
    beginning: str = Field(examples=["cg_5vGhAim"])
    role: KeyRole
    scopes: list[str]
    """Empty for all that the role allows."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    """To the minute."""


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(examples=["shop"])
    role: KeyRole = "platform"
    scopes: list[Permission] = []
    expires_at: Moment | None = None


class MadeKey(KeyView):
    """A key that was made."""

    key: str | None
    """Shown this once; null where the request was repeated."""


@router.get("", responses=responses())
def list_keys(service: Service, _principal: Manager, paging: Paged) -> Listed[KeyView]:
    """List keys, the latest made first."""
    with service.database.read() as session:
        page = keys.listed(session, cursor=paging.cursor, limit=paging.limit)
    return Listed(items=[_view(row) for row in page.items], next=page.next)


@router.post("", status_code=HTTPStatus.CREATED, response_model=MadeKey, responses=responses())
def make_key(
    request: Request,
    service: Service,
    principal: Manager,
    key: NewKey,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a key, with no more rights than one's own."""
    wanted = PERMISSIONS[key.role] & set(key.scopes) if key.scopes else PERMISSIONS[key.role]
    beyond = (wanted - principal.permissions) | (set(key.scopes) - PERMISSIONS[key.role])
    if beyond:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            f"Neither may a key of the role {key.role} do more than its role, nor more than you: {min(beyond)}.",
        )
    repeatable = Repeatable.of(request, service, principal, idempotency_key, key.model_dump_json().encode())

    def work(session: Session) -> Done:
        made, row = keys.create(
            session,
            name=key.name,
            role=key.role,
            scopes=key.scopes,
            expires_at=key.expires_at,
            created_by=principal.actor,
        )
        view = MadeKey(**dict(_view(row)), key=made)
        note(session, request, principal, "create", "key", about=row.id, role=row.role, scopes=row.scopes)
        return Done(
            status=HTTPStatus.CREATED,
            body=view.model_dump_json(),
            kept_body=view.model_copy(update={"key": None}).model_dump_json(),
        )

    return once(repeatable, work)


@router.delete("/{key_id}", responses=responses(HTTPStatus.NOT_FOUND))
def revoke_key(request: Request, service: Service, principal: Manager, key_id: str) -> KeyView:
    """End a key; requests that carry it are refused a second later."""
    with service.database.write() as session:
        row = keys.revoke(session, key_id)
        view = _view(row)
        note(session, request, principal, "delete", "key", about=row.id, role=row.role, scopes=row.scopes)
    return view


def _view(row: ApiKeyRow) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        beginning=row.prefix,
        role=row.role,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )

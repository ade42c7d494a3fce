"""Who sends a request, and what that allows."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.api.permissions import PERMISSIONS, Permission
from service.database import accounts
from service.database.selection import Scope
from service.database.tables import ApiKeyRow, SessionRow, UserRow
from service.roles import Role

_REMEMBERED: Final = 1.0
"""Seconds for which a key that was looked up counts as valid: a revoked one is refused after that time."""

_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A person's session in a browser."""

    token_hash: str
    csrf_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who sends a request, and what that allows."""

    actor: str
    """``key:ID`` or ``user:ID``, as the audit log names them."""
    name: str
    role: Role
    permissions: frozenset[Permission]
    scope: Scope
    """What of the conversations is seen."""
    user_id: str | None = None
    """None for a key."""
    agent_id: str | None = None
    """For agents: as conversations name them."""
    login: Login | None = None
    """None for a key."""
    has_password: bool = False
    must_change_password: bool = False

    @property
    def source(self) -> str:
        """Under which name what is sent is kept: a platform's own."""
        return self.name if self.user_id is None else "console"


def principal_of_key(row: ApiKeyRow) -> Principal:
    """Give whom a key stands for: its role, narrowed down by its scopes; a platform sees what it sent."""
    allowed = PERMISSIONS[row.role]
    return Principal(
        actor=f"key:{row.id}",
        name=row.name,
        role=row.role,
        permissions=allowed & frozenset(row.scopes) if row.scopes else allowed,
        scope=Scope(source=row.name) if row.role == "platform" else Scope(),
    )


def principal_of_user(session: Session, user: UserRow, login: SessionRow) -> Principal:
    """Give what a person may do and see."""
    return Principal(
        actor=f"user:{user.id}",
        name=user.name,
        role=user.role,
        # Whoever still has the first password may do nothing but change it.
        permissions=frozenset() if user.must_change_password else PERMISSIONS[user.role],
        scope=accounts.scope_of(session, user),
        user_id=user.id,
        agent_id=user.agent_id,
        has_password=user.password_hash is not None,
        must_change_password=user.must_change_password,
        login=Login(token_hash=login.token_hash, csrf_token=login.csrf_token, expires_at=login.expires_at),
    )


class KnownKeys:
    """Principals of the keys that were looked up lately, so that a platform's every request need not ask again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Principal]] = {}

    def get(self, key: str) -> Principal | None:
        """Give whom a key stands for, where that was looked up just now."""
        looked_at, principal = self._known.get(key, (0.0, None))
        return principal if time.monotonic() - looked_at < _REMEMBERED else None

    def put(self, key: str, principal: Principal) -> None:
        """Remember whom a key stands for."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[key] = (time.monotonic(), principal)

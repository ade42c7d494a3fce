"""Who may do what: users, teams, sessions, API keys, throttles of the login, and idempotency keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.database.base import Base
from service.database.types import LongText, id_column, now, one_of
from service.roles import KeyRole, PersonRole


class TeamRow(Base):
    """A team; conversations name it in ``agent.team``."""

    __tablename__ = "teams"

    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class UserRow(Base):
    """A person's account."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[str] = id_column()
    login: Mapped[str] = mapped_column(unique=True)
    """In lower case."""
    name: Mapped[str]
    role: Mapped[PersonRole] = mapped_column(one_of(PersonRole))
    agent_id: Mapped[str | None] = mapped_column(index=True)
    """For agents: as conversations name them."""
    password_hash: Mapped[str | None]
    """argon2; None for accounts of an identity provider."""
    must_change_password: Mapped[bool] = mapped_column(default=False)
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    """As the identity provider names the person."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_login_at: Mapped[datetime | None]


class MembershipRow(Base):
    """A team whose conversations a user may see."""

    __tablename__ = "memberships"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)


class SessionRow(Base):
    """A login in a browser."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the cookie's value."""
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ThrottleRow(Base):
    """Failed logins of one account or address."""

    __tablename__ = "login_throttles"

    subject: Mapped[str] = mapped_column(primary_key=True)
    """``login:NAME`` or ``address:IP``."""
    failures: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime] = mapped_column(default=now)
    blocked_until: Mapped[datetime | None]


class ApiKeyRow(Base):
    """A platform's key."""

    __tablename__ = "api_keys"

    id: Mapped[str] = id_column()
    name: Mapped[str]
    """The platform; also the ``source`` of its conversations."""
    prefix: Mapped[str]
    """The key's beginning, by which a person knows it."""
    key_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256; keys are long and random, so a slow hash adds nothing."""
    role: Mapped[KeyRole] = mapped_column(one_of(KeyRole))
    scopes: Mapped[list[str]]
    """Empty for all that the role allows."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class IdempotencyRow(Base):
    """The first answer to a request, for its repetitions."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    """Who sent it: ``key:ID`` or ``user:ID``."""
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    """SHA-256 of method, path and body."""
    status: Mapped[int | None]
    """None while the first request is being answered."""
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answer: Mapped[str | None] = mapped_column(LongText)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    """Whose grade the answer holds: it is removed with it."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

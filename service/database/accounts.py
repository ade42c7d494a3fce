"""People's accounts, their teams, and the brakes on guessing passwords."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.database.errors import ConflictError
from service.database.paging import Page, page_of
from service.database.selection import Scope
from service.database.tables import MembershipRow, SessionRow, TeamRow, ThrottleRow, UserRow
from service.database.types import new_id, now
from service.roles import PersonRole

FREE_FAILURES: Final = 5
"""Logins that may fail before the next one has to wait."""

LONGEST_WAIT: Final = timedelta(minutes=15)

_SEEN_NOTED_EVERY: Final = timedelta(minutes=1)
"""A login's last use is written at most this often."""


def add_user(
    session: Session,
    *,
    login: str,
    name: str,
    role: PersonRole,
    password_hash: str | None = None,
    must_change_password: bool = False,
    agent_id: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
) -> UserRow:
    """Make an account.

    Raises:
        ConflictError: the login is taken.
    """
    if find_user(session, login):
        raise ConflictError(f"There is an account {login} already. Choose another login.")
    row = UserRow(
        id=new_id(),
        login=login.lower(),
        name=name,
        role=role,
        password_hash=password_hash,
        must_change_password=must_change_password,
        agent_id=agent_id,
        issuer=issuer,
        subject=subject,
    )
    session.add(row)
    session.flush()
    return row


def get_user(session: Session, user_id: str, *, lock: bool = False) -> UserRow | None:
    """Find an account; its attributes may be set. ``lock`` keeps others from it until the transaction ends."""
    # Sessions refer to the account and may be used meanwhile: they need no more than its key.
    how = {"key_share": True} if lock else None
    return session.get(UserRow, user_id, with_for_update=how, populate_existing=lock)


def find_user(session: Session, login: str) -> UserRow | None:
    """Find an account by its login, in any case."""
    return session.scalar(select(UserRow).where(UserRow.login == login.lower()))


def find_subject(session: Session, issuer: str, subject: str) -> UserRow | None:
    """Find an account by the name that an identity provider gives it."""
    return session.scalar(select(UserRow).where(UserRow.issuer == issuer, UserRow.subject == subject))


def any_user(session: Session) -> bool:
    """Tell whether there is an account at all."""
    return session.scalar(select(UserRow.id).limit(1)) is not None


def users(session: Session, *, cursor: str | None = None, limit: int = 50) -> Page[UserRow]:
    """List accounts, the latest first."""
    return page_of(session, select(UserRow), [UserRow.id], cursor=cursor, limit=limit)


def add_team(session: Session, name: str) -> TeamRow:
    """Make a team, named as conversations name it; where there is one, give it."""
    if found := session.scalar(select(TeamRow).where(TeamRow.name == name)):
        return found
    row = TeamRow(id=new_id(), name=name)
    session.add(row)
    session.flush()
    return row


def teams(session: Session) -> Sequence[TeamRow]:
    """Give all teams by name."""
    return session.scalars(select(TeamRow).order_by(TeamRow.name)).all()


def set_teams(session: Session, user_id: str, names: Sequence[str]) -> None:
    """Say whose conversations a user may see; teams that are new are made."""
    session.execute(delete(MembershipRow).where(MembershipRow.user_id == user_id))
    rows = [add_team(session, name) for name in dict.fromkeys(names)]
    session.add_all(MembershipRow(user_id=user_id, team_id=row.id) for row in rows)
    session.flush()


def teams_of(session: Session, user_id: str) -> Sequence[str]:
    """Give the names of a user's teams."""
    mine = select(TeamRow.name).join(MembershipRow, MembershipRow.team_id == TeamRow.id)
    return session.scalars(mine.where(MembershipRow.user_id == user_id).order_by(TeamRow.name)).all()


def scope_of(session: Session, user: UserRow) -> Scope:
    """Give what a user may see: all, the user's teams' conversations, or an agent's own."""
    match user.role:
        case "administrator":
            return Scope()
        case "supervisor" | "reviewer":
            return Scope(teams=frozenset(teams_of(session, user.id)))
        case "agent" if user.agent_id:
            return Scope(agent_id=user.agent_id)
        case _:
            return Scope(teams=frozenset())


def open_session(
    session: Session,
    user: UserRow,
    *,
    token_hash: str,
    csrf_token: str,
    lasts: timedelta,
    at: datetime | None = None,
) -> SessionRow:
    """Begin a login; the cookie's value is known to the browser only."""
    at = at or now()
    row = SessionRow(
        token_hash=token_hash,
        user_id=user.id,
        csrf_token=csrf_token,
        created_at=at,
        seen_at=at,
        expires_at=at + lasts,
    )
    user.last_login_at = at
    session.add(row)
    session.flush()
    return row


def of_session(
    session: Session, token_hash: str, *, idle: timedelta, at: datetime | None = None
) -> tuple[SessionRow, UserRow] | None:
    """Find a login that has not ended, nor stood ``idle`` for so long, and its user, who must be active."""
    at = at or now()
    both = select(SessionRow, UserRow).join(UserRow, UserRow.id == SessionRow.user_id)
    lasting = (
        SessionRow.token_hash == token_hash,
        SessionRow.expires_at > at,
        SessionRow.seen_at > at - idle,
    )
    found = session.execute(both.where(*lasting, UserRow.active)).first()
    return (found[0], found[1]) if found else None


def seen_is_due(row: SessionRow, *, at: datetime | None = None) -> bool:
    """Tell whether the last request on record is so old that ``note_seen`` should be called."""
    return (at or now()) - row.seen_at >= _SEEN_NOTED_EVERY


def note_seen(session: Session, token_hash: str, *, at: datetime | None = None) -> None:
    """Write down that a login was used now."""
    used = update(SessionRow).where(SessionRow.token_hash == token_hash)
    session.execute(used.values(seen_at=at or now()))


def close_session(session: Session, token_hash: str) -> None:
    """End a login."""
    session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


def close_sessions(session: Session, user_id: str, *, but: str | None = None) -> None:
    """End all logins of a user, except the one whose token's hash is ``but``."""
    others = [SessionRow.token_hash != but] if but else []
    session.execute(delete(SessionRow).where(SessionRow.user_id == user_id, *others))


def other_administrator(session: Session, user_id: str) -> bool:
    """Tell whether somebody else could still administer."""
    others = (UserRow.role == "administrator") & UserRow.active & (UserRow.id != user_id)
    return session.scalar(select(UserRow.id).where(others).limit(1)) is not None


def blocked_until(
    session: Session, subjects: Sequence[str], *, at: datetime | None = None
) -> datetime | None:
    """Give until when none of ``subjects`` (``login:NAME``, ``address:IP``) may try again; None where they may."""
    latest = select(func.max(ThrottleRow.blocked_until)).where(ThrottleRow.subject.in_(subjects))
    until = session.scalar(latest)
    return until if until is not None and until > (at or now()) else None


def note_failure(session: Session, subjects: Sequence[str], *, at: datetime | None = None) -> None:
    """Count a failed login; from ``FREE_FAILURES`` on each doubles the wait, up to ``LONGEST_WAIT``."""
    at = at or now()
    for subject in sorted(subjects):
        row = session.get(ThrottleRow, subject, with_for_update=True)
        if row is None or at - row.since > LONGEST_WAIT:
            row = session.merge(ThrottleRow(subject=subject, failures=0, since=at, blocked_until=None))
        row.failures += 1
        row.since = at
        if (over := row.failures - FREE_FAILURES) >= 0:
            row.blocked_until = at + min(timedelta(seconds=2 ** min(over, 16)), LONGEST_WAIT)
    session.flush()


def forget_failures(session: Session, subjects: Sequence[str]) -> None:
    """Start counting anew after a login that succeeded."""
    session.execute(delete(ThrottleRow).where(ThrottleRow.subject.in_(subjects)))

"""People for the API's tests: accounts, and browsers in which they are logged in."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from api_stage import State

from service import passwords
from service.database import accounts
from service.roles import PersonRole

PASSWORD = "four invented words here"
_HASH = passwords.hashed(PASSWORD)


def account(
    state: State,
    login: str,
    *,
    role: PersonRole = "reviewer",
    teams: tuple[str, ...] = ("returns",),
    agent_id: str | None = None,
    must_change: bool = False,
) -> str:
    """Make an account with ``PASSWORD``; gives its id."""
    with state.database.write() as session:
        row = accounts.add_user(
            session,
            login=login,
            name=login.title(),
            role=role,
            password_hash=_HASH,
            must_change_password=must_change,
            agent_id=agent_id,
        )
        accounts.set_teams(session, row.id, teams)
    return row.id


@contextmanager
def browser(address: str, login: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    """Log somebody in; the client sends the session's CSRF token with everything."""
    with httpx.Client(base_url=address, timeout=30) as client:
        answer = client.post("/v1/login", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client

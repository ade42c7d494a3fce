"""Rights that were taken away, and rights that nobody may take: on both databases."""

from collections.abc import Callable
from typing import Any

import httpx
import people_stage
import pytest
from people_stage import PASSWORD

from service import passwords
from service.api.state import State
from service.database import accounts

NEW = "another four invented words"


@pytest.fixture
def while_checked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen once while a password is checked, which takes long."""

    def arrange(happens: Callable[[], Any]) -> None:
        check = passwords.is_right

        def slowly(password_hash: str | None, password: str) -> bool:
            monkeypatch.setattr(passwords, "is_right", check)
            happens()
            return check(password_hash, password)

        monkeypatch.setattr(passwords, "is_right", slowly)

    return arrange


def _change(state: State, user_id: str, **changes: Any) -> None:
    with state.database.write() as session:
        user = accounts.get_user(session, user_id)
        assert user is not None
        for field, value in changes.items():
            setattr(user, field, value)
        accounts.close_sessions(session, user_id)


@pytest.mark.parametrize("changes", [{"active": False}, {"password_hash": passwords.hashed(NEW)}])
def test_a_login_under_way_does_not_survive_a_change_of_the_account(
    api_state: State, api_address: str, while_checked: Any, changes: dict[str, Any]
) -> None:
    """Who is switched off, or given another password, while the password is checked does not come in."""
    user_id = people_stage.account(api_state, "mei", role="supervisor")
    while_checked(lambda: _change(api_state, user_id, **changes))
    answer = httpx.post(f"{api_address}/v1/login", json={"login": "mei", "password": PASSWORD})
    assert answer.status_code == 401
    with api_state.database.read() as session:
        user = accounts.get_user(session, user_id)
        assert user is not None
        assert {field: getattr(user, field) for field in changes} == changes


def test_a_login_under_way_gets_the_rights_that_hold_now(
    api_state: State, api_address: str, while_checked: Any
) -> None:
    """Who is made a reviewer while the password is checked comes in as one, and stays one."""
    user_id = people_stage.account(api_state, "mei", role="supervisor")
    while_checked(lambda: _change(api_state, user_id, role="reviewer"))
    with people_stage.browser(api_address, "mei") as browser:
        assert browser.get("/v1/me").json()["role"] == "reviewer"


def test_a_change_of_password_under_way_switches_no_account_on(
    api_state: State, api_address: str, while_checked: Any
) -> None:
    """Nor does it set the password of an account that was switched off meanwhile."""
    user_id = people_stage.account(api_state, "mei")
    with people_stage.browser(api_address, "mei") as browser:
        while_checked(lambda: _change(api_state, user_id, active=False))
        assert browser.post("/v1/me/password", json={"old": PASSWORD, "new": NEW}).status_code == 401
    with api_state.database.read() as session:
        user = accounts.get_user(session, user_id)
        assert user is not None
        assert not user.active
        assert passwords.is_right(user.password_hash, PASSWORD)

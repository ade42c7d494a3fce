"""Rights that were taken away, and rights that nobody may take: on both databases."""

from collections.abc import Callable, Iterator
from typing import Any

import api_stage
import httpx
import people_stage
import pytest
from people_stage import PASSWORD
from pydantic import SecretStr, ValidationError

from service import passwords
from service.api.state import State
from service.database import accounts
from service.settings import Oidc

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


@pytest.fixture
def administrator(api_state: State, api_address: str) -> Iterator[httpx.Client]:
    """A client with an administrator's key."""
    with api_stage.client(api_state, api_address, role="administrator") as client:
        yield client


def test_a_role_is_for_people_or_for_keys(administrator: httpx.Client) -> None:
    """A key knows of no agent and a person of no platform: either would see everybody's conversations."""
    person = {"login": "mei", "name": "Mei", "role": "reviewer"}
    assert administrator.post("/v1/keys", json={"name": "bot", "role": "agent"}).status_code == 422
    assert administrator.post("/v1/users", json=person | {"role": "platform"}).status_code == 422
    made = administrator.post("/v1/users", json=person).headers["Location"]
    assert administrator.patch(made, json={"role": "platform"}).status_code == 422
    assert administrator.get(made).json()["role"] == "reviewer"


def test_a_provider_makes_nobody_a_platform() -> None:
    """The settings are refused."""
    with pytest.raises(ValidationError, match="administrator"):
        Oidc(issuer="i", client_id="c", client_secret=SecretStr("s"), roles={"all": "platform"})  # type: ignore[dict-item]


def test_a_key_for_accounts_makes_nobody_an_administrator(
    api_state: State, api_address: str, administrator: httpx.Client
) -> None:
    """Neither a new account nor one there is, nor does it take an administrator's over; others it makes and changes."""
    root = people_stage.account(api_state, "root", role="administrator")
    new = {"login": "mei", "name": "Mei", "role": "reviewer"}
    scopes = ("accounts.manage",)
    with api_stage.client(api_state, api_address, role="administrator", scopes=scopes) as narrowed:
        assert narrowed.post("/v1/users", json=new | {"role": "administrator"}).status_code == 403
        made = narrowed.post("/v1/users", json=new)
        assert made.status_code == 201
        mei = made.headers["Location"]
        assert narrowed.patch(mei, json={"role": "administrator"}).status_code == 403
        assert narrowed.patch(mei, json={"role": "supervisor"}).status_code == 200
        taken_over = {"password": "another four invented words"}
        assert narrowed.patch(f"/v1/users/{root}", json=taken_over).status_code == 403
    with people_stage.browser(api_address, "root") as browser:
        assert browser.get("/v1/me").json()["role"] == "administrator"
    assert administrator.patch(mei, json={"role": "administrator"}).status_code == 200

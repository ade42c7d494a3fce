"""Logging in, accounts, teams and keys over HTTP."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import api_stage
import httpx
import people_stage
import pytest
from people_stage import PASSWORD
from store_stage import chat

from service.api.app import create_app
from service.api.permissions import PERMISSIONS
from service.api.state import State
from service.database import Database, audit, keys
from service.database.types import now
from service.first_start import first_administrator
from service.roles import Role

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NEW = "another four invented words"


@pytest.fixture
def administrator(api_state: State, api_address: str) -> Iterator[httpx.Client]:
    """A browser in which an administrator is logged in."""
    people_stage.account(api_state, "root", role="administrator")
    with people_stage.browser(api_address, "root") as browser:
        yield browser


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(api_state: State, api_address: str) -> None:
    """HttpOnly, SameSite, and Secure only where the browser speaks TLS."""
    people_stage.account(api_state, "mei")
    answer = httpx.post(f"{api_address}/v1/login", json={"login": "MEI", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert answer.json()["teams"] == ["returns"]


def test_the_cookie_is_for_tls_only_behind_a_proxy_that_speaks_it(database: Database, tmp_path: Path) -> None:
    """The public address says so."""
    state = api_stage.state_of(database, tmp_path, public_url="https://grader.example")
    people_stage.account(state, "mei")
    with api_stage.serving(state) as address:
        answer = httpx.post(f"{address}/v1/login", json={"login": "mei", "password": PASSWORD})
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(("login", "password"), [("mei", "wrong"), ("somebody", PASSWORD), ("mei", "")])
def test_a_wrong_login_or_password_looks_the_same(
    api_state: State, api_address: str, login: str, password: str
) -> None:
    """Whoever tries learns not which accounts there are; the audit log does not hold the login that was tried."""
    people_stage.account(api_state, "mei")
    answer = httpx.post(f"{api_address}/v1/login", json={"login": login, "password": password})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The login or the password is wrong."
    with api_state.database.read() as session:
        row = audit.listed(session).items[0]
    assert row.action == "login_failed"
    assert login not in row.actor


def test_guessing_is_slowed_down(api_state: State, api_address: str) -> None:
    """From the fifth failure on each try waits longer, even with the right password."""
    people_stage.account(api_state, "mei")
    for _ in range(5):
        wrong = httpx.post(f"{api_address}/v1/login", json={"login": "mei", "password": "wrong"})
        assert wrong.status_code == 401
    answer = httpx.post(f"{api_address}/v1/login", json={"login": "mei", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_sites_page_cannot_log_its_visitor_in(
    api_state: State, api_address: str, headers: dict[str, str]
) -> None:
    """403 before the password is looked at."""
    people_stage.account(api_state, "mei")
    sent = {"login": "mei", "password": PASSWORD}
    assert httpx.post(f"{api_address}/v1/login", json=sent, headers=headers).status_code == 403


def test_what_changes_something_needs_the_csrf_token(administrator: httpx.Client) -> None:
    """A cookie alone, which a browser sends by itself, reads but does not write."""
    for token in ("", "wrong"):
        answer = administrator.post("/v1/teams", json={"name": "night"}, headers={"X-CSRF-Token": token})
        assert answer.status_code == 403
        assert "X-CSRF-Token" in answer.json()["detail"]
    assert "night" not in administrator.get("/v1/teams").text
    assert administrator.post("/v1/teams", json={"name": "night"}).status_code == 201


def test_a_session_ends_when_one_logs_out(administrator: httpx.Client) -> None:
    """The cookie's value opens nothing any more."""
    cookie = dict(administrator.cookies)
    assert administrator.post("/v1/logout").status_code == 204
    assert httpx.get(f"{administrator.base_url}/v1/me", cookies=cookie).status_code == 401


def test_sessions_that_stand_idle_end(database: Database, tmp_path: Path) -> None:
    """A browser left open is logged out."""
    state = api_stage.state_of(database, tmp_path, session_idle=timedelta(seconds=0))
    people_stage.account(state, "mei")
    with api_stage.serving(state) as address, people_stage.browser(address, "mei") as browser:
        assert browser.get("/v1/me").status_code == 401


def test_the_first_password_opens_nothing_but_its_own_change(api_state: State, api_address: str) -> None:
    """The first start makes one administrator, whose one-time password must be changed."""
    password = first_administrator(api_state.database)
    assert password is not None
    assert first_administrator(api_state.database) is None
    with people_stage.browser(api_address, "admin", password) as browser:
        assert browser.get("/v1/me").json()["must_change_password"] is True
        assert browser.get("/v1/users").status_code == 403
        change = {"old": password, "new": NEW}
        assert browser.post("/v1/me/password", json=change).status_code == 204
        assert browser.get("/v1/users").status_code == 200
    wrong = httpx.post(f"{api_address}/v1/login", json={"login": "admin", "password": password})
    assert wrong.status_code == 401


def test_a_changed_password_ends_the_other_sessions(api_state: State, api_address: str) -> None:
    """Whoever else was logged in with the old one is out."""
    people_stage.account(api_state, "mei")
    with people_stage.browser(api_address, "mei") as here, people_stage.browser(api_address, "mei") as there:
        assert here.post("/v1/me/password", json={"old": "wrong", "new": NEW}).status_code == 403
        assert here.post("/v1/me/password", json={"old": PASSWORD, "new": NEW}).status_code == 204
        assert here.get("/v1/me").status_code == 200
        assert there.get("/v1/me").status_code == 401


@pytest.mark.parametrize("weak", ["short", "x" * 300, "aaaaaaaaaaaaaaaa", "mei is my name mei"])
def test_weak_passwords_are_refused(administrator: httpx.Client, weak: str) -> None:
    """With what a good one is."""
    new = {"login": "mei", "name": "Mei", "role": "reviewer", "password": weak}
    answer = administrator.post("/v1/users", json=new)
    assert answer.status_code == 422
    assert administrator.get("/v1/users/mei").status_code == 404


def test_a_team_is_made_once_for_its_key(administrator: httpx.Client) -> None:
    """A repetition gets the first answer, another body under the key is refused."""
    key = {"Idempotency-Key": "one"}
    first, again = (administrator.post("/v1/teams", json={"name": "night"}, headers=key) for _ in range(2))
    assert (again.json(), again.headers.get("Idempotent-Replayed")) == (first.json(), "true")
    assert administrator.post("/v1/teams", json={"name": "day"}, headers=key).status_code == 422
    assert "day" not in administrator.get("/v1/teams").text


def test_accounts_are_made_changed_and_switched_off(administrator: httpx.Client, api_address: str) -> None:
    """The one-time password is shown once, also where the request is repeated."""
    new = {"login": "mei", "name": "Mei", "role": "reviewer", "teams": ["returns", "night"]}
    first, again = (
        administrator.post("/v1/users", json=new, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert first.status_code == again.status_code == 201
    password = first.json()["one_time_password"]
    assert again.json() == first.json() | {"one_time_password": None}
    assert administrator.post("/v1/users", json=new).status_code == 409
    user = first.headers["Location"]
    with people_stage.browser(api_address, "mei", password) as browser:
        changed = administrator.patch(user, json={"teams": ["night"], "role": "supervisor"}).json()
        assert (changed["teams"], changed["role"]) == (["night"], "supervisor")
        assert browser.get("/v1/me").status_code == 401
    administrator.patch(user, json={"active": False})
    off = httpx.post(f"{api_address}/v1/login", json={"login": "mei", "password": password})
    assert off.status_code == 401


@pytest.mark.parametrize("change", [{"active": False}, {"role": "reviewer"}])
def test_the_last_administrator_stays(administrator: httpx.Client, change: dict[str, object]) -> None:
    """Nobody could let anybody in again; one that is switched off is no other."""
    [me] = administrator.get("/v1/users").json()["items"]
    other = {"login": "off", "name": "Off", "role": "administrator"}
    made = administrator.post("/v1/users", json=other).headers["Location"]
    assert administrator.patch(made, json={"active": False}).status_code == 200
    assert administrator.patch(f"/v1/users/{me['id']}", json=change).status_code == 409
    assert administrator.get("/v1/me").json()["role"] == "administrator"


def test_keys_are_shown_once_and_revoked(administrator: httpx.Client, api_address: str) -> None:
    """A key works until it is revoked or expires; its last use is shown."""
    made = administrator.post("/v1/keys", json={"name": "shop"}, headers={"Idempotency-Key": "one"})
    again = administrator.post("/v1/keys", json={"name": "shop"}, headers={"Idempotency-Key": "one"})
    key = made.json()["key"]
    assert again.json()["key"] is None
    header = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{api_address}/v1/me", headers=header).json()["role"] == "platform"
    [listed] = administrator.get("/v1/keys").json()["items"]
    assert key not in str(listed)
    assert key.startswith(listed["beginning"])
    assert listed["used_at"] is not None
    assert administrator.delete(f"/v1/keys/{listed['id']}").json()["revoked_at"] is not None
    assert administrator.delete("/v1/keys/none").status_code == 404


def test_an_expired_key_opens_nothing(api_state: State, api_address: str) -> None:
    """From its time on."""
    with api_state.database.write() as session:
        key, _ = keys.create(session, name="old", expires_at=now() - timedelta(seconds=1))
    answer = httpx.get(f"{api_address}/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 401


def test_nobody_makes_a_key_that_may_do_more_than_its_role(administrator: httpx.Client) -> None:
    """Scopes only narrow down."""
    wanted = {"name": "shop", "role": "platform", "scopes": ["accounts.manage"]}
    assert administrator.post("/v1/keys", json=wanted).status_code == 403


def test_people_see_their_teams_and_agents_themselves(
    api_state: State, api_address: str, platform: httpx.Client
) -> None:
    """What belongs to others looks as if it were not there."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1", team="returns", agent="a-1")))
    platform.post("/v1/conversations", json=api_stage.body(chat("c-2", team="night", agent="a-2")))
    people_stage.account(api_state, "mei", role="supervisor", teams=("returns",))
    people_stage.account(api_state, "bo", role="agent", teams=(), agent_id="a-2")
    for login, seen, hidden in (("mei", "c-1", "c-2"), ("bo", "c-2", "c-1")):
        with people_stage.browser(api_address, login) as browser:
            items = browser.get("/v1/conversations").json()["items"]
            assert [item["id"] for item in items] == [seen]
            assert browser.get(f"/v1/conversations/{seen}/grade").status_code == 200
            assert browser.get(f"/v1/conversations/{hidden}/grade").status_code == 404
            assert browser.post("/v1/conversations", json=api_stage.body(chat("c-3"))).status_code == 403


def test_teams_and_agents_are_found_among_conversations_as_they_are_named_there(
    api_state: State, api_address: str, administrator: httpx.Client, platform: httpx.Client
) -> None:
    """Space around a name and characters that nobody sees are taken off on either side."""
    named = chat("c-1", team="returns \u200b", agent=" a-1")
    platform.post("/v1/conversations", json=api_stage.body(named))
    new = {"name": "Mei", "password": NEW, "teams": ["returns \u200b"], "agent_id": " a-1"}
    for role in ("supervisor", "agent"):
        assert administrator.post("/v1/users", json=new | {"login": role, "role": role}).status_code == 201
        with people_stage.browser(api_address, role, NEW) as browser:
            browser.post("/v1/me/password", json={"old": NEW, "new": PASSWORD})
            assert [item["id"] for item in browser.get("/v1/conversations").json()["items"]] == ["c-1"]


def test_the_audit_log_is_read_and_verified(administrator: httpx.Client) -> None:
    """By those who may; the chain is whole."""
    administrator.post("/v1/teams", json={"name": "night"})
    rows = administrator.get("/v1/audit", params={"action": "create", "object_kind": "team"}).json()["items"]
    assert len(rows) == 1
    assert administrator.get("/v1/audit/verification").json()["whole"] is True


def test_times_and_numbers_that_no_column_holds_are_refused(administrator: httpx.Client) -> None:
    """422 where the calendar or 64 bits end."""
    cursor = base64.urlsafe_b64encode(json.dumps([10**30]).encode()).decode()
    for query in ({"since": "0001-01-01T00:00:00+14:00"}, {"cursor": cursor}):
        assert administrator.get("/v1/audit", params=query).status_code == 422
    key = {"name": "shop", "expires_at": "9999-12-31T23:59:59-14:00"}
    assert administrator.post("/v1/keys", json=key).status_code == 422


OPEN = {"/health", "/ready", "/metrics", "/openapi.json", "/docs", "/v1/login"}


def test_every_address_asks_who_comes(api_state: State, api_address: str) -> None:
    """All routes of the application, but those that must be open, refuse an anonymous caller."""
    asked = 0
    for path, methods in create_app(api_state).openapi()["paths"].items():
        if path in OPEN or path.startswith("/v1/login/"):
            continue
        for method in methods:
            answer = httpx.request(method, api_address + re.sub(r"{\w+}", "x", path))
            assert answer.status_code == 401, (method, path)
            asked += 1
    assert asked > 15


TABLE = [
    ("GET", "/v1/conversations", "conversations.read"),
    ("POST", "/v1/conversations", "conversations.submit"),
    ("GET", "/v1/jobs", "jobs.read"),
    ("POST", "/v1/jobs/x/retry", "jobs.manage"),
    ("GET", "/v1/users", "accounts.manage"),
    ("PATCH", "/v1/users/x", "accounts.manage"),
    ("POST", "/v1/keys", "keys.manage"),
    ("GET", "/v1/audit", "audit.read"),
    ("POST", "/v1/erasures", "conversations.erase"),
    ("GET", "/v1/conversations/x/audio", "audio.read"),
    ("GET", "/v1/exports/grades", "exports.read"),
    ("GET", "/v1/reports", "reports.read"),
    ("GET", "/v1/reviews", "reviews.read"),
    ("POST", "/v1/reviews/x/claim", "reviews.work"),
    ("POST", "/v1/conversations/x/appeals", "appeals.raise"),
    ("POST", "/v1/appeals/x/adjudicate", "appeals.adjudicate"),
    ("GET", "/v1/scorecards", "scorecards.read"),
    ("POST", "/v1/scorecards", "scorecards.manage"),
    ("GET", "/v1/regrades", "regrades.manage"),
    ("GET", "/v1/webhooks", "webhooks.manage"),
    ("GET", "/v1/retention", "retention.manage"),
    ("PUT", "/v1/retention", "retention.manage"),
]


@contextmanager
def _one_of(state: State, address: str, role: Role) -> Iterator[httpx.Client]:
    if role == "platform":
        with api_stage.client(state, address) as client:
            yield client
    else:
        people_stage.account(state, "mei", role=role)
        with people_stage.browser(address, "mei") as browser:
            yield browser


@pytest.mark.parametrize("role", sorted(PERMISSIONS))
def test_each_role_may_do_what_it_may(api_state: State, api_address: str, role: Role) -> None:
    """403 exactly where the role lacks the permission."""
    with _one_of(api_state, api_address, role) as client:
        for method, path, permission in TABLE:
            refused = client.request(method, path, json={}).status_code == 403
            assert refused is (permission not in PERMISSIONS[role]), (method, path)

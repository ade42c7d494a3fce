"""Logging in through an identity provider, against a provider that really signs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import api_stage
import httpx
import people_stage
import pytest
from joserfc.jwk import RSAKey
from oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, providing
from pydantic import SecretStr

from service.api.state import State
from service.database import Database, accounts
from service.settings import Oidc

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Stage:
    """A service that trusts a provider."""

    provider: Provider
    state: State
    address: str

    def log_in(self, **changes: Any) -> tuple[httpx.Client, httpx.Response]:
        """Go all the way as a browser does, except for following the last redirect."""
        browser = httpx.Client(base_url=self.address)
        to_provider = browser.get("/v1/login/oidc")
        assert to_provider.status_code == 302
        back = httpx.get(to_provider.headers["Location"]).headers["Location"]
        for said, other in changes.items():
            back = back.replace(f"{said}=", f"{said}={other}")
        return browser, browser.get(back)


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Iterator[Stage]:
    """A service where whoever is in the group ``qa`` reviews."""
    with providing() as provider:
        oidc = Oidc(
            issuer=provider.issuer,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            roles={"qa": "reviewer", "leads": "supervisor"},
        )
        state = api_stage.state_of(database, tmp_path, oidc=oidc)
        with api_stage.serving(state) as address:
            yield Stage(provider, state, address)


def test_a_person_of_a_known_group_gets_an_account_and_a_session(stage: Stage) -> None:
    """Of several roles the one with the most rights; teams follow the provider at each login."""
    stage.provider.claims |= {"groups": ["qa", "leads", "choir"], "teams": ["returns"]}
    browser, answer = stage.log_in()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    me = browser.get("/v1/me").json()
    assert (me["role"], me["teams"], me["has_password"]) == ("supervisor", ["returns"], False)
    browser.close()
    stage.provider.claims |= {"groups": ["qa"], "teams": ["night"]}
    browser, _ = stage.log_in()
    me = browser.get("/v1/me").json()
    assert (me["role"], me["teams"]) == ("reviewer", ["night"])
    browser.close()


def refused(answer: httpx.Response) -> str:
    """Give why the browser is sent back to the console without a session."""
    assert answer.status_code == 302, answer.text
    assert "callgrader_session" not in answer.headers.get("Set-Cookie", "")
    return answer.headers["Location"].removeprefix("/?refused=")


def test_what_the_provider_takes_away_is_gone(stage: Stage) -> None:
    """Who has no team any more sees none; who has no role any more is out, also where already logged in."""
    stage.provider.claims |= {"groups": ["leads"], "teams": ["returns"], "agent_id": "a-1"}
    first, _ = stage.log_in()
    me = first.get("/v1/me").json()
    assert (me["role"], me["teams"], me["agent_id"]) == ("supervisor", ["returns"], "a-1")
    del stage.provider.claims["teams"], stage.provider.claims["agent_id"]
    second, _ = stage.log_in()
    me = second.get("/v1/me").json()
    assert (me["role"], me["teams"], me["agent_id"]) == ("supervisor", [], None)
    stage.provider.claims["groups"] = []
    third, answer = stage.log_in()
    assert refused(answer) == "no_role"
    assert [browser.get("/v1/me").status_code for browser in (first, second, third)] == [401] * 3
    for browser in (first, second, third):
        browser.close()


def test_what_is_set_here_stays_where_the_provider_does_not_tell(stage: Stage) -> None:
    """Teams and agent of accounts whose provider knows of neither."""
    assert stage.state.settings.oidc is not None
    oidc = stage.state.settings.oidc.model_copy(update={"team_claim": None, "agent_claim": None})
    object.__setattr__(stage.state, "settings", stage.state.settings.model_copy(update={"oidc": oidc}))
    stage.provider.claims["groups"] = ["qa"]
    browser, _ = stage.log_in()
    browser.close()
    with stage.state.database.write() as session:
        user = accounts.find_subject(session, stage.provider.issuer, "s-1")
        assert user is not None
        user.agent_id = "a-1"
        accounts.set_teams(session, user.id, ["night"])
    browser, _ = stage.log_in()
    me = browser.get("/v1/me").json()
    assert (me["teams"], me["agent_id"]) == (["night"], "a-1")
    browser.close()


def test_somebody_without_a_role_here_does_not_come_in(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The provider's word that somebody exists is not enough; the log says it without naming anybody."""
    stage.provider.claims["groups"] = ["choir"]
    browser, answer = stage.log_in()
    assert refused(answer) == "no_role"
    assert browser.get("/v1/me").status_code == 401
    assert "No group of theirs has a role" in caplog.text
    assert "mei" not in caplog.text
    browser.close()


def test_an_account_with_a_password_is_not_taken_over(stage: Stage) -> None:
    """The provider names the login of somebody else's account here."""
    people_stage.account(stage.state, "mei")
    stage.provider.claims["groups"] = ["qa"]
    browser, answer = stage.log_in()
    assert refused(answer) == "name_taken"
    browser.close()


def test_an_account_that_is_switched_off_stays_so(stage: Stage) -> None:
    """Whatever the provider says."""
    stage.provider.claims["groups"] = ["qa"]
    user_id = people_stage.account(stage.state, "mei")
    with stage.state.database.write() as session:
        user = accounts.get_user(session, user_id)
        assert user is not None
        user.issuer, user.subject, user.active = stage.provider.issuer, "s-1", False
    browser, answer = stage.log_in()
    assert refused(answer) == "switched_off"
    browser.close()


@pytest.mark.parametrize(
    "lie", ["issuer", "audience", "nonce", "expired", "signature", "state", "code", "no cookie"]
)
def test_what_cannot_be_believed_opens_nothing(stage: Stage, lie: str) -> None:
    """A token for others, an old one, one that another key signed, an answer to another browser's login."""
    stage.provider.claims["groups"] = ["qa"]
    changes = {}
    match lie:
        case "issuer":
            stage.provider.claims["iss"] = "https://evil.example"
        case "audience":
            stage.provider.claims["aud"] = "another client"
        case "nonce":
            stage.provider.claims["nonce"] = "another login's"
        case "expired":
            stage.provider.claims["exp"] = int(time.time()) - 3600
        case "signature":
            stage.provider.signing_key = RSAKey.generate_key(2048, {"kid": "one"})
        case "state" | "code":
            changes[lie] = "x"
    browser, answer = stage.log_in(**changes)
    if lie == "no cookie":
        browser.close()
        browser = httpx.Client(base_url=stage.address)
        answer = browser.get(f"/v1/login/oidc/callback?code=x&state={'y' * 20}")
    assert refused(answer) == ("expired" if lie in {"state", "no cookie"} else "refused")
    assert browser.get("/v1/me").status_code == 401
    browser.close()


def test_a_provider_that_is_away_is_named(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """In the log, so that somebody can mend it; the browser goes back to the console."""
    assert stage.state.settings.oidc is not None
    gone = stage.state.settings.oidc.model_copy(update={"issuer": "http://127.0.0.1:9"})
    settings = stage.state.settings.model_copy(update={"oidc": gone})
    object.__setattr__(stage.state, "settings", settings)
    answer = httpx.get(f"{stage.address}/v1/login/oidc")
    assert refused(answer) == "unreachable"
    assert "http://127.0.0.1:9/.well-known/openid-configuration gave ConnectError" in caplog.text


def test_anybody_is_told_whether_there_is_such_a_login(stage: Stage) -> None:
    """The log-in page asks before anybody is logged in; nothing of the settings is told."""
    assert httpx.get(f"{stage.address}/v1/login").json() == {"oidc": True}


def test_without_a_provider_there_is_no_such_login(database: Database, tmp_path: Path) -> None:
    """404 with what to do."""
    with api_stage.serving(api_stage.state_of(database, tmp_path)) as address:
        assert httpx.get(f"{address}/v1/login").json() == {"oidc": False}
        answer = httpx.get(f"{address}/v1/login/oidc")
    assert answer.status_code == 404
    assert "CALLGRADER_OIDC" in answer.json()["detail"]

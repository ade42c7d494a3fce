"""Logging in to the console through an identity provider, and one's own password, in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import api_stage
import people_stage
import pytest
from console_stage import log_in
from oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, providing
from people_stage import PASSWORD
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from service.api.state import State
from service.database import Database, migrate
from service.settings import Oidc

pytestmark = pytest.mark.browser

NEW = "another four invented words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A service whose people come through a provider."""

    address: str
    state: State
    provider: Provider


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Whoever is in the group ``qa`` reviews, and may come without an account."""
    database = Database(f"sqlite:///{tmp_path / 'callgrader.db'}")
    migrate(database)
    with providing() as provider:
        oidc = Oidc(
            issuer=provider.issuer,
            client_id=CLIENT_ID,
            client_secret=SecretStr(CLIENT_SECRET),
            roles={"qa": "reviewer"},
        )
        state = api_stage.state_of(database, tmp_path, oidc=oidc)
        with api_stage.serving(state) as address:
            yield Stage(address=address, state=state, provider=provider)
    database.close()


def test_the_form_leads_through_the_identity_provider(stage: Stage, open_page: Callable[..., Page]) -> None:
    """There and back into the console; such an account has no password to change."""
    stage.provider.claims |= {"groups": ["qa"], "name": "Mei Lin"}
    page = open_page(stage.address)
    page.get_by_role("link", name="Log in with single sign-on").click()
    expect(page.locator(".person")).to_have_text("Mei Lin")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    expect(page.get_by_role("button", name="Password")).to_have_count(0)


def test_whoever_is_refused_reads_why_on_the_form(stage: Stage, open_page: Callable[..., Page]) -> None:
    """In the reader's language; once somebody is in, the address tells of it no longer."""
    people_stage.account(stage.state, "root", role="administrator")
    page = open_page(stage.address)
    page.get_by_role("link", name="Log in with single sign-on").click()
    expect(page.get_by_role("alert")).to_have_text(
        "None of your groups has a role here. Ask an administrator for one."
    )
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("alert")).to_contain_text("您所在的用户组在这里没有角色")
    page.get_by_role("button", name="English").click()
    log_in(page, "root", PASSWORD)
    expect(page.locator(".person")).to_have_text("Root")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Login")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_no_text_of_the_address_is_shown(stage: Stage, open_page: Callable[..., Page]) -> None:
    """A code that is not on the list says nothing."""
    page = open_page(f"{stage.address}/?refused=Call%20555-0100%20now")
    expect(page.get_by_role("link", name="Log in with single sign-on")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text("555-0100")


def test_one_changes_ones_password_in_the_head(stage: Stage, open_page: Callable[..., Page]) -> None:
    """A wrong one is refused there; afterwards the new one opens, and this session goes on."""
    people_stage.account(stage.state, "root", role="administrator")
    page = open_page(stage.address)
    log_in(page, "root", PASSWORD)
    page.get_by_role("button", name="Password").click()
    dialog = page.get_by_role("dialog", name="Change your password")
    dialog.get_by_label("New password", exact=True).fill(NEW)
    dialog.get_by_label("New password, again").fill(NEW)
    dialog.get_by_label("Present password").fill("not the password")
    dialog.get_by_role("button", name="Change").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The old password is wrong.")
    dialog.get_by_label("Present password").fill(PASSWORD)
    dialog.get_by_role("button", name="Change").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".said")).to_have_text("The password is changed.")
    page.get_by_role("link", name="Conversations").click()
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    log_in(page, "root", NEW)
    expect(page.locator(".person")).to_have_text("Root")

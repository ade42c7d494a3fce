"""Getting into the review console."""

from collections.abc import Callable

import people_stage
from people_stage import PASSWORD
from playwright.sync_api import Page, expect

from service.api.state import State
from service.roles import PersonRole

Visit = Callable[..., Page]


def log_in(page: Page, login: str, password: str) -> None:
    """Fill in the form."""
    page.locator("[name=login_name]").fill(login)
    page.locator("[name=password]").fill(password)
    page.locator("form.gate [type=submit]").click()


def visitor(state: State, address: str, open_page: Callable[..., Page]) -> Visit:
    """Give what makes an account, opens the console and logs in, by default as a reviewer; further options are those of the page."""

    def visit(
        login: str, role: PersonRole = "reviewer", *, agent: str | None = None, **options: object
    ) -> Page:
        people_stage.account(state, login, role=role, agent_id=agent)
        page = open_page(address, **options)
        log_in(page, login, PASSWORD)
        expect(page.locator("nav.tabs")).to_be_visible()
        return page

    return visit

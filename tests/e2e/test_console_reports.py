"""What supervisors read in the console: figures by group and week by week, in a real browser."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import api_stage
import pytest
from console_stage import Visit, visitor
from loop_stage import RUDE, WELL
from playwright.sync_api import Locator, Page, expect
from store_stage import chat, graded

from service.api.state import State
from service.database import Database, conversations, migrate, results
from service.database.types import now
from service.scorecards import install_shipped

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
AGENTS = {"a-1": (WELL, 12), "a-10": (RUDE, 11), "a-3": (WELL, 3)}
"""What each says, and in how many chats."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[State, str]]:
    """A service that holds the agents' chats of the last three weeks, and one chat that is older than a report's."""
    folder = tmp_path_factory.mktemp("reports")
    database = Database(f"sqlite:///{folder / 'callgrader.db'}")
    migrate(database)
    said = [(agent, words) for agent, (words, number) in AGENTS.items() for _ in range(number)]
    with database.write() as session:
        install_shipped(session)
        for number, (agent, words) in enumerate([*said, ("a-old", WELL)]):
            days = {"a-old": 90, "a-3": 15}.get(agent, 1 + number % 2 * 7)
            one = chat(f"c-{number}", said=words, agent=agent, team="night" if agent == "a-10" else "returns")
            result = graded(one.model_copy(update={"started_at": now() - timedelta(days=days)}))
            row = conversations.add(session, result.conversation, source="shop")
            results.store_first(session, row, result)
    state = api_stage.state_of(database, folder)
    with api_stage.serving(state) as address:
        yield state, address
    database.close()


@pytest.fixture
def visit(served: tuple[State, str], open_page: Callable[..., Page]) -> Visit:
    """Log somebody in who has a new account."""
    return visitor(*served, open_page)


def group(page: Page, name: str) -> Locator:
    """Give a group's row in the table of results."""
    return (
        page.locator(".report-table")
        .first.get_by_role("row")
        .filter(has=page.get_by_role("link", name=name, exact=True))
    )


def test_a_report_leads_from_a_group_to_its_conversations(visit: Visit) -> None:
    """Shares with their counts; of three conversations no share is shown; the agent is meant to the letter."""
    page = visit("ada", "administrator")
    page.get_by_role("link", name="Reports").click()
    expect(page.locator(".overview")).to_contain_text("26")
    page.get_by_role("combobox", name="By", exact=True).select_option("Agent")
    expect(group(page, "a-10")).to_contain_text("100 %")
    expect(group(page, "a-10")).to_contain_text("11 of 11")
    expect(group(page, "a-3")).to_contain_text("3 of 3")
    expect(group(page, "a-3")).not_to_contain_text("%")
    expect(page.get_by_role("link", name="a-old")).to_have_count(0)
    group(page, "a-1").get_by_role("link").click()
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_count(12)
    expect(page.get_by_role("searchbox", name="Agent")).to_have_value('"a-1"')


def test_each_criterion_has_its_line_week_by_week(visit: Visit) -> None:
    """In a week of fewer than ten it has a gap; what each point stands for is told in words as well."""
    page = visit("ben", "administrator")
    page.get_by_role("link", name="Reports").click()
    compliance = page.locator(".week-figure").filter(has_text="Compliance")
    expect(compliance.locator("circle")).to_have_count(2)
    expect(compliance.locator("polyline")).to_have_count(1)
    told = compliance.get_by_role("img").get_attribute("aria-label") or ""
    assert re.findall(r"\d+ %|[1-9]\d* of \d+", told) == ["3 of 3", "55 %", "6 of 11", "50 %", "6 of 12"]


def test_filters_narrow_the_report_down(visit: Visit) -> None:
    """By the beginning of a name, and by the day; the table for a spreadsheet is of the same."""
    page = visit("cai", "administrator")
    page.get_by_role("link", name="Reports").click()
    page.get_by_role("searchbox", name="Agent").fill("A-1")
    expect(page.locator(".overview")).to_contain_text("23")
    page.get_by_role("searchbox", name="Team").fill("ret")
    expect(page.locator(".overview .figure").first).to_contain_text("12")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a table (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert [(row["team"], row["conversations"]) for row in rows] == [("returns", "12")]
    page.get_by_label("Before").fill("2020-01-01")
    expect(page.locator(".said.wrong")).to_contain_text("Ask for another period.")


def test_a_supervisor_reads_of_own_teams_and_a_reviewer_none(visit: Visit) -> None:
    """What one may not read is not offered."""
    page = visit("dan", "supervisor", locale="zh-CN")
    page.get_by_role("link", name="报表").click()
    expect(page.locator(".overview .figure").first).to_contain_text("15")
    expect(page.get_by_role("link", name="returns")).to_have_count(2)
    expect(page.get_by_role("link", name="night")).to_have_count(0)
    page = visit("eve", "reviewer")
    expect(page.get_by_role("link", name="Reports")).to_have_count(0)


def test_a_phone_shows_filters_and_report(visit: Visit) -> None:
    """Tables scroll by themselves; the page is no wider than the screen."""
    page = visit("fay", "administrator", viewport=PHONE)
    page.get_by_role("link", name="Reports").click()
    expect(page.locator(".overview")).to_be_visible()
    expect(page.get_by_role("combobox", name="By", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="Queue").click()
    expect(page.locator(".report")).to_have_count(0)
